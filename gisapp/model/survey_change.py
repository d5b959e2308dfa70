"""Another way for a project's survey to work: an edit like any other, checked before it is one."""

from __future__ import annotations

import re
from dataclasses import replace

from gisapp.model.edit import Edit, LayersEdit, SchemeEdit, Steps, TableEdit
from gisapp.model.errors import ParameterError
from gisapp.model.outfall_codes import pattern_problem
from gisapp.model.project import Project
from gisapp.model.style import PointStyle
from gisapp.model.survey import HISTORY, OUTFALL_TABLE, state_field
from gisapp.model.survey_scheme import SurveyScheme, usual_scheme
from gisapp.model.table_schema import TableSchema
from gisapp.model.text import tr

COLOR = re.compile(r"#[0-9a-fA-F]{6}")


def scheme_edits(label: str, project: Project, scheme: SurveyScheme) -> Steps:
    """The edit that lets a project's survey work by another scheme.

    States to choose from, and the colours and names of layers that are coloured by state,
    follow in the same step. A scheme like the program's own is not kept. Raises ParameterError
    when it is not whole.
    """
    check_scheme(scheme)
    after = None if scheme == usual_scheme() else scheme
    states = tuple(state.category for state in scheme.states)
    parts: list[Edit] = [SchemeEdit(label, project.scheme, after)]
    for table in project.tables.values():
        if table.name not in (OUTFALL_TABLE, HISTORY):
            continue
        names = ("from_state", "to_state") if table.name == HISTORY else ("state",)
        fields = tuple(
            state_field(field, states) if field.name in names and field.kind == "choice" else field
            for field in table.fields
        )
        if fields != table.fields:
            before = TableSchema(table.name, table.crs, table.fields)
            parts.append(TableEdit(label, before, TableSchema(table.name, table.crs, fields)))
    layers = tuple(
        replace(layer, style=replace(layer.style, categories=states))
        if layer.role == "outfalls"
        and isinstance(layer.style, PointStyle)
        and layer.style.by == "state"
        else layer
        for layer in project.layers
    )
    if layers != project.layers:
        parts.append(LayersEdit(label, project.layers, layers))
    return Steps(label, tuple(parts))


def check_scheme(scheme: SurveyScheme) -> None:
    """Raises ParameterError that names what is not whole in a scheme."""
    ids = [state.id for state in scheme.states]
    if not ids:
        raise ParameterError(tr("A survey needs at least one state"))
    twice = sorted({one for one in ids if ids.count(one) > 1})
    if twice:
        raise ParameterError(tr("The state {state} is there twice").format(state=twice[0]))
    for way in scheme.transitions:
        for end in (way.before, way.after):
            if end not in ids:
                raise ParameterError(
                    tr("A way leads to {state}, which is no state").format(state=end),
                    hint=tr("Add the state, or take the way out."),
                )
    for state in scheme.states:
        if not COLOR.fullmatch(state.color):
            raise ParameterError(
                tr("{state}: {color} is no colour").format(state=state.id, color=state.color),
                hint=tr("Write a colour as #rrggbb."),
            )
    for pattern in (scheme.code_national, scheme.code_local):
        if problem := pattern_problem(pattern):
            raise ParameterError(problem)

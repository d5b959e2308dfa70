"""Another way for a project's survey to work: an edit like any other, checked before it is one."""

from __future__ import annotations

from dataclasses import replace

from gisapp.model.edit import Edit, LayersEdit, SchemeEdit, Steps, TableEdit
from gisapp.model.errors import ParameterError
from gisapp.model.project import Project
from gisapp.model.scheme_problems import scheme_problems
from gisapp.model.style import PointStyle
from gisapp.model.survey import HISTORY, OUTFALL_TABLE, state_field
from gisapp.model.survey_scheme import SurveyScheme, usual_scheme
from gisapp.model.table_schema import TableSchema


def scheme_edits(label: str, project: Project, scheme: SurveyScheme) -> Steps:
    """The edit that lets a project's survey work by another scheme.

    States to choose from, and the colours and names of layers that are coloured by state,
    follow in the same step. A scheme like the program's own is not kept. Raises ParameterError
    when it is not whole.
    """
    check_scheme(scheme, project)
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


def check_scheme(scheme: SurveyScheme, project: Project | None = None) -> None:
    """Raises ParameterError that names what is not whole in a scheme."""
    for problem in scheme_problems(scheme, project):
        if not problem.advice:
            raise ParameterError(problem.words, hint=problem.hint)

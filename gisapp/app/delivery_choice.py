"""Deliveries by name: what is wrong with one, which rows it takes, where it goes, making it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path, PurePath

from gisapp.app.delivery import ENDINGS, Delivered, DeliveryOptions, deliver
from gisapp.app.ledger import outfall_table
from gisapp.app.place_columns import Placing
from gisapp.app.table_view import ColumnFilter, ColumnIndexes, TableQuery, rows_of
from gisapp.io.delivery import ENCODINGS
from gisapp.io.delivery_place import make_folder_for
from gisapp.model.crs import checked, is_geographic
from gisapp.model.edit import SchemeEdit
from gisapp.model.errors import GisError, ParameterError
from gisapp.model.features import FeatureId
from gisapp.model.ledger_template import ledger_templates
from gisapp.model.progress import Part, Progress, Silent
from gisapp.model.project import Project
from gisapp.model.saved_delivery import (
    LONGEST_NAME,
    DeliveryFilter,
    SavedDelivery,
)
from gisapp.model.survey_scheme import usual_scheme
from gisapp.model.text import tr
from gisapp.model.workflow import scheme_of

DEGREES_ONLY = (".kml", ".kmz", ".geojson")  # always longitude and latitude, WGS 84
SHEETS = (".xlsx", ".csv")  # places are columns
_BAD = re.compile(r'[\\:*?"<>|\x00-\x1f]')


def deliveries_of(project: Project) -> tuple[SavedDelivery, ...]:
    """Those that are kept in the project, in the order they were made."""
    return scheme_of(project).deliveries


def delivery_named(project: Project, name: str) -> SavedDelivery:
    """Raises ParameterError for a name that no delivery of the project has."""
    for one in deliveries_of(project):
        if one.name == name:
            return one
    names = ", ".join(one.name for one in deliveries_of(project))
    raise ParameterError(
        tr("The project has no delivery {name}").format(name=name),
        hint=tr("There are: {names}").format(names=names or "–"),
    )


def keep_edit(project: Project, delivery: SavedDelivery) -> SchemeEdit:
    """Keep a delivery by its name, in the place of one that has it. Raises ParameterError."""
    name = delivery.name.strip()
    if not name or len(name) > LONGEST_NAME:
        raise ParameterError(tr("A delivery has a name of 1 to {n} letters").format(n=LONGEST_NAME))
    kept = replace(delivery, name=name)
    now = deliveries_of(project)
    if any(one.name == name for one in now):
        after = tuple(kept if one.name == name else one for one in now)
    else:
        after = (*now, kept)
    return _edit(tr("Keep the delivery {name}").format(name=name), project, after)


def forget_edit(project: Project, name: str) -> SchemeEdit:
    """Take a delivery out of the project."""
    after = tuple(one for one in deliveries_of(project) if one.name != name)
    return _edit(tr("Delete the delivery {name}").format(name=name), project, after)


def _edit(label: str, project: Project, deliveries: tuple[SavedDelivery, ...]) -> SchemeEdit:
    scheme = replace(scheme_of(project), deliveries=deliveries)
    return SchemeEdit(label, project.scheme, None if scheme == usual_scheme() else scheme)


def delivery_problems(project: Project, delivery: SavedDelivery) -> list[tuple[str, str]]:
    """What keeps a delivery from being made: the part it is about, and words."""
    found: list[tuple[str, str]] = []
    if delivery.kind not in ENDINGS:
        words = tr("{file}: no kind of delivery has this ending")
        found.append(("kind", words.format(file=delivery.kind)))
    if delivery.encoding.lower() not in ENCODINGS:
        words = tr("A Shapefile is written as UTF-8 or GBK, not {encoding}")
        found.append(("encoding", words.format(encoding=delivery.encoding)))
    if delivery.kind not in DEGREES_ONLY and delivery.crs:
        found += _of_crs(delivery)
    if delivery.template and delivery.template not in ledger_templates():
        words = tr("There is no template {name}").format(name=delivery.template)
        found.append(("template", words))
    found += _of_columns(project, delivery)
    if delivery.rows == "states":
        known = {state.id for state in scheme_of(project).states}
        gone = [state for state in delivery.states if state not in known]
        if gone:
            words = tr("The survey has no state {state}").format(state=", ".join(gone))
            found.append(("states", words))
        if not delivery.states:
            found.append(("states", tr("Choose at least one state")))
    name = PurePath(delivery.file).name
    if delivery.file and (_BAD.search(name) or not name):
        found.append(("file", tr("{name} cannot be the name of a file").format(name=name or "–")))
    return found


def _of_crs(delivery: SavedDelivery) -> Iterable[tuple[str, str]]:
    try:
        degrees = is_geographic(checked(delivery.crs))
    except GisError as error:
        return [("crs", error.message)]
    if delivery.notation == "dms" and not degrees and delivery.kind in SHEETS:
        return [("notation", tr("Degrees, minutes and seconds need a system in degrees"))]
    return []


def _of_columns(project: Project, delivery: SavedDelivery) -> Iterable[tuple[str, str]]:
    if not delivery.columns or (delivery.kind == ".xlsx" and delivery.template):
        return []
    found = []
    known = {f.name for f in outfall_table(project).fields}
    gone = [column.field for column in delivery.columns if column.field not in known]
    if gone:
        words = tr("The outfalls have no field {name} any more").format(name=", ".join(gone))
        found.append(("columns", words))
    names = Counter((c.name.strip() or c.field).lower() for c in delivery.columns)
    names["feature_id"] += 1
    twice = sorted(name for name, n in names.items() if n > 1)
    if twice:
        words = tr("Two columns are called {name}").format(name=", ".join(twice))
        found.append(("columns", words))
    return found


def chosen_rows(
    project: Project,
    delivery: SavedDelivery,
    selected: Iterable[FeatureId] = (),
    progress: Progress | None = None,
) -> tuple[frozenset[FeatureId] | None, str]:
    """The outfalls a delivery takes (None: all) and how they were chosen, in words."""
    table = outfall_table(project)
    if delivery.rows == "selected":
        chosen = frozenset(fid for fid in selected if fid in table)
        return chosen, tr("chosen by hand")
    filters: tuple[tuple[str, ColumnFilter], ...] = ()
    if delivery.rows == "states":
        field = next((f for f in table.fields if f.name == "state"), None)
        if field is None:
            return frozenset(), ""
        listed = set(delivery.states)
        ids, states = table.ids.tolist(), table.column("state").tolist()
        words = ", ".join(field.shown(state) for state in delivery.states)
        found = frozenset(fid for fid, one in zip(ids, states, strict=True) if one in listed)
        return found, f"{field.caption}: {words}"
    if delivery.rows == "filtered":
        filters = tuple((one.field, _column_filter(one)) for one in delivery.filters)
    if not filters:
        return None, ""
    query = TableQuery(filters)
    numbers = rows_of(table, query, ColumnIndexes(), progress)
    captions = {f.name: f.caption for f in table.fields}
    words = ", ".join(captions.get(name, name) for name, _ in filters)
    return frozenset(table.ids[numbers].tolist()), tr("filtered by {fields}").format(fields=words)


def _column_filter(one: DeliveryFilter) -> ColumnFilter:
    values = None if one.values is None else frozenset(one.values)
    return ColumnFilter(one.sign, one.text, values, one.low, one.high, one.empty)


def kept_filters(filters: Iterable[tuple[str, ColumnFilter]]) -> tuple[DeliveryFilter, ...]:
    """Filters of the attribute table as a delivery keeps them."""
    return tuple(
        DeliveryFilter(
            name,
            f.sign,
            f.text,
            None if f.values is None else tuple(sorted(f.values)),
            f.low,
            f.high,
            f.empty,
        )
        for name, f in filters
    )


def file_of(delivery: SavedDelivery, folder: Path | None, today: str) -> Path:
    """Where a delivery goes on a day (ISO). Raises ParameterError when it does not say where."""
    if not delivery.file:
        raise ParameterError(
            tr("The delivery {name} does not say where it goes").format(name=delivery.name),
            hint=tr("Choose a file for it."),
        )
    text = delivery.file.replace("{date}", today).replace("{month}", today[:7])
    path = Path(text)
    if not path.is_absolute():
        if folder is None:
            raise ParameterError(tr("The project has no folder yet"))
        path = folder / path
    return (
        path if path.suffix.lower() == delivery.kind else path.with_name(path.name + delivery.kind)
    )


def deliver_by(
    project: Project,
    delivery: SavedDelivery,
    path: Path,
    *,
    folder: Path | None = None,
    selected: Iterable[FeatureId] = (),
    made_on: str = "",
    titles: bool = True,
    progress: Progress | None = None,
) -> Delivered:
    """Make a delivery. Raises ParameterError for one that cannot be made or has no rows,
    ProjectError, WriteError, Cancelled; then nothing is written."""
    progress = progress or Silent()
    for _, words in delivery_problems(project, delivery):
        raise ParameterError(words, hint=tr("Open the delivery and choose again."))
    only, how = chosen_rows(project, delivery, selected, Part(progress, 0.0, 0.2))
    if only is not None and not only:
        raise ParameterError(
            tr("No outfall is chosen: nothing was written"),
            hint=tr("Choose other rows, or all of them."),
        )
    notation = delivery.notation
    if delivery.kind in DEGREES_ONLY or (delivery.kind not in SHEETS and notation == "dms"):
        notation = "decimal"
    crs = "" if delivery.kind in DEGREES_ONLY else delivery.crs
    options = DeliveryOptions(
        Placing(notation, crs, delivery.public),
        delivery.encoding,
        titles,
        made_on,
        ledger_templates().get(delivery.template),
        how,
        delivery.columns,
    )
    make_folder_for(path)
    return deliver(
        project, path, options, folder=folder, only=only, progress=Part(progress, 0.2, 1.0)
    )


def today_words() -> str:
    """The day as `file_of` takes it."""
    return date.today().isoformat()

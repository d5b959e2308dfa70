"""Edits, layers, styles and pages as JSON and back: data only, classes by name from a list."""

from __future__ import annotations

import json
import types
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date
from functools import cache
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import numpy as np
import numpy.typing as npt
import shapely

from gisapp.io.json_pieces import from_text as from_text
from gisapp.io.json_pieces import to_text as to_text
from gisapp.model.bookmark import Bookmark
from gisapp.model.column_rows import GEOMETRY, ColumnRows
from gisapp.model.edit import (
    BookmarksEdit,
    Edit,
    FeatureEdit,
    LayersEdit,
    PagesEdit,
    ProjectEdit,
    SchemeEdit,
    Steps,
    TableEdit,
    TableSchema,
)
from gisapp.model.errors import ReadError
from gisapp.model.features import FeatureId, Row, Rows, plain
from gisapp.model.layer import Layer
from gisapp.model.page import Page
from gisapp.model.style import (
    AreaStyle,
    LineStyle,
    MeasureStyle,
    PictureStyle,
    PointStyle,
    Style,
    ThermalStyle,
    UnknownStyle,
)
from gisapp.model.survey_scheme import SurveyScheme
from gisapp.model.text import tr

MANY = 1000  # rows; more are kept column by column as they are read

T = TypeVar("T")
S = TypeVar("S", bound=type[Style])

_styles: dict[str, type[Style]] = {}
_names: dict[type[Style], str] = {}


def register_style(style: S, name: str = "") -> S:
    """Let a style be written to projects and read from them; plugins give `id.ClassName`."""
    key = name or style.__name__
    _styles[key] = style
    _names[style] = key
    return style


for _style in (PointStyle, LineStyle, AreaStyle, ThermalStyle, PictureStyle, MeasureStyle):
    register_style(_style)


# Values by their type hints


def to_data(value: Any) -> Any:
    """A frozen value as JSON data: dataclasses and named tuples become objects."""
    if isinstance(value, Style):
        return style_to_data(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: to_data(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, tuple | list):
        return [to_data(part) for part in value]
    return value


def from_data(kind: type[T], data: Any) -> T:
    """The value that `to_data` wrote. Raises ReadError when the data does not fit the class."""
    result: T = _read(kind, data)
    return result


def style_to_data(style: Style) -> dict[str, Any]:
    if isinstance(style, UnknownStyle):
        return {"style": style.kind, "values": json.loads(style.values)}
    kind = _names.get(type(style))
    if kind is None:
        raise TypeError(f"{type(style).__name__} was not registered with register_style")
    values = {f.name: to_data(getattr(style, f.name)) for f in fields(style)}
    return {"style": kind, "values": values}


def style_from_data(data: Mapping[str, Any]) -> Style:
    """The style; UnknownStyle when nobody knows it or it has other values than it should."""
    kind, values = str(data.get("style", "")), data.get("values", {})
    style: Any = _styles.get(kind)
    if style is not None and values.keys() <= _hints(style).keys():
        try:
            made: Style = style(**{k: _read(_hints(style)[k], v) for k, v in values.items()})
            return made
        except (ReadError, TypeError, ValueError):
            pass
    return UnknownStyle(kind, to_text(values))


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind, include_extras=True)


def _read(hint: Any, data: Any) -> Any:
    origin = get_origin(hint)
    if origin is Annotated:
        return _read(get_args(hint)[0], data)
    if origin is Literal:
        return data if data in get_args(hint) else _misfit(hint, data)
    if origin in (Union, types.UnionType):
        if data is None:
            return None
        return _read(next(a for a in get_args(hint) if a is not type(None)), data)
    if origin is tuple:
        return _read_tuple(get_args(hint), data)
    hint = getattr(hint, "__supertype__", hint)  # NewType
    if isinstance(hint, type) and issubclass(hint, Style):
        return style_from_data(data) if isinstance(data, dict) else _misfit(hint, data)
    if is_dataclass(hint):
        if not isinstance(data, dict):
            _misfit(hint, data)
        hints = _hints(hint)  # type: ignore[arg-type]
        try:
            return hint(**{k: _read(hints[k], v) for k, v in data.items() if k in hints})  # type: ignore[operator]
        except TypeError:
            _misfit(hint, data)
    if isinstance(hint, type) and issubclass(hint, tuple):  # a NamedTuple
        if not isinstance(data, list) or len(data) != len(_hints(hint)):
            _misfit(hint, data)
        return hint(*(_read(h, v) for h, v in zip(_hints(hint).values(), data, strict=True)))
    if hint is float and isinstance(data, int | float) and not isinstance(data, bool):
        return float(data)
    if hint is int and isinstance(data, bool):
        _misfit(hint, data)
    return data if isinstance(data, hint) else _misfit(hint, data)


def _read_tuple(parts: tuple[Any, ...], data: Any) -> tuple[Any, ...]:
    if not isinstance(data, list):
        _misfit(tuple, data)
    if len(parts) == 2 and parts[1] is Ellipsis:
        return tuple(_read(parts[0], item) for item in data)
    if len(parts) != len(data):
        _misfit(tuple, data)
    return tuple(_read(part, item) for part, item in zip(parts, data, strict=True))


def _misfit(hint: Any, data: Any) -> Any:
    name = getattr(hint, "__name__", str(hint))
    raise ReadError(
        tr("The project file holds {value} where {kind} should be").format(
            value=str(data)[:60], kind=name
        ),
        hint=tr("Check the project; repair brings back what can be read."),
    )


# Rows


def rows_to_data(rows: Rows) -> dict[str, Any]:
    """Rows with the same fields are written column by column: small and quick for many."""
    if isinstance(rows, ColumnRows):
        columns = {name: _column(name, values) for name, values in rows.columns.items()}
        if rows.xy is not None:
            columns[GEOMETRY] = _places(rows.xy)
        return {"ids": list(rows.ids), "columns": columns}
    listed = list(rows.values())
    if all(row is None for row in listed):
        return {"none": list(rows)}
    first = listed[0]
    if first is not None and all(row is not None and row.keys() == first.keys() for row in listed):
        whole = [row for row in listed if row is not None]
        columns = {key: _column(key, [row[key] for row in whole]) for key in first}
        return {"ids": list(rows), "columns": columns}
    return {
        "rows": {
            fid: None if row is None else {key: _plain(key, v) for key, v in row.items()}
            for fid, row in rows.items()
        }
    }


def rows_from_data(data: Mapping[str, Any]) -> Rows:
    if "none" in data:
        return dict.fromkeys(map(FeatureId, data["none"]))
    if "rows" in data:
        return {
            FeatureId(fid): None if row is None else _row(row) for fid, row in data["rows"].items()
        }
    columns = dict(data["columns"])
    if len(data["ids"]) > MANY:
        xy = None
        if GEOMETRY in columns:
            places = [(NAN, NAN) if xy is None else xy for xy in columns.pop(GEOMETRY)]
            xy = np.array(places, np.float64).reshape(-1, 2)
        return ColumnRows(data["ids"], columns, xy)
    if GEOMETRY in columns:
        columns[GEOMETRY] = [None if xy is None else shapely.Point(*xy) for xy in columns[GEOMETRY]]
    names = tuple(columns)
    rows = zip(*columns.values(), strict=True) if names else (() for _ in data["ids"])
    return {
        FeatureId(fid): dict(zip(names, row, strict=True))
        for fid, row in zip(data["ids"], rows, strict=True)
    }


def _row(row: Mapping[str, Any]) -> Row:
    if row.get(GEOMETRY) is None:
        return dict(row)
    return {**row, GEOMETRY: shapely.Point(*row[GEOMETRY])}


NAN = float("nan")
_READY = {str, int, bool, type(None)}  # JSON holds these as they are


def _places(xy: npt.NDArray[np.float64]) -> list[Any]:
    places: list[Any] = xy.tolist()
    for number in np.flatnonzero(~np.isfinite(xy).all(axis=1)).tolist():
        places[number] = None
    return places


def _column(key: str, given: Sequence[Any]) -> list[Any]:
    values = list(given)
    kinds = set(map(type, values))
    if key == GEOMETRY and kinds == {shapely.Point} and not shapely.is_empty(values).any():
        places: list[Any] = shapely.get_coordinates(values).tolist()
        return places
    if kinds <= _READY or (kinds <= {*_READY, float} and all(v == v for v in values)):
        return values
    return [_plain(key, value) for value in values]


def _plain(key: str, value: Any) -> Any:
    if value is None:
        return None
    if key == GEOMETRY:
        return None if value.is_empty else [value.x, value.y]
    if isinstance(value, date):
        return value.isoformat()
    return plain(value)


# Edits


def edit_to_data(edit: Edit) -> dict[str, Any]:
    """What goes into the change log. Only the kinds of edits the program itself makes."""
    match edit:
        case FeatureEdit(label, table, before, after):
            return {
                "edit": "features",
                "label": label,
                "table": table,
                "before": rows_to_data(before),
                "after": rows_to_data(after),
            }
        case Steps(label, parts):
            return {"edit": "steps", "label": label, "parts": [edit_to_data(p) for p in parts]}
        case (
            LayersEdit()
            | PagesEdit()
            | BookmarksEdit()
            | ProjectEdit()
            | TableEdit()
            | SchemeEdit()
        ):
            kind = _EDIT_NAMES[type(edit)]
            before, after = to_data(edit.before), to_data(edit.after)
            return {"edit": kind, "label": edit.label, "before": before, "after": after}
    raise TypeError(f"{type(edit).__name__} cannot be written to the change log")


def edit_from_data(data: Mapping[str, Any]) -> Edit:
    """The edit that `edit_to_data` wrote. Raises ReadError when it is none."""
    try:
        kind, label = data["edit"], data["label"]
        if kind == "steps":
            return Steps(label, tuple(edit_from_data(part) for part in data["parts"]))
        before, after = data["before"], data["after"]
        if kind == "features":
            return FeatureEdit(label, data["table"], rows_from_data(before), rows_from_data(after))
        if kind == "layers":
            return LayersEdit(label, _many(Layer, before), _many(Layer, after))
        if kind == "pages":
            return PagesEdit(label, _many(Page, before), _many(Page, after))
        if kind == "bookmarks":
            return BookmarksEdit(label, _many(Bookmark, before), _many(Bookmark, after))
        if kind == "project":
            return ProjectEdit(label, _pair(before), _pair(after))
        if kind == "table":
            return TableEdit(label, _schema(before), _schema(after))
        if kind == "scheme":
            return SchemeEdit(label, _maybe(SurveyScheme, before), _maybe(SurveyScheme, after))
    except (KeyError, TypeError, ValueError) as error:
        raise ReadError(
            tr("An entry of the change log cannot be read"),
            hint=tr("Check the project; repair brings back what can be read."),
        ) from error
    raise ReadError(
        tr("The change log has an edit of an unknown kind: {kind}").format(kind=kind),
        hint=tr("Open the project with a newer version of the program."),
    )


_EDIT_NAMES: dict[type[Any], str] = {
    LayersEdit: "layers",
    PagesEdit: "pages",
    BookmarksEdit: "bookmarks",
    ProjectEdit: "project",
    TableEdit: "table",
    SchemeEdit: "scheme",
}


def _many(kind: type[T], data: list[Any]) -> tuple[T, ...]:
    return tuple(from_data(kind, part) for part in data)


def _pair(data: list[str]) -> tuple[str, str]:
    title, crs = data
    return title, crs


def _schema(data: Any) -> TableSchema | None:
    return _maybe(TableSchema, data)


def _maybe(kind: type[T], data: Any) -> T | None:
    return None if data is None else from_data(kind, data)

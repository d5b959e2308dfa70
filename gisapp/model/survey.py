"""Outfall survey: its tables, fields and code lists, read from versioned data files.

The record of an outfall is one row of `outfalls` and any number of rows in related tables, each
with the outfall's id in the field `outfall_id`. Classes follow HJ 1312-2023; the states are the
working chain find, monitor, trace, rectify, supervise (查、测、溯、治、管) with its side branches.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any
from uuid import uuid4

from gisapp.model.crs import CGCS2000
from gisapp.model.features import FeatureId
from gisapp.model.field import Field
from gisapp.model.layer import TABLE, Layer
from gisapp.model.style import Category, PointStyle
from gisapp.model.table_schema import TableSchema
from gisapp.model.text import language

OUTFALL_TABLE = "outfalls"
VISITS, MONITORING, SOURCES = "site_visits", "monitoring", "tracing_sources"
RECTIFICATION, PHOTOS, TASKS = "rectification", "outfall_photos", "tasks"
HISTORY = "state_history"
OUTFALL_ID = "outfall_id"  # the field of a related table that names the outfall
RELATED_TABLES = (VISITS, MONITORING, SOURCES, RECTIFICATION, PHOTOS, TASKS, HISTORY)
RELATED_LISTS = (VISITS, MONITORING, SOURCES, RECTIFICATION, TASKS)  # that people fill in


@lru_cache(maxsize=8)
def standard(name: str) -> Mapping[str, Any]:
    """A data file of `gisapp/standards`; what is in it says its version, source and date."""
    text = files("gisapp").joinpath("standards", f"{name}.toml").read_text("utf-8")
    return tomllib.loads(text)


def _states() -> tuple[Category, ...]:
    listed = standard("outfall_workflow")["state"]
    return tuple(Category(s["id"], s["en"], s["zh"], s["color"]) for s in listed)


STATES: tuple[Category, ...] = _states()

# HJ 1312-2023, leaf classes in the order of the standard, and "cannot tell yet" for the survey
CATEGORIES: tuple[str, ...] = (
    *(entry[2] for entry in standard("outfall_classes")["standard"]["classes"]),
    standard("outfall_classes")["standard"]["unknown"],
)
UNKNOWN_CLASS = CATEGORIES[-1]

# A class of older ledgers and what it may be by HJ 1312; nothing: to be traced to its source
LEGACY_CLASSES: Mapping[str, tuple[str, ...]] = {
    old: tuple(new) for old, new in standard("outfall_classes")["legacy"]["classes"]
}


def class_levels(category: str) -> tuple[str, str, str] | None:
    """Levels 1 to 3 of a leaf class by HJ 1312; None for one the list does not know."""
    for one, two, leaf, *_ in standard("outfall_classes")["standard"]["classes"]:
        if leaf == category:
            return one, two, leaf
    return None


def state_field(field: Field, states: tuple[Category, ...]) -> Field:
    """The field with these states to choose from."""
    return Field(
        field.name,
        "choice",
        field.title,
        field.title_zh_CN,
        choices=tuple(s.value for s in states),
        choice_titles=tuple((s.value, s.title, s.title_zh_CN) for s in states),
        required=field.required,
        clause=field.clause,
        group=field.group,
    )


def _field(entry: Mapping[str, Any]) -> Field:
    name, listed = entry["name"], entry.get("list", "")
    choices: tuple[str, ...] = ()
    titles: tuple[tuple[str, str, str], ...] = ()
    if listed == "classes":
        choices = CATEGORIES
    elif listed == "legacy":
        choices = tuple(LEGACY_CLASSES)
    elif listed == "states":
        titles = tuple((c.value, c.title, c.title_zh_CN) for c in STATES)
    elif listed:
        titles = tuple((v, en, zh) for v, en, zh in standard("outfall_fields")["lists"][listed])
    plain = all(value == english == chinese for value, english, chinese in titles)
    return Field(
        name,
        "choice" if listed else entry.get("kind", "text"),
        entry["en"],
        entry["zh"],
        entry.get("unit", ""),
        choices or tuple(value for value, _, _ in titles),
        () if plain else titles,
        entry.get("required", False),
        entry.get("clause", ""),
        entry.get("group", ""),
    )


@lru_cache(maxsize=1)
def survey_schemas() -> Mapping[str, TableSchema]:
    """Every table of the record by its name, places in longitude and latitude (CGCS2000)."""
    return {
        table["name"]: TableSchema(
            table["name"],
            CGCS2000 if table.get("geometry") else "",
            tuple(_field(entry) for entry in table["fields"]),
        )
        for table in standard("outfall_fields")["table"]
    }


def table_title(name: str) -> str:
    """What a table of the record is called, in the user's language; the name of another one."""
    for table in standard("outfall_fields")["table"]:
        if table["name"] == name:
            return str(table["title_zh_CN" if language() == "zh_CN" else "title"])
    return name


def layer_title(layer: Layer) -> str:
    """The layer's name; one that the program gave to a table of the record follows the language."""
    if layer.source.format == TABLE:
        for table in standard("outfall_fields")["table"]:
            given = (table["title"], table["title_zh_CN"])
            if table["name"] == layer.source.path and layer.name in given:
                return table_title(layer.source.path)
    return layer.name


OUTFALL_FIELDS: tuple[Field, ...] = survey_schemas()[OUTFALL_TABLE].fields

OUTFALL_STYLE = PointStyle(
    color="#64748b",
    size=12,
    shape="circle",
    label="code_local",
    by="state",
    categories=STATES,
    shape_by="kind",
    shapes=(("suspected", "triangle"), ("outfall", "circle")),
)


def new_feature_id() -> FeatureId:
    """A key of its own for every record: codes may be missing, late or wrong."""
    return FeatureId(str(uuid4()))

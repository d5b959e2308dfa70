"""GDAL, DuckDB and Qt's SQL never open the live project file in our process.

Two SQLite libraries in one process cancel each other's locks, and committed rows vanish. The
contract in pyproject.toml keeps them out of the module that opens it; here: nobody else opens it.
"""

from __future__ import annotations

import ast
from functools import cache

from tests.architecture.source_tree import imported, name_of, place, python_files, tree

OWNER = "gisapp/io/project_file.py"
OTHER_SQLITES = ("pyogrio", "rasterio", "fiona", "duckdb", "geopandas", "PySide6.QtSql", "osgeo")


@cache
def owners() -> list[str]:
    """Modules of the program that import sqlite3."""
    return [
        name_of(path)
        for path in python_files("gisapp", "plugins")
        if any(name.split(".")[0] == "sqlite3" for name, _ in imported(tree(path)))
    ]


def test_the_module_that_opens_the_project_is_known() -> None:
    assert OWNER in owners()


def test_no_module_knows_both_sqlite3_and_another_sqlite() -> None:
    both = [
        place(path, node)
        for path in python_files("gisapp", "plugins")
        if name_of(path) in owners()
        for name, node in imported(tree(path))
        if name.startswith(OTHER_SQLITES)
    ]
    assert both == []


def test_qt_sql_is_nowhere() -> None:
    found = [
        place(path, node)
        for path in python_files("gisapp", "plugins")
        for name, node in imported(tree(path))
        if name.startswith("PySide6.QtSql")
    ]
    assert found == []


def test_the_name_of_the_project_file_is_known_to_those_who_open_it_by_sqlite3_only() -> None:
    """Else somebody could hand it to GDAL by mistake: ask the owner for a snapshot instead."""
    known = [
        place(path, node)
        for path in python_files("gisapp", "plugins")
        if name_of(path) not in owners()
        and any(name.startswith(OTHER_SQLITES) for name, _ in imported(tree(path)))
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Constant) and node.value == "project.gpkg"
    ]
    assert known == []

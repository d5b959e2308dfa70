"""Scroll, filter, sort and search 200,000 made-up outfalls; filter and sort also with pandas.

    python -m tests.benchmarks.attribute_table.against_pandas [ROWS]

Times are the best of three in one process, in milliseconds; the first question about a column also
numbers its values. Memory is what the process holds more than before.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
RUNS = 3
VILLAGES = ["蔡家桥", "重庆路", "沿江村", "柳岸岗", "石桥坪", "松岭村", "双河铺", "杨柳塘"]


def best(work: Callable[[], Any]) -> float:
    taken = []
    for _ in range(RUNS):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return min(taken) * 1000


def resident_mb() -> float:
    try:
        with open("/proc/self/statm", encoding="ascii") as told:
            return int(told.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    except OSError:
        return float("nan")


def made(count: int) -> Any:
    from gisapp.model.survey import OUTFALL_FIELDS
    from gisapp.model.table import FeatureTable

    some = np.random.default_rng(1)
    columns: dict[str, Any] = {}
    for field in OUTFALL_FIELDS:
        column = np.full(count, np.nan) if field.kind == "real" else np.full(count, None, object)
        columns[field.name] = column
    columns["code_local"][:] = [f"W-{n:06d}" for n in range(count)]
    places = some.integers(0, len(VILLAGES), count).tolist()
    metres = some.integers(1, 99, count).tolist()
    columns["name"][:] = [f"{VILLAGES[p]}东侧{m}0米" for p, m in zip(places, metres, strict=True)]
    columns["county"][:] = [VILLAGES[p] for p in places]
    columns["cod_mg_l"][:] = some.uniform(5, 90, count).round(1)
    states = next(f for f in OUTFALL_FIELDS if f.name == "state").choices
    columns["state"][:] = [states[n % len(states)] for n in places]
    ids = np.array([f"f{n}" for n in range(count)], object)
    xy = some.uniform((105, 29), (107, 31), (count, 2))
    return FeatureTable.from_arrays("outfalls", "EPSG:4490", OUTFALL_FIELDS, ids, columns, xy)


def say(words: str, value: float, peer: float | None = None, unit: str = "ms") -> None:
    told = "" if peer is None else f"; {peer:.1f} with pandas"
    print(f"{words:34}| {value:8.1f} {unit}{told}", flush=True)


def main(count: int) -> None:
    from PySide6.QtGui import QImage
    from PySide6.QtWidgets import QApplication, QLabel

    from gisapp.app.search import searched_fields
    from gisapp.app.search_index import LayerIndex, syllables
    from gisapp.app.table_view import ColumnFilter, ColumnIndexes, TableQuery, rows_of, value_counts
    from gisapp.model.table_look import TableLook
    from gisapp.ui.attribute_table_model import AttributeModel
    from gisapp.ui.attribute_table_view import AttributeView
    from gisapp.ui.theme import LIGHT

    app = QApplication.instance() or QApplication([])
    table = made(count)
    table.prepare("EPSG:4490")  # as opening a project does
    memory = resident_mb()
    indexes = ColumnIndexes()
    over = TableQuery((("cod_mg_l", ColumnFilter(low="40")),))
    named = TableQuery((("name", ColumnFilter(text="桥东")),))
    by_name = TableQuery(sort=(("state", False), ("name", True)))
    start = time.perf_counter()
    for query in (over, named, by_name):
        rows_of(table, query, indexes)
    say("first questions (values numbered)", (time.perf_counter() - start) * 1000)
    frame = table.frame.drop(columns="geometry")
    ours = best(lambda: rows_of(table, over, indexes))
    theirs = best(lambda: frame[frame["cod_mg_l"] >= 40])
    say("filter numbers", ours, theirs)
    ours = best(lambda: rows_of(table, named, indexes))
    theirs = best(lambda: frame[frame["name"].str.contains("桥东", regex=False)])
    say("filter texts", ours, theirs)
    ours = best(lambda: rows_of(table, by_name, indexes))
    theirs = best(lambda: frame.sort_values(["state", "name"], ascending=[True, False]))
    say("sort by two texts", ours, theirs)
    listed = best(lambda: value_counts(table, "county", over, indexes))
    say("values to tick", listed)
    say("memory of both", resident_mb() - memory, unit="MB")

    model = AttributeModel(LIGHT)
    view = AttributeView(LIGHT)
    view.use(model)
    # As when F6 is pressed: words were written before, the page made the empty table, and a worker
    # has worked out the rows.
    picture = QImage(1000, 600, QImage.Format.Format_RGB32)
    QLabel(f"{VILLAGES[0]} W-0123456789").render(picture)
    view.dress(TableLook())
    rows = rows_of(table, TableQuery(), indexes)
    start = time.perf_counter()
    model.show(table, rows, editable=True)
    view.dress(TableLook())
    view.resize(1000, 600)
    view.show()
    app.processEvents()
    say("shown", (time.perf_counter() - start) * 1000)
    places = iter(np.linspace(0, view.verticalScrollBar().maximum(), 60).astype(int).tolist())
    frames = []
    for place in places:
        start = time.perf_counter()
        view.verticalScrollBar().setValue(place)
        view.render(picture)
        frames.append((time.perf_counter() - start) * 1000)
    say("a jump and a picture, median", float(np.median(frames)))
    say("a jump and a picture, worst", max(frames))

    memory = resident_mb()
    start = time.perf_counter()
    syllables()
    index = LayerIndex.of(table, searched_fields(table))
    say("search made ready", (time.perf_counter() - start) * 1000)
    say("memory of the search", resident_mb() - memory, unit="MB")
    for wanted in ("W-012345", "0123", "cjq", "chongqinglu", "石桥", "w", "qqqqqq"):
        taken = best(lambda wanted=wanted: index.find(wanted, 8, frozenset()))  # type: ignore[misc]
        say(f"search {wanted}", taken)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200_000)

"""Importing survey points: 200,000 made-up rows, looked at and written.

Peers: pandas reading the same file (columns only: nothing is understood or checked), and geopandas
and, where it is installed, ogr2ogr making a GeoPackage of it (no checks, no history, no undo).
All seconds are processor time, which says more than the clock while other work is going on; only
the stop that is taken back is by the clock. A ratio above 1 says that the peer is quicker.
"""

from __future__ import annotations

import csv
import random
import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from gisapp.app.import_doctor import read_file, understand
from gisapp.app.import_doctor_checks import Surroundings
from gisapp.app.import_doctor_edit import import_edit
from gisapp.app.project_session import make_survey_project, open_project
from gisapp.io.recipe import Recipe
from gisapp.model.coordinates import format_angle
from gisapp.model.progress import Cancelled, Silent

COUNTS = {"quick": 5_000, "usual": 200_000, "large": 1_000_000}
HEADINGS = ("排污口编码", "排污口名称", "经度", "纬度", "所在河流", "岸别", "排口类型", "监测日期",
            "COD",
            "氨氮", "责任主体", "备注")  # fmt: skip


def _rows(count: int, dms: bool) -> Iterator[list[Any]]:
    made = random.Random(5)
    for n in range(count):
        x, y = 103.5 + made.random() * 1.2, 30.2 + made.random()
        place = [format_angle(x, "EW", 2), format_angle(y, "NS", 2)] if dms else [
            f"{x:.7f}", f"{y:.7f}"]  # fmt: skip
        if n % 5000 == 7:
            place = ["0", "0"]
        yield [f"0{n:08}", f"{n}号排口", *place, f"河{n % 97}", "左岸" if n % 2 else "R",
               "城镇雨洪排口" if n % 3 else "雨水排口", f"2026/5/{n % 28 + 1}",
               f"{made.random() * 80:.1f}", f"{made.random() * 9:.2f}", f"单位{n % 500}",
               ""]  # fmt: skip


def _csv(path: Path, count: int, dms: bool) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADINGS)
        writer.writerows(_rows(count, dms))
    return path


def _book(path: Path, count: int) -> Path:
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    page = book.create_sheet("台账")
    page.append(HEADINGS)
    for row in _rows(count, False):
        page.append([*row[:2], float(row[2]), float(row[3]), *row[4:8], float(row[8]), *row[9:]])
    book.save(path)
    return path


class Taken(NamedTuple):
    wall: float
    cpu: float


def _best(work: Callable[[], Any], rounds: int) -> Taken:
    found = []
    for _ in range(rounds):
        start, cpu = time.perf_counter(), time.process_time()
        work()
        found.append(Taken(time.perf_counter() - start, time.process_time() - cpu))
    return min(found)


class StopAfter:
    """Progress that stops the writing when a fraction of it is done; when that was."""

    def __init__(self, fraction: float) -> None:
        self.fraction, self.asked = fraction, 0.0

    def report(self, fraction: float, message: str = "") -> None:
        if fraction >= self.fraction:
            self.asked = time.perf_counter()
            raise Cancelled


def run(size: str = "usual", rounds: int = 2) -> Iterator[dict[str, Any]]:
    import pandas as pd

    count = COUNTS[size]
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        plain = _csv(folder / "decimal.csv", count, False)
        angles = _csv(folder / "dms.csv", count, True)
        book = _book(folder / "ledger.xlsx", count)
        project = folder / "survey"
        make_survey_project(project, "Benchmark")
        with open_project(project) as session:
            empty = session.store.project

            def look(path: Path) -> Any:
                read = read_file(path, Recipe(), Silent())
                return understand(read, Recipe(), empty, Surroundings(), Silent())

            for case, path, peer, naive in (
                ("csv, degrees", plain, "pandas.read_csv", lambda: pd.read_csv(plain, dtype=str)),
                ("csv, degrees minutes seconds", angles, "pandas.read_csv",
                 lambda: pd.read_csv(angles, dtype=str)),
            ):  # fmt: skip
                value = _best(lambda path=path: look(path), rounds)  # type: ignore[misc]
                yield _figure(f"{count} rows looked at: {case}", value, peer, _best(naive, rounds))
            yield _figure(f"{count} rows looked at: xlsx", _best(lambda: look(book), 1))
            few = count // 10  # pandas needs minutes for all of them
            part = _book(folder / "part.xlsx", few)
            other = _best(lambda: pd.read_excel(part, dtype=str), 1)
            value = _best(lambda: look(part), 1)
            yield _figure(f"{few} rows looked at: xlsx", value, "pandas.read_excel", other)
            found = look(plain)
            again = _best(lambda: understand(found.read, found.recipe, empty, Surroundings(),
                                             Silent()), rounds)  # fmt: skip
            yield _figure(f"{count} rows understood again after an answer", again)
            made_edit: list[Any] = []
            making = _best(lambda: made_edit.append(import_edit(empty, found, Silent())), 1)
            yield _figure(f"{count} rows as an edit", making)
            stop, store = StopAfter(0.7), session.store
            store.apply(made_edit[-1], stop)
            back = time.perf_counter() - stop.asked
            assert store.project is empty
            yield _figure(f"{count} rows: writing stopped late and taken back", Taken(back, back))
            writing = _best(lambda: store.apply(made_edit[-1], Silent()), 1)
            assert len(store.project.tables["outfalls"]) == count
            yield _figure(f"{count} rows committed", writing)
            whole = Taken(making.wall + writing.wall, making.cpu + writing.cpu)
            naive = _best(lambda: _geopandas(plain, folder / "naive.gpkg"), 1)
            case = f"{count} rows imported, with history and undo"
            yield _figure(case, whole, "geopandas", naive)
            peer = ogr2ogr(plain, folder / "peer.gpkg")
            if peer:
                yield _figure(case, whole, *peer)
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            yield {"bench": "importing", "case": f"{count} rows: memory of the process",
                   "value": round(memory), "unit": "MB"}  # fmt: skip


def _geopandas(source: Path, target: Path) -> None:
    """As most scripts do it."""
    import geopandas as gpd
    import pandas as pd

    frame = pd.read_csv(source)
    places = gpd.points_from_xy(frame["经度"], frame["纬度"])
    gpd.GeoDataFrame(frame, geometry=places, crs="EPSG:4490").to_file(target, driver="GPKG")


def ogr2ogr(source: Path, target: Path) -> tuple[str, Taken] | tuple[()]:
    """Seconds of the program of GDAL for the same rows; nothing where it is not installed."""
    program = shutil.which("ogr2ogr")
    if program is None:
        return ()
    start, cpu = time.perf_counter(), _children()
    words = [program, "-f", "GPKG", str(target), str(source), "-oo", "X_POSSIBLE_NAMES=经度", "-oo",
             "Y_POSSIBLE_NAMES=纬度", "-a_srs", "EPSG:4490"]  # fmt: skip
    subprocess.run(words, check=True, capture_output=True)
    return "ogr2ogr", Taken(time.perf_counter() - start, _children() - cpu)


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _figure(case: str, value: Taken, peer: str = "", other: Taken | None = None) -> dict[str, Any]:
    figure: dict[str, Any] = {
        "bench": "importing",
        "case": case,
        "value": round(value.cpu, 3),
        "unit": "s",
    }
    if other is not None:
        ratio = round(value.cpu / max(other.cpu, 1e-9), 3)
        figure |= {"peer": peer, "peer_value": round(other.cpu, 3), "ratio": ratio}
    return figure

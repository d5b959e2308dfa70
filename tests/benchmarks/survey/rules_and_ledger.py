"""200,000 made-up outfalls: every rule over all of them and over one, and the ledger as XLSX
against pandas.DataFrame.to_excel; each in a process of its own, with its memory.

python -m tests.benchmarks.survey.rules_and_ledger [rules|ledger|pandas] [rows]
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from gisapp.analysis.survey_ground import areas_in
from gisapp.app.ledger import export_ledger
from gisapp.app.rules import check_survey, counts
from gisapp.model.features import Features, Shapes
from gisapp.model.field import Field
from gisapp.model.ledger_template import ledger_templates
from gisapp.model.project import Project
from gisapp.model.survey import CATEGORIES, survey_schemas
from gisapp.model.survey_scheme import usual_scheme
from gisapp.model.table import FeatureTable

ROWS = 200_000
WAYS = ("rules", "ledger", "pandas")


def texts(values: Any) -> np.ndarray:
    listed = list(values)
    out = np.empty(len(listed), object)
    out[:] = listed
    return out


def survey(rows: int) -> Project:
    """Outfalls on both banks of 2,000 reaches, three of four monitored; the same each time."""
    chance = np.random.default_rng(7)
    project = Project("Made-up survey")
    states = [state.id for state in usual_scheme().states]
    ids = texts(f"o{n}" for n in range(rows))
    xy = np.column_stack((chance.uniform(104, 108, rows), chance.uniform(29, 31, rows)))
    pick = chance.integers
    given: dict[str, Any] = {
        "code_local": texts(f"W-{n:06d}" for n in range(rows)),
        "name": texts(f"示例县示例镇示例村{n}号城镇雨洪排口" for n in range(rows)),
        "kind": texts(["outfall"] * rows),
        "state": texts(np.array(states)[pick(0, len(states), rows)]),
        "category": texts(np.array(CATEGORIES)[pick(0, len(CATEGORIES), rows)]),
        "county": texts(np.array(["甲县", "乙县", "丙县"])[pick(0, 3, rows)]),
        "river": texts(np.array(["甲河", "乙河"])[pick(0, 2, rows)]),
        "bank": texts(np.array(["左岸", "右岸"])[pick(0, 2, rows)]),
        "receiving_reach": texts(pick(0, 2000, rows).tolist()),
        "ph": chance.normal(7.2, 0.8, rows).round(2),
        "cod_mg_l": chance.lognormal(3, 1, rows).round(1),
        "photos": texts(['["a.jpg", "b.jpg", "c.jpg", "d.jpg"]'] * rows),
    }
    for name, schema in survey_schemas().items():
        if name == "outfalls":
            project = project.with_table(table(schema, ids, given, xy))
        elif name == "monitoring":
            some = np.flatnonzero(chance.random(rows) < 0.75)
            own = {
                "outfall_id": ids[some],
                "monitored_at": texts(["2026-05-01"] * len(some)),
                "ph": given["ph"][some],
                "cod_mg_l": given["cod_mg_l"][some],
            }
            keys = texts(f"m{n}" for n in range(len(some)))
            project = project.with_table(table(schema, keys, own, np.full((len(some), 2), np.nan)))
        else:
            empty = FeatureTable.from_rows(name, schema.crs, schema.fields, {})
            project = project.with_table(empty)
    return project


def table(schema: Any, ids: np.ndarray, given: dict[str, Any], xy: np.ndarray) -> FeatureTable:
    columns = {}
    for field in schema.fields:
        blank: Any = np.full(len(ids), np.nan if field.kind == "real" else None,
                             float if field.kind == "real" else object)  # fmt: skip
        columns[field.name] = given.get(field.name, blank)
    return FeatureTable.from_arrays(schema.name, schema.crs, schema.fields, ids, columns, xy)


def ground() -> dict[str, Features]:
    """2,000 reaches of 40 points, 12 counties of 720 points."""
    chance = np.random.default_rng(8)
    west, south = chance.uniform(104, 107.9, 2000), chance.uniform(29, 31, 2000)
    steps = np.arange(40) / 400
    x = west[:, None] + steps
    y = south[:, None] + 0.01 * np.sin(steps * 60)
    lines = Shapes("line", np.column_stack((x.ravel(), y.ravel())), np.arange(0, 80_001, 40),
                   np.arange(2000))  # fmt: skip
    rivers = Features(
        "EPSG:4490",
        (Field("reach_id", "integer"), Field("name")),
        texts(map(str, range(2000))),
        {"reach_id": texts(range(2000)), "name": texts(["甲河"] * 2000)},
        lines,
    )
    angle = np.linspace(0, 2 * np.pi, 721)
    centres = [(104.5 + column, 29.4 + 0.6 * row) for column in range(4) for row in range(3)]
    rings = [np.column_stack((x + 0.5 * np.cos(angle), y + 0.3 * np.sin(angle)))
             for x, y in centres]  # fmt: skip
    areas = Shapes("area", np.concatenate(rings), np.arange(13) * 721, np.arange(12))
    names = texts(np.array(["甲县", "乙县", "丙县"])[np.arange(12) % 3])
    ids = texts(map(str, range(12)))
    counties = Features("EPSG:4490", (Field("name"),), ids, {"name": names}, areas)
    return {"rivers": rivers, "counties": counties, "zones": counties, "water": counties}


def peak_mb() -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return float("nan")


def measured(way: str, rows: int) -> dict[str, Any]:
    """In this process: CPU seconds, wall seconds, peak memory over that of the survey alone."""
    project = survey(rows)
    layers = ground()
    project.tables["outfalls"].prepare("EPSG:4490")
    before, found = peak_mb(), {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.xlsx"
        cpu, wall = time.process_time(), time.perf_counter()
        if way == "rules":
            answer = check_survey(project, layers, "2026-06-01")
            found["findings"], found["by_kind"] = answer.total, counts(answer)
        elif way == "ledger":
            export_ledger(project, path, template=ledger_templates()["ledger"])
        else:
            frame = project.tables["outfalls"].frame.drop(columns="geometry").iloc[:, :55]
            frame.to_excel(path, index=False)
        found |= {"cpu_s": time.process_time() - cpu, "wall_s": time.perf_counter() - wall}
        found |= {"extra_mb": peak_mb() - before}
        if path.exists():
            found["file_mb"] = path.stat().st_size / 1e6
    if way == "rules":
        areas_in(layers["counties"], "EPSG:4490")
        times = []
        for n in range(20):
            start = time.perf_counter()
            check_survey(project, layers, "2026-06-01", only=[f"o{n * 97}"])
            times.append(time.perf_counter() - start)
        found["one_row_ms"] = 1000 * float(np.median(times))
    return found


def main(arguments: list[str]) -> None:
    ways = [a for a in arguments if a in WAYS] or list(WAYS)
    rows = next((int(a) for a in arguments if a.isdigit()), ROWS)
    if len(ways) == 1:
        print(json.dumps({ways[0]: measured(ways[0], rows)}, ensure_ascii=False))
        return
    for way in ways:
        module = "tests.benchmarks.survey.rules_and_ledger"
        subprocess.run([sys.executable, "-m", module, way, str(rows)], check=True)


if __name__ == "__main__":
    main(sys.argv[1:])

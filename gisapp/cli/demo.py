"""gisapp demo: the main job on the sample project, without a window."""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path
from time import perf_counter

import shapely

from gisapp.app.command import Answer, Command, Desk
from gisapp.app.exports import export_ledger
from gisapp.app.project_session import ProjectSession
from gisapp.app.sample_project import EVENT_STATION, SAMPLE_DATE, make_sample_project
from gisapp.app.traces import trace_in_project, write_trace
from gisapp.cli.projects import checked_date, layers_of, make_folder, perform
from gisapp.cli.sheets import write_map
from gisapp.io.project_check import check
from gisapp.model.edit import add_features
from gisapp.model.survey import OUTFALL_TABLE, new_feature_id
from gisapp.model.table import GEOMETRY
from gisapp.model.text import N_, tr

MARKED = (524_402.0, 2_574_068.0)  # beside a warm spot of the thermal mosaic


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--output", type=Path, default=Path("output"), help=tr("folder"))
    parser.add_argument("--date", default=SAMPLE_DATE, help=tr("that the files carry"))


def _demo(arguments: argparse.Namespace, desk: Desk) -> Answer:
    output: Path = arguments.output
    date = checked_date(arguments.date)
    make_folder(output)
    began = perf_counter()
    with tempfile.TemporaryDirectory(prefix="gisapp-") as place:
        folder = Path(place) / "sample"
        with make_sample_project(folder) as session:
            desk.say(tr("The sample project is made (fictional data)"))
            mark_outfall(session)
            desk.say(tr("An outfall is marked: {label}").format(label=session.store.undo_label))
            written = write_everything(session, output, date, desk)
        whole = all(result.ok for result in check(folder))
        desk.say(tr("The project is whole") if whole else tr("The project is NOT whole"))
    seconds = round(perf_counter() - began, 1)
    desk.say(tr("Done in {s} s").format(s=seconds))
    data = {"written": written, "project_ok": whole, "seconds": seconds}
    return Answer(data, map(str, written))


def mark_outfall(session: ProjectSession) -> None:
    """As a person does with the tool on the map: one point, one committed step."""
    table = session.store.project.tables[OUTFALL_TABLE]
    row = {f.name: None for f in table.fields} | {
        "name": tr("Warm spot on the right bank"),
        "kind": "suspected",
        "state": "suspected",
        "found_by": "thermal",
        GEOMETRY: shapely.Point(*MARKED),
    }
    perform(session, add_features(tr("Add an outfall"), table, {new_feature_id(): row}))


def write_everything(session: ProjectSession, output: Path, date: str, desk: Desk) -> list[Path]:
    """Map, ledger, and the trace from the station that saw the sample's event."""
    with layers_of(session, desk) as reading:
        roles = ("rivers", "stations", "outfalls", "sources")
        start = f"station:{EVENT_STATION}"
        trace, rivers = trace_in_project(
            desk.plugins, reading, start, dict(zip(roles, roles, strict=True)), {}, desk
        )
        desk.say(trace.headline)
        project = session.store.project
        page = replace(project.pages[0], date=date)
        maps = [output / "map.pdf", output / "map.png"]
        write_map(session, reading, project, page, maps, desk)
        ledger = output / "ledger.xlsx"
        export_ledger(project, ledger, made_on=date, progress=desk)
        reports = [
            write_trace(desk.plugins, trace, rivers, output / name, date, desk)
            for name in ("trace.html", "trace.csv")
        ]
        return [*maps, ledger, *reports]


DEMO = Command(
    "demo", N_("Do the main job on the sample project, without a window"), _arguments, _demo
)

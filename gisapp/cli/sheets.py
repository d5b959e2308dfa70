"""gisapp map."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QHashSeed
from PySide6.QtGui import QGuiApplication

from gisapp.app.base_map_reading import use_press
from gisapp.app.command import DONE, USER_CAN_FIX, Answer, Command, Desk
from gisapp.app.exports import PDF_RESOLUTION, export_map
from gisapp.app.identify import is_features, is_raster
from gisapp.app.layer_reading import LayerReading
from gisapp.app.project_session import ProjectSession
from gisapp.cli.projects import add_project, date_of, keep_sources, layers_of, project_to_read
from gisapp.io.tile_desk import close_desk
from gisapp.model.crs import is_geographic, transform_extent
from gisapp.model.errors import GisError, ParameterError, ReadError
from gisapp.model.geometry import Extent, Size
from gisapp.model.layer import LayerId
from gisapp.model.page import PAPER_MM, Page
from gisapp.model.project import Project
from gisapp.model.text import N_, tr
from gisapp.render.camera import Camera
from gisapp.render.canvas import Press
from gisapp.render.qt_canvas import QtPress, warm_up
from gisapp.render.request import Data

PNG_RESOLUTION = 150.0  # dots an inch
AROUND = 0.02  # of the larger side, left free around what a sheet without an extent shows
FARTHEST = 1e8  # metres from the origin: no place on the Earth is beyond in any system
VIEW = Size(1600, 1000)  # of the camera that a sheet without an extent takes its view from
_application: list[QGuiApplication] = []  # one, kept until the program ends


def _map_arguments(parser: argparse.ArgumentParser) -> None:
    add_project(parser)
    parser.add_argument(
        "--output", type=Path, action="append", required=True, help=tr(".pdf or .png; repeatable")
    )
    parser.add_argument("--page", help=tr("title or number of a sheet of the project"))
    parser.add_argument("--title", help=tr("title on the sheet"))
    parser.add_argument("--paper", choices=tuple(PAPER_MM), help=tr("size of the paper"))
    parser.add_argument("--portrait", action="store_true", help=tr("upright paper"))
    parser.add_argument("--extent", help=tr("left,bottom,right,top in the map's system"))
    parser.add_argument("--layers", help=tr("only these: names or roles with commas"))
    parser.add_argument("--dpi", type=float, help=tr("dots an inch; default 300, in a PNG 150"))
    parser.add_argument("--date", default="", help=tr("on the sheet; default: of the last change"))


def _map(arguments: argparse.Namespace, desk: Desk) -> Answer:
    if arguments.dpi is not None and not 30 <= arguments.dpi <= 1200:
        raise ParameterError(tr("{dpi} dots an inch is not between 30 and 1200").format(
            dpi=arguments.dpi
        ))  # fmt: skip
    with (
        project_to_read(arguments.project, desk) as session,
        layers_of(session, desk) as reading,
    ):
        keep_sources(session, arguments.output)
        page = _page(session.store.project, arguments, date_of(session, arguments.date))
        project = _only(reading, arguments.layers)
        missing = write_map(session, reading, project, page, arguments.output, desk, arguments.dpi)
    written = [str(path) for path in arguments.output]
    data = {"written": written, "left_out": missing}
    return Answer(data, written, USER_CAN_FIX if missing else DONE)


def write_map(
    session: ProjectSession,
    reading: LayerReading,
    project: Project,
    page: Page,
    paths: Sequence[Path],
    desk: Desk,
    dots_per_inch: float | None = None,
) -> list[str]:
    """Write the sheet to each path; the names of layers that could not be drawn, which are said."""
    start_qt()
    wrong: list[ReadError] = []
    drawn = LayerReading(project, session.folder, desk.plugins.readers())
    missing: list[str] = []
    try:
        data = drawn.visible(desk, wrong)
        for error in wrong:
            desk.say(f"{error.message} {error.hint}".strip())
        whole = whole_extent(project, data)
        camera = Camera.fit(whole, VIEW, project.crs)
        if page.extent is None:
            page = replace(page, extent=whole.grown(AROUND * max(whole.width, whole.height)))
        for path in paths:
            usual = PNG_RESOLUTION if path.suffix.lower() == ".png" else PDF_RESOLUTION
            missing = list(
                export_map(
                    project,
                    page,
                    path,
                    camera=camera,
                    data=data,
                    painters=desk.plugins.painters(),
                    press=QtPress(),
                    dots_per_inch=dots_per_inch or usual,
                    progress=desk,
                )
            )
    finally:
        drawn.close()
        close_desk()
    return missing


def start_qt() -> None:
    """Fonts and pictures need Qt's application, but no display."""
    if QGuiApplication.instance() is None:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        # Parts of a PDF are written in the order of a hash table.
        QHashSeed.setDeterministicGlobalSeed()
        _application.append(QGuiApplication(["gisapp"]))
        warm_up()
        use_press(QtPress())


def qt_press() -> Press:
    """For commands of plugins that draw."""
    start_qt()
    return QtPress()


def whole_extent(project: Project, data: dict[LayerId, Data]) -> Extent:
    """What the visible layers cover, in the map's system. Raises ParameterError for nothing."""
    found: Extent | None = None
    for one in data.values():
        extent = _extent_in(one, project.crs)
        if extent is not None:
            found = extent if found is None else found.union(extent)
    if found is None:
        raise ParameterError(
            tr("There is nothing on the map"),
            hint=tr("Show a layer that holds something, or give --extent."),
        )
    return found


def _extent_in(data: Data, crs: str) -> Extent | None:
    if is_features(data):
        return data.shapes_in(crs).extent
    assert is_raster(data)
    try:
        return transform_extent(data.extent, data.crs, crs)
    except GisError:
        return None


def _page(project: Project, arguments: argparse.Namespace, date: str) -> Page:
    """The project's first sheet or the one asked for, with what is said laid over it."""
    page = project.pages[0] if project.pages else Page(title=project.title)
    if arguments.page:
        by_name = {p.title: p for p in project.pages}
        by_number = {str(n): p for n, p in enumerate(project.pages, 1)}
        found = by_name.get(arguments.page) or by_number.get(arguments.page)
        if found is None:
            raise ParameterError(
                tr("The project has no sheet {name}").format(name=arguments.page),
                hint=tr("It has: {names}").format(names=", ".join(by_name) or "-"),
            )
        page = found
    page = replace(page, date=date or page.date)
    if arguments.title is not None:
        page = replace(page, title=arguments.title)
    if arguments.paper:
        page = replace(page, paper=arguments.paper)
    if arguments.portrait:
        page = replace(page, landscape=False)
    if arguments.extent:
        page = replace(page, extent=_extent(arguments.extent, project.crs))
    return page


def _extent(text: str, crs: str) -> Extent:
    try:
        left, bottom, right, top = (float(part) for part in text.split(","))
    except ValueError:
        left = bottom = right = top = 0.0
    if not (-FARTHEST < left < right < FARTHEST and -FARTHEST < bottom < top < FARTHEST):
        unit = tr("degrees") if is_geographic(crs) else tr("metres")
        raise ParameterError(
            tr("{text} is not left,bottom,right,top").format(text=text),
            hint=tr("Four numbers in {unit} of the map's system {crs}.").format(unit=unit, crs=crs),
        )
    return Extent(left, bottom, right, top)


def _only(reading: LayerReading, names: str | None) -> Project:
    """The project with only the layers asked for visible; without asking, as it is."""
    if not names:
        return reading.project
    wanted = {reading.layer(name.strip()).id for name in names.split(",")}
    layers = tuple(replace(each, visible=each.id in wanted) for each in reading.project.layers)
    return replace(reading.project, layers=layers)


SHEETS = (Command("map", N_("Write the map as PDF or PNG"), _map_arguments, _map),)

"""A window around a small made-up project: real widgets, real workers, no files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import shapely
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication

from gisapp.app.jobs import JobRunner
from gisapp.app.layer_data import LayerData
from gisapp.app.map_view import MapView
from gisapp.app.plugins import find_plugins
from gisapp.app.project_session import ProjectSession
from gisapp.app.settings import Settings
from gisapp.app.store import Store
from gisapp.app.workspace import Workspace
from gisapp.model.features import FeatureId, Features, Shapes
from gisapp.model.geometry import Point, Size
from gisapp.model.layer import TABLE, Layer, LayerId, Source
from gisapp.model.progress import Progress
from gisapp.model.project import Project
from gisapp.model.style import LineStyle, PointStyle
from gisapp.model.survey import OUTFALL_FIELDS, OUTFALL_STYLE
from gisapp.model.table import GEOMETRY, FeatureTable
from gisapp.model.text import use_language
from gisapp.render.camera import Camera
from gisapp.render.qt_canvas import QtPress, warm_up
from gisapp.ui.context import Message, WindowContext
from gisapp.ui.main_thread import MainThread
from gisapp.ui.theme import Choice, Theme
from tests.own import OWN
from tests.ui.map_setting import rivers

CRS = "EPSG:4547"
MIDDLE = Point(500_000.0, 2_560_000.0)
OUTFALLS, RIVERS, STATIONS = LayerId("outfalls"), LayerId("rivers"), LayerId("stations")


def outfall_table(count: int = 5) -> FeatureTable:
    rows = {
        FeatureId(f"f{n}"): {
            "code_local": f"W-{n:03d}",
            "name": f"Made-up outfall {n}",
            "kind": "suspected" if n == 0 else "outfall",
            "state": "suspected" if n == 0 else "verified",
            "ph": 7.1,
            "photos": "[]",
            GEOMETRY: shapely.Point(MIDDLE.x + 20 * n, MIDDLE.y),
        }
        for n in range(count)
    }
    return FeatureTable.from_rows("outfalls", CRS, OUTFALL_FIELDS, rows)


def made_up_project(count: int = 5) -> Project:
    layers = (
        Layer("Rivers", Source("geopackage", "rivers.gpkg"), LineStyle(), role="rivers", id=RIVERS),
        Layer(
            "Stations",
            Source("geopackage", "stations.gpkg"),
            PointStyle(shape="diamond"),
            visible=False,
            id=STATIONS,
        ),
        Layer("Outfalls", Source(TABLE, "outfalls"), OUTFALL_STYLE, role="outfalls", id=OUTFALLS),
    )
    tables = MappingProxyType({"outfalls": outfall_table(count)})
    return Project("Made-up survey", CRS, layers, tables)


def read_made_up(path: Path, options: Any, progress: Progress) -> Features:
    """Instead of a file: the rivers, and for the stations one point."""
    if path.name == "rivers.gpkg":
        return rivers()
    import numpy as np

    one = np.array([[MIDDLE.x, MIDDLE.y + 50]])
    shapes = Shapes("point", one, np.array([0, 1]), np.array([0]))
    return Features(CRS, (), np.array(["s1"], object), {}, shapes)


@dataclass
class Asked:
    """Stands for the program: writes down what the window asks of it."""

    calls: list[tuple[Any, ...]] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        return lambda *args, **more: self.calls.append((name, *args, *more.items()))


def fresh_state(folder: Path) -> QSettings:
    return QSettings(str(folder / "state.ini"), QSettings.Format.IniFormat)


@contextmanager
def window_context(
    project: Project | None = None,
    *,
    session: ProjectSession | None = None,
    language: str = "en",
    theme: Choice = "light",
    read_only: bool = False,
    welcome: bool = False,
) -> Iterator[WindowContext]:
    """With `session`, its project and its file; else a project that is only in memory."""
    warm_up()
    use_language(language)
    deliver = MainThread()
    jobs = JobRunner(deliver, threads=2)
    dress = Theme(theme)
    dress.apply()
    workspace = session.workspace if session else None
    if workspace is None:
        workspace = Workspace(Store(project or made_up_project(), read_only=read_only))
    program = Asked()
    context = WindowContext(
        workspace, jobs, deliver, Settings(), dress, plugins=find_plugins([]), program=program
    )
    shown = workspace.store.project
    if not welcome:
        context.toolbox = OWN.toolbox()
        context.session = session or ProjectlessSession()  # type: ignore[assignment]
        readers = {"geopackage": read_made_up}
        context.layer_data = LayerData(jobs, None, readers, shown.crs)
        camera = Camera(MIDDLE, 1.0, Size(400, 300), shown.crs)
        context.map_view = MapView(
            workspace.store,
            jobs,
            OWN.painters(),
            context.layer_data.get,
            QtPress(),
            camera,
        )
    try:
        yield context
    finally:
        if context.map_view is not None:
            context.map_view.close()
        jobs.close()
        QApplication.processEvents()
        deliver.deleteLater()
        use_language("en")


class ProjectlessSession:
    """A session without a file: it has no history."""

    class file:  # noqa: N801
        @staticmethod
        def entries(newest: int = 0) -> list[Any]:
            return []


def said(context: WindowContext) -> list[Message]:
    """Everything that is said from now on."""
    messages: list[Message] = []
    context.say.subscribe(messages.append)
    return messages

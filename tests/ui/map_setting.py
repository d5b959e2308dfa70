"""A map with made-up points for tests of the map's widgets: everything real but the files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from gisapp.app.jobs import Job, JobRunner
from gisapp.app.map_view import MapView
from gisapp.app.store import Store
from gisapp.app.tool_desk import ToolDesk
from gisapp.app.workspace import Workspace
from gisapp.model.features import Features, Shapes
from gisapp.model.field import Field
from gisapp.model.geometry import Extent, Point, Size
from gisapp.model.layer import TABLE, Layer, LayerId, Source
from gisapp.model.project import Project
from gisapp.model.style import LineStyle, PointStyle
from gisapp.model.table import FeatureTable
from gisapp.render.camera import Camera
from gisapp.render.qt_canvas import QtPress, warm_up
from gisapp.render.request import Data
from gisapp.ui.main_thread import MainThread
from gisapp.ui.map_widget import MapWidget
from tests.own import OWN

CRS = "EPSG:4547"
OUTFALLS = LayerId("outfalls")
RIVERS = LayerId("rivers")
MIDDLE = Point(500_000.0, 2_560_000.0)
FIELDS = (
    Field("name"),
    Field("kind"),
    Field("state"),
    Field("bank"),
    Field("river"),
    Field("receiving_reach", "integer"),
    Field("distance_to_mouth_m", "real", unit="m"),
)


def table_of(xy: np.ndarray) -> FeatureTable:
    """Made-up outfalls, with ids "0", "1", …"""
    n = len(xy)
    ids = np.array([str(i) for i in range(n)], object)
    columns = {}
    for f in FIELDS:
        real = f.kind == "real"
        columns[f.name] = np.full(n, np.nan if real else None, float if real else object)
    columns["name"] = np.array([f"W-{i}" for i in range(n)], object)
    return FeatureTable.from_arrays("outfalls", CRS, FIELDS, ids, columns, xy)


def scattered(n: int, side: float = 1000.0) -> np.ndarray:
    """The first point in the middle, the others around it."""
    xy = np.random.default_rng(1).uniform(-side / 2, side / 2, (n, 2)) + MIDDLE
    xy[0] = MIDDLE
    return xy


def rivers() -> Features:
    """Two reaches flowing east along y = MIDDLE.y - 100, the first into the second."""
    y = MIDDLE.y - 100
    coords = np.array([[MIDDLE.x - 400, y], [MIDDLE.x, y], [MIDDLE.x, y], [MIDDLE.x + 300, y]])
    columns = {
        "reach_id": np.array([1, 2], object),
        "next_down": np.array([2, 0], object),
        "name": np.array(["Made-up River", "Made-up River"], object),
        "length_m": np.array([400.0, 300.0]),
    }
    fields = (
        Field("reach_id", "integer"),
        Field("next_down", "integer"),
        Field("name"),
        Field("length_m", "real"),
    )
    shapes = Shapes("line", coords, np.array([0, 2, 4]), np.array([0, 1]))
    return Features(CRS, fields, np.array(["r1", "r2"], object), columns, shapes)


@dataclass
class MapSetting:
    store: Store
    workspace: Workspace
    view: MapView
    desk: ToolDesk
    widget: MapWidget


def project_with(table: FeatureTable) -> Project:
    layers = (
        Layer("Rivers", Source("geopackage", "rivers.gpkg"), LineStyle(), role="rivers", id=RIVERS),
        Layer("Outfalls", Source(TABLE, "outfalls"), PointStyle(), role="outfalls", id=OUTFALLS),
    )
    tables = MappingProxyType({"outfalls": table})
    return Project(crs=CRS, layers=layers, tables=tables)


def make_setting(jobs: JobRunner, project: Project, data: Mapping[LayerId, Data]) -> MapSetting:
    """One metre a pixel, the middle point in the middle."""
    warm_up()
    store = Store(project)
    workspace = Workspace(store)
    camera = Camera(MIDDLE, 1.0, Size(400, 300), CRS)
    view = MapView(store, jobs, OWN.painters(), lambda layer: data.get(layer.id), QtPress(), camera)
    desk = ToolDesk(workspace, jobs, lambda: data, OWN.toolbox().makers)
    widget = MapWidget(view, desk)
    widget.full_extent = lambda: Extent(*MIDDLE, *MIDDLE).grown(500)
    return MapSetting(store, workspace, view, desk, widget)


def runner() -> tuple[MainThread, JobRunner]:
    main = MainThread()
    jobs = JobRunner(main, threads=2)
    jobs.failed.subscribe(_raise)
    return main, jobs


def _raise(job: Job[Any]) -> None:
    assert job.error is not None
    raise job.error

"""Large layers are prepared once, in the background, and read from their file the next time."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from gisapp.app import layer_detail
from gisapp.app.jobs import Job, JobRunner
from gisapp.app.layer_data import LayerData, LoadState, Reader
from gisapp.io import gathered
from gisapp.io.layer_store_folder import LayerStore
from gisapp.io.vector import read_source
from gisapp.model.crs import transform_extent
from gisapp.model.errors import WriteError
from gisapp.model.features import Features
from gisapp.model.geometry import Extent
from gisapp.model.layer import Layer, Source
from gisapp.model.progress import Progress
from gisapp.model.project import Project
from gisapp.model.style import PointStyle
from gisapp.model.table import FeatureTable
from gisapp.render import compiled
from gisapp.render.request import Data
from tests.conftest import Mailbox
from tests.own import OWN

MAP = "EPSG:4547"
N = 300


@pytest.fixture(autouse=True)
def small_layers_count(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled.load()
    monkeypatch.setattr(layer_detail, "MANY_FEATURES", N)


def write_points(path: Path, n: int = N, left: float = 113.0) -> None:
    x, y = np.random.default_rng(1).uniform(0, 1, (2, n))
    frame = {"名称": [f"点{k % 7}" for k in range(n)], "n": np.arange(n)}
    points = gpd.points_from_xy(left + x, 23 + y)
    gpd.GeoDataFrame(frame, geometry=points, crs="EPSG:4490").to_file(path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    write_points(tmp_path / "data/a.gpkg")
    return tmp_path


def layer(path: str = "data/a.gpkg", **options: str) -> Layer:
    return Layer("Places", Source("geopackage", path, tuple(options.items())), PointStyle())


def counting(read: list[Path]) -> Reader:
    def reader(path: Path, options: Mapping[str, str], progress: Progress) -> Data:
        read.append(path)
        return read_source(path, options, progress)

    return reader


def prepared(folder: Path) -> list[Path]:
    return sorted((folder / "cache" / "layers").glob("*"))


def test_a_very_large_layer_is_shown_as_read_and_then_prepared(
    folder: Path, inline_jobs: JobRunner, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(layer_detail, "SOON", 0)
    data = LayerData(inline_jobs, folder, OWN.readers(), MAP)
    places = layer()
    seen: list[tuple[bool, bool]] = []
    started: list[Job] = []
    inline_jobs.started.subscribe(started.append)

    def look(_: object) -> None:
        found = data.get(places)
        assert isinstance(found, Features)
        seen.append((found.detail_in(MAP) is not None, bool(prepared(folder))))

    data.changed.subscribe(look)
    data.get(places)
    assert seen == [(False, False), (True, True)]
    assert [(job.title, job.quiet) for job in started][1:] == [("Preparing a.gpkg", False)]
    found = data.get(places)
    assert sorted(found.detail_in(MAP).arrays["order"].tolist()) == list(range(N))
    assert not found.shapes_in(MAP).coords.flags.writeable  # from the file, not from memory


def test_what_takes_a_moment_is_prepared_before_it_is_shown_and_drawn_once(
    folder: Path, inline_jobs: JobRunner
):
    data = LayerData(inline_jobs, folder, OWN.readers(), MAP)
    places = layer()
    seen: list[bool] = []
    data.changed.subscribe(lambda _: seen.append(data.get(places).detail_in(MAP) is not None))
    data.get(places)
    assert seen == [True]
    assert len(prepared(folder)) == 1


def test_what_was_shown_lies_in_its_file_afterwards_and_is_the_same(
    folder: Path, inline_jobs: JobRunner, monkeypatch: pytest.MonkeyPatch
):
    """What somebody holds stays; what is asked for from then on is in no memory of ours."""
    before: dict[str, Any] = {}

    def told(_: object) -> None:
        found = data.get(places)
        before["features"], before["ids"] = found, found.ids
        before["shapes"] = (found.shapes, found.shapes_in(MAP))
        before["detail"] = dict(found.detail_in(MAP).arrays)
        before["columns"] = {name: found.column(name) for name in found.columns}

    data, places = LayerData(inline_jobs, folder, OWN.readers(), MAP), layer()
    data.changed.subscribe(told)
    data.get(places)
    found = data.get(places)
    assert found is before["features"]
    for old, new in zip(before["shapes"], (found.shapes, found.shapes_in(MAP)), strict=True):
        assert old is not new
        assert old.coords.flags.writeable
        assert not new.coords.flags.writeable
        assert (old.kind, old.extent) == (new.kind, new.extent)
        for name in ("coords", "starts", "owner", "boxes"):
            np.testing.assert_array_equal(getattr(old, name), getattr(new, name))
    assert before["detail"].keys() == found.detail_in(MAP).arrays.keys()
    for name, array in found.detail_in(MAP).arrays.items():
        np.testing.assert_array_equal(before["detail"][name], array)
        assert not array.size or not array.flags.writeable
    assert found.ids.tolist() == before["ids"].tolist()
    for name, column in before["columns"].items():
        assert found.column(name).tolist() == column.tolist()
    assert found.row(found.ids[8])["名称"] == "点1"


def test_a_layer_whose_source_changed_meanwhile_stays_in_memory(
    folder: Path, inline_jobs: JobRunner, monkeypatch: pytest.MonkeyPatch
):
    data, places = LayerData(inline_jobs, folder, OWN.readers(), MAP), layer()
    data.changed.subscribe(lambda _: write_points(folder / "data/a.gpkg", N + 5))
    data.get(places)
    assert data.get(places).shapes.coords.flags.writeable
    assert len(data.get(places)) == N
    assert not prepared(folder)


def test_the_next_time_it_is_there_without_being_read(folder: Path, inline_jobs: JobRunner):
    read: list[Path] = []
    places = layer()
    for _ in range(2):
        data = LayerData(inline_jobs, folder, {"geopackage": counting(read)}, MAP)
        data.get(places)
        found = data.get(places)
        assert data.state(places) is LoadState.READY
        assert found.detail_in(MAP) is not None
        assert found.row(found.ids[8])["名称"] == "点1"
    assert len(read) == 1
    other = LayerData(inline_jobs, folder, {"geopackage": counting(read)}, "EPSG:3857")
    other.get(places)
    assert len(read) == 2  # another system of the map is another file
    assert len(prepared(folder)) == 2


def test_what_is_broken_is_made_anew(folder: Path, inline_jobs: JobRunner):
    read: list[Path] = []
    places = layer()
    for _ in range(2):
        data = LayerData(inline_jobs, folder, {"geopackage": counting(read)}, MAP)
        data.get(places)
        (file,) = prepared(folder)
        file.write_bytes(file.read_bytes()[:-5])
    assert len(read) == 2
    again = LayerData(inline_jobs, folder, {"geopackage": counting(read)}, MAP)
    again.get(places)
    assert again.get(places).detail_in(MAP) is not None


def test_a_source_that_is_replaced_while_open_is_shown_anew(folder: Path, inline_jobs: JobRunner):
    data = LayerData(inline_jobs, folder, OWN.readers(), MAP)
    places = layer()
    data.get(places)
    old = data.get(places)
    data.look_again()
    assert data.get(places) is old
    write_points(folder / "data/b.gpkg", N + 50, 114.0)
    os.replace(folder / "data/b.gpkg", folder / "data/a.gpkg")
    shown: list[int] = []
    data.changed.subscribe(lambda _: shown.append(len(data.get(places) or ())))
    data.look_again()
    assert shown == [N + 50]  # never nothing
    new = data.get(places)
    assert new.shapes.coords[:, 0].min() > 114
    assert new.detail_in(MAP) is not None
    assert len(prepared(folder)) == 1
    assert old.column("n")[-1] == N - 1  # whoever still draws the old one can
    assert old.row(old.ids[3])["名称"] == "点3"


def test_a_full_disk_leaves_the_layer_shown_and_says_so(
    folder: Path, inline_jobs: JobRunner, monkeypatch: pytest.MonkeyPatch
):
    def full(*args: object) -> None:
        raise WriteError("x.layer could not be written", hint="The disk is full.")

    monkeypatch.setattr(LayerStore, "write", full)
    failures: list[Job] = []
    inline_jobs.failed.subscribe(failures.append)
    data = LayerData(inline_jobs, folder, OWN.readers(), MAP)
    places = layer()
    data.get(places)
    assert data.get(places).detail_in(MAP) is not None
    (warning,) = data.warnings(places)
    assert "The disk is full." in warning
    assert (failures, prepared(folder)) == ([], [])


def test_stopping_the_preparation_keeps_the_layer(
    folder: Path, jobs: JobRunner, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
):
    def stopped(*args: object) -> None:
        job.cancel()
        args[-1].report(0.5)  # type: ignore[attr-defined]

    monkeypatch.setattr(layer_detail, "SOON", 0)
    monkeypatch.setattr(layer_detail, "build_detail", stopped)
    data = LayerData(jobs, folder, OWN.readers(), MAP)
    places = layer()
    started: list[Job] = []
    jobs.started.subscribe(started.append)
    data.get(places)
    while not any(job.title.startswith("Preparing") for job in started):
        mailbox.drain()
    job = started[-1]
    while jobs.unfinished:
        mailbox.drain()
    assert data.state(places) is LoadState.READY
    assert data.get(places).detail_in(MAP) is None
    assert prepared(folder) == []
    data.loops_ready()
    assert not jobs.unfinished  # who stopped it does not want it again


def test_without_the_loops_it_waits_for_them(
    folder: Path, inline_jobs: JobRunner, monkeypatch: pytest.MonkeyPatch
):
    with monkeypatch.context() as without:
        without.setattr("gisapp.app.layer_data.kernels", lambda: None)
        without.setattr("gisapp.app.layer_detail.kernels", lambda: None)
        data = LayerData(inline_jobs, folder, OWN.readers(), MAP)
        places = layer()
        data.get(places)
        assert data.get(places).detail_in(MAP) is None
        data.loops_ready()
        assert data.get(places).detail_in(MAP) is None
    data.loops_ready()
    assert data.get(places).detail_in(MAP) is not None


def test_a_small_layer_is_left_as_it_is(folder: Path, inline_jobs: JobRunner):
    write_points(folder / "data/small.gpkg", 20)
    data = LayerData(inline_jobs, folder, OWN.readers(), MAP)
    small = layer("data/small.gpkg")
    data.get(small)
    assert data.get(small).detail_in(MAP) is None
    assert prepared(folder) == []


def test_a_very_large_source_is_shown_while_it_is_read(
    folder: Path, inline_jobs: JobRunner, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(gathered, "FIRST_SHOWN", 0)
    data = LayerData(inline_jobs, folder, OWN.readers(), MAP)
    monkeypatch.setattr("gisapp.app.jobs.REPORT_EVERY", 0.0)
    places = layer()
    seen: list[tuple[LoadState, int, list[str]]] = []

    def look(_: object) -> None:
        found = data.get(places)
        seen.append((data.state(places), len(found.shapes_in(MAP).coords), list(found.columns)))

    data.changed.subscribe(look)
    data.get(places)
    assert seen[0] == (LoadState.LOADING, N, [])
    assert seen[-1] == (LoadState.READY, N, ["名称", "n"])


def test_a_large_table_is_prepared_and_follows_its_edits(
    project: Project, inline_jobs: JobRunner, outfalls: FeatureTable, monkeypatch
):
    monkeypatch.setattr(layer_detail, "MANY_FEATURES", 2)
    data = LayerData(inline_jobs, None, {})
    data.follow_tables(project)
    everywhere = transform_extent(Extent(90, 20, 110, 40), "EPSG:4490", project.crs)
    assert outfalls.detail_in(project.crs).features_in(everywhere).tolist() == [0, 1]
    later = outfalls.with_rows({"A1": {"geometry": shapely.Point(5, 5)}})
    assert later.detail_in(project.crs).features_in(everywhere).tolist() == [1]


class Slowly:
    """A raster of which more comes later."""

    def __init__(self) -> None:
        self.arrived: list = []


def test_what_arrives_later_is_told_on_the_main_thread(jobs: JobRunner, mailbox: Mailbox):
    slowly = Slowly()
    data = LayerData(jobs, None, {"xyz": lambda *args: slowly}, MAP)
    base = Layer("Base", Source("xyz", "", (("url", "x"),)), PointStyle())
    told: list[tuple] = []
    data.arrived.subscribe(told.append)
    data.get(base)
    while jobs.unfinished:
        mailbox.drain()
    extent = Extent(0, 0, 1, 1)
    slowly.arrived[0](extent, "EPSG:3857")
    assert told == []
    mailbox.drain()
    assert told == [(base.id, extent, "EPSG:3857")]
    data.keep((), MAP)
    assert slowly.arrived == []

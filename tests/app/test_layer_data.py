"""Layers' data: loaded in the background, kept while used, told when something changes."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from gisapp.app.jobs import Job, JobRunner, JobState
from gisapp.app.layer_data import LayerData, LoadState, Reader, find_reader
from gisapp.io.vector import read_source
from gisapp.model.errors import ReadError
from gisapp.model.features import Features
from gisapp.model.layer import TABLE, Layer, LayerId, Source
from gisapp.model.progress import Progress
from gisapp.model.project import Project
from gisapp.model.style import PointStyle
from gisapp.model.table import FeatureTable
from gisapp.render.request import Data
from tests.conftest import Mailbox
from tests.own import OWN

MAP = "EPSG:4547"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    points = [shapely.Point(113.5, 23.1), shapely.Point(113.6, 23.2)]
    (tmp_path / "data").mkdir()
    gpd.GeoDataFrame({"n": [1, 2]}, geometry=points, crs="EPSG:4490").to_file(
        tmp_path / "data/a.gpkg"
    )
    return tmp_path


def layer(path: str = "data/a.gpkg", reader: str = "geopackage", **options: str) -> Layer:
    return Layer("Places", Source(reader, path, tuple(options.items())), PointStyle())


def test_data_come_after_a_while_ready_for_the_map(
    folder: Path, jobs: JobRunner, mailbox: Mailbox
) -> None:
    data = LayerData(jobs, folder, OWN.readers(), MAP)
    places = layer()
    told: list[LayerId] = []
    data.changed.subscribe(told.append)
    assert data.get(places) is None
    assert data.state(places) is LoadState.LOADING
    assert [job.quiet for job in jobs.unfinished] == [True]
    settle(jobs, mailbox)
    found = data.get(places)
    assert isinstance(found, Features)
    assert told == [places.id]
    assert data.state(places) is LoadState.READY
    assert MAP in found._moved  # nothing is left to transform on the window's thread


def test_two_layers_of_one_file_load_once(folder: Path, inline_jobs: JobRunner) -> None:
    read: list[Path] = []
    data = LayerData(inline_jobs, folder, {"geopackage": counting(read)}, MAP)
    one, two, other = layer(), layer(), layer(id="n")
    told: list[LayerId] = []
    data.changed.subscribe(told.append)
    data.keep((one, two, other), MAP)
    for each in (one, two, other):
        data.get(each)
    assert data.get(one) is data.get(two)
    assert data.get(one) is not data.get(other)
    assert len(read) == 2
    assert told == [one.id, two.id, other.id]


def counting(read: list[Path]) -> Reader:
    def reader(path: Path, options: Mapping[str, str], progress: Progress) -> Data:
        read.append(path)
        return read_source(path, options, progress)

    return reader


def test_what_no_layer_uses_is_forgotten(folder: Path, inline_jobs: JobRunner) -> None:
    read: list[Path] = []
    data = LayerData(inline_jobs, folder, {"geopackage": counting(read)}, MAP)
    one, two = layer(), layer()
    for each in (one, two):
        data.get(each)
    data.keep((two,), MAP)
    data.get(two)
    assert len(read) == 1
    data.keep((), MAP)
    data.get(two)
    assert len(read) == 2


def test_a_missing_file_can_be_shown_elsewhere(folder: Path, inline_jobs: JobRunner) -> None:
    data = LayerData(inline_jobs, folder, OWN.readers(), MAP)
    lost = layer("data/lost.gpkg")
    assert data.get(lost) is None
    assert data.state(lost) is LoadState.MISSING
    error = data.error(lost)
    assert error is not None
    assert "lost.gpkg" in error.message
    assert data.get(lost) is None  # asking again does not load again
    again = replace(lost, source=replace(lost.source, path="data/a.gpkg"))
    data.keep((again,), MAP)
    data.get(again)
    assert data.state(again) is LoadState.READY
    assert data.error(again) is None


def test_a_file_that_came_back_is_read_again(folder: Path, inline_jobs: JobRunner) -> None:
    data = LayerData(inline_jobs, folder, OWN.readers(), MAP)
    lost = layer("data/b.gpkg")
    data.get(lost)
    assert data.state(lost) is LoadState.MISSING
    (folder / "data/b.gpkg").write_bytes((folder / "data/a.gpkg").read_bytes())
    data.reload(lost)
    assert data.state(lost) is LoadState.READY


def test_damaged_files_and_unknown_readers_fail_with_words(
    folder: Path, inline_jobs: JobRunner
) -> None:
    (folder / "data/bad.gpkg").write_bytes(b"nonsense")
    data = LayerData(inline_jobs, folder, OWN.readers(), MAP)
    failures: list[Job] = []
    inline_jobs.failed.subscribe(failures.append)
    for each, word in ((layer("data/bad.gpkg"), "bad.gpkg"), (layer(reader="x"), "No reader")):
        data.get(each)
        assert data.state(each) is LoadState.FAILED
        error = data.error(each)
        assert error is not None
        assert word in error.message
        assert error.hint
    assert failures == []  # an error for people, not a bug


def test_a_bug_in_a_reader_is_a_failed_job_and_a_failed_layer(
    folder: Path, inline_jobs: JobRunner
) -> None:
    def broken(path: Path, options: Mapping[str, str], progress: Progress) -> Data:
        raise ZeroDivisionError("oops")

    data = LayerData(inline_jobs, folder, {"geopackage": broken}, MAP)
    failures: list[Job] = []
    inline_jobs.failed.subscribe(failures.append)
    places = layer()
    data.get(places)
    assert data.state(places) is LoadState.FAILED
    error = data.error(places)
    assert error is not None
    assert (len(failures), error.hint) == (1, "oops")


def test_another_crs_of_the_map_prepares_the_shapes_without_reading(
    folder: Path, jobs: JobRunner, mailbox: Mailbox
) -> None:
    read: list[Path] = []
    data = LayerData(jobs, folder, {"geopackage": counting(read)}, MAP)
    places = layer()
    data.get(places)
    settle(jobs, mailbox)
    before = data.get(places)
    assert isinstance(before, Features)
    data.keep((places,), "EPSG:3857")
    assert data.state(places) is LoadState.LOADING
    assert data.get(places) is None
    settle(jobs, mailbox)
    assert data.get(places) is before
    assert "EPSG:3857" in before._moved
    assert len(read) == 1


def settle(jobs: JobRunner, mailbox: Mailbox) -> None:
    """Let the workers finish, and hear what they said."""
    while jobs.unfinished:
        turn = threading.Event()
        jobs._pool.submit(turn.set)
        assert turn.wait(30)
        mailbox.drain()


def test_stopped_loading_says_so_and_can_be_repeated(
    folder: Path, jobs: JobRunner, mailbox: Mailbox
) -> None:
    inside, go = threading.Event(), threading.Event()
    patient = True

    def slow(path: Path, options: Mapping[str, str], progress: Progress) -> Data:
        inside.set()
        if patient:
            go.wait(30)
        return counting([])(path, options, progress)

    data = LayerData(jobs, folder, {"geopackage": slow}, MAP)
    places = layer()
    data.get(places)
    assert inside.wait(30)
    (job,) = jobs.unfinished
    job.cancel()
    go.set()
    settle(jobs, mailbox)
    assert job.state is JobState.CANCELLED
    assert data.state(places) is LoadState.FAILED
    error = data.error(places)
    assert error is not None
    assert "stopped" in error.message
    data.reload(places)
    settle(jobs, mailbox)
    assert data.state(places) is LoadState.READY


def test_tables_come_from_the_project(
    folder: Path, inline_jobs: JobRunner, project: Project, outfalls: FeatureTable
) -> None:
    data = LayerData(inline_jobs, folder, OWN.readers())
    places = layer()
    both = replace(project, layers=(*project.layers, places), crs=MAP)
    table = both.layers[0]
    assert table.source.format == TABLE
    assert data.get(table) is None
    assert data.state(table) is LoadState.READY
    found = data.data_of(both)
    assert found[table.id] is outfalls
    assert isinstance(found[places.id], Features)


def test_warnings_of_the_reader_are_kept(folder: Path, inline_jobs: JobRunner) -> None:
    (folder / "data/a.csv").write_text("lon,lat\n113,23\nx,y\n")
    data = LayerData(inline_jobs, folder, OWN.readers(), MAP)
    places = layer("data/a.csv", "csv")
    data.get(places)
    assert any("cannot be read: 3" in text for text in data.warnings(places))


def test_the_reader_of_a_file(folder: Path) -> None:
    assert find_reader(folder / "data/a.gpkg") == "geopackage"
    with pytest.raises(ReadError):
        find_reader(folder / "nothing")


def test_rasters_load_too(sample_files: Path, inline_jobs: JobRunner) -> None:
    data = LayerData(inline_jobs, sample_files, OWN.readers(), MAP)
    thermal = layer("thermal.tif", "geotiff")
    data.get(thermal)
    assert data.state(thermal) is LoadState.READY

"""Rasters of the project get their overviews while they are shown."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gisapp.app.jobs import Job, JobRunner, JobState
from gisapp.app.layer_data import LayerData, LoadState
from gisapp.io import overview_levels, raster, raster_recipe
from gisapp.io.raster import open_source
from gisapp.model.layer import Layer, Source
from gisapp.model.style import ThermalStyle
from tests.io.test_raster import write

MAP = "EPSG:4547"
READERS = {"geotiff": open_source}


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Files of some hundred cells are large; the user's cache is one for the test."""
    monkeypatch.setattr(raster, "MANY", 10_000)
    monkeypatch.setattr(raster, "COARSE", 128)
    monkeypatch.setattr(raster_recipe, "AT_ONCE", 60_000)
    monkeypatch.setattr(overview_levels, "SMALLEST", 32)
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "user"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "project").mkdir()
    write(tmp_path / "project" / "a.tif", np.ones((400, 500), np.float32))
    return tmp_path / "project"


def layer(name: str = "a.tif") -> Layer:
    return Layer(name, Source("geotiff", name), ThermalStyle())


def titles(jobs: JobRunner) -> list[Job[object]]:
    started: list[Job[object]] = []
    jobs.started.subscribe(started.append)
    return started


def test_an_overview_is_made_in_the_project_once(inline_jobs: JobRunner, folder: Path) -> None:
    started = titles(inline_jobs)
    told = []
    data, one = LayerData(inline_jobs, folder, READERS, MAP), layer()
    data.arrived.subscribe(told.append)
    assert data.get(one) is not None
    assert started[-1].title == "Preparing an overview of a.tif"
    assert started[-1].state is JobState.DONE
    assert not started[-1].quiet, "it can be seen and stopped"
    assert told[-1][0] == one.id
    assert len(list((folder / "cache" / "overviews").iterdir())) == 1
    assert sorted(p.name for p in folder.iterdir()) == ["a.tif", "cache"], "nothing beside it"
    started.clear()
    again = LayerData(inline_jobs, folder, READERS, MAP)
    assert again.get(layer()) is not None
    assert [job.title for job in started] == ["Loading a.tif"]


def test_without_a_project_or_a_place_in_it_the_users_cache_is_taken(
    inline_jobs: JobRunner, folder: Path, tmp_path: Path
) -> None:
    (folder / "cache").write_text("a file where the folder should be")
    started = titles(inline_jobs)
    assert LayerData(inline_jobs, folder, READERS, MAP).get(layer()) is not None
    assert started[-1].state is JobState.DONE
    assert len(list((tmp_path / "user" / "gisapp" / "overviews").iterdir())) == 1
    started.clear()
    alone = layer(str(folder / "a.tif"))
    assert LayerData(inline_jobs, None, READERS, MAP).get(alone) is not None
    assert [job.title for job in started][1:] == [], "found there again"


def test_what_cannot_be_written_is_said_and_the_layer_stays(
    inline_jobs: JobRunner, folder: Path, tmp_path: Path
) -> None:
    (folder / "cache").write_text("")
    (tmp_path / "user").write_text("")
    failed: list[Job[object]] = []
    inline_jobs.failed.subscribe(failed.append)
    data, one = LayerData(inline_jobs, folder, READERS, MAP), layer()
    assert data.get(one) is not None
    assert data.state(one) is LoadState.READY
    assert len(failed) == 1
    assert getattr(failed[0].error, "hint", "")


def test_a_layer_that_goes_stops_its_overview(
    jobs: JobRunner, mailbox, folder: Path, monkeypatch: pytest.MonkeyPatch, qtbot
) -> None:
    write(folder / "b.tif", np.ones((400, 500), np.float32))
    data = LayerData(jobs, folder, READERS, MAP)
    started = titles(jobs)
    first, second = layer(), layer("b.tif")

    def begun() -> bool:
        mailbox.drain()
        data.get(first), data.get(second)
        return any("overview" in job.title for job in started)

    qtbot.waitUntil(begun)
    data.keep((), MAP)

    def over() -> bool:
        mailbox.drain()
        return not jobs.unfinished

    qtbot.waitUntil(over)
    built = [job for job in started if "overview" in job.title]
    assert all(job.state in (JobState.CANCELLED, JobState.DONE) for job in built)
    assert not list(folder.glob("cache/overviews/.new-*"))


def test_damage_is_among_the_warnings_of_the_layer(inline_jobs: JobRunner, folder: Path) -> None:
    more = {"driver": "COG", "blocksize": 128, "compress": "none", "overviews": "none"}
    path = write(folder / "c.tif", np.ones((300, 300), np.float32), **more)
    path.write_bytes(path.read_bytes()[:250_000])
    data, one = LayerData(inline_jobs, folder, READERS, MAP), layer("c.tif")
    assert data.get(one) is not None
    assert "c.tif is incomplete" in data.warnings(one)[0]

"""A changed flight can be led back to how it was, as the project's layers say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import rasterio

from gisapp.app.flight_import import FLIGHTS, OpenFlight, change_flight, open_flight
from gisapp.app.flight_states import MOSAICS_KEPT, return_to, went_back
from gisapp.model.errors import ReadError
from gisapp.model.flight import Flight
from gisapp.model.layer import Layer, Source
from gisapp.model.progress import Silent
from gisapp.model.project import Project
from gisapp.model.style import ThermalStyle
from tests.flight_project import OPTIONS, FlightPlace, make_levelled


@pytest.fixture(scope="module")
def levelled(tmp_path_factory: pytest.TempPathFactory) -> FlightPlace:
    return make_levelled(tmp_path_factory.mktemp("states"))


def warmer(flight: Flight, by: float) -> Flight:
    frames = tuple(replace(frame, offset_c=frame.offset_c + by) for frame in flight.frames)
    return replace(flight, frames=frames)


def mosaic_of(opened: OpenFlight) -> np.ndarray:
    assert opened.mosaic is not None
    with rasterio.open(opened.mosaic) as file:
        return file.read(1)


def test_each_change_has_its_own_name_and_can_be_returned_to(
    levelled: FlightPlace, tmp_path: Path
) -> None:
    opened = levelled.copied(tmp_path / "one").opened()
    first, folder = mosaic_of(opened), opened.folder
    states = [opened]
    for _ in range(MOSAICS_KEPT + 1):
        states.append(change_flight(states[-1], warmer(states[-1].flight, 1.0), OPTIONS, Silent()))
    names = [one.flight.mosaic for one in states]
    assert len(set(names)) == len(names)
    there = [name for name in names if (folder / name).exists()]
    assert there == names[-MOSAICS_KEPT:]
    assert return_to(folder, names[-2], OPTIONS, Silent()) is False  # still there
    assert open_flight(folder).flight == states[-2].flight
    assert return_to(folder, names[0], OPTIONS, Silent()) is True  # made again
    back = open_flight(folder)
    assert back.flight.frames == states[0].flight.frames
    assert back.flight.mosaic == names[0]
    assert np.allclose(mosaic_of(back), first, atol=0.02, equal_nan=True)
    assert return_to(folder, names[0], OPTIONS, Silent()) is False
    # A name that was taken back is not given to another mosaic.
    after = change_flight(back, warmer(back.flight, 2.0), OPTIONS, Silent())
    assert after.flight.mosaic not in names


def test_what_is_no_longer_known_is_said(levelled: FlightPlace) -> None:
    with pytest.raises(ReadError) as caught:
        return_to(levelled.opened().folder, "mosaic_77.tif", OPTIONS, Silent())
    assert "no longer known" in caught.value.message
    assert "level" in caught.value.hint


def test_only_another_mosaic_of_the_same_flight_is_a_way_back() -> None:
    def showing(path: str) -> Project:
        layer = Layer("t", Source("geotiff", path), ThermalStyle("inferno", 0, 1), id="a")
        return Project("One", "EPSG:32650", (layer,), {})

    def found(before: str, after: str) -> list[tuple[str, str]]:
        return list(went_back(showing(before), showing(after), FLIGHTS))

    night = f"{FLIGHTS}/night"
    assert found(f"{night}/mosaic_2.tif", f"{night}/mosaic.tif") == [(night, "mosaic.tif")]
    assert found(f"{night}/mosaic.tif", f"{night}/mosaic.tif") == []
    assert found(f"{night}/mosaic.tif", f"{FLIGHTS}/day/mosaic.tif") == []
    assert found(f"{night}/mosaic.tif", f"{night}/mosaic_as_flown.tif") == []
    assert found("data/a/mosaic.tif", "data/a/mosaic_2.tif") == []

"""flight.json is read as it was written, and only whole."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import rasterio

from gisapp.io.flight_file import read_flight, write_flight
from gisapp.io.flight_heights import open_heights
from gisapp.io.flight_work import read_piece, write_piece
from gisapp.model.errors import ReadError, WriteError
from gisapp.model.flight import Flight, FlightFrame, LeftOut
from gisapp.model.frame import Lens, Pose

FRAME = FlightFrame(
    "../frames/a_T.JPG",
    "2025-01-02T03:00:00",
    Pose(1.0, 2.0, 60.0, 10.5, -90.0, 0.0),
    ((0.0, 0.0), (1.0, 0.0), (1.0, -1.0), (0.0, -1.0)),
    (0.1, 0.0, 5.0, 0.0, -0.1, 6.0),
    -0.25,
    1,
    "gisapp",
    0.15,
    {"emissivity": 0.98},
    "../frames/a_V.JPG",
)
FLIGHT = Flight(
    "EPSG:32650",
    "M3T",
    Lens(640, 512, 758.333, 1.0, -2.0),
    (FRAME,),
    (LeftOut("b.jpg", "visible", "no temperatures in it"),),
    {"ties": 3},
    "",
    "mosaic.tif",
)


def test_a_flight_comes_back_as_it_was(tmp_path: Path) -> None:
    write_flight(tmp_path / "flight.json", FLIGHT)
    assert read_flight(tmp_path / "flight.json") == FLIGHT
    data = json.loads((tmp_path / "flight.json").read_text("utf-8"))
    assert data["version"] == 1
    assert data["frames"][0]["affine"] == [0.1, 0.0, 5.0, 0.0, -0.1, 6.0]
    assert data["frames"][1] == {
        "file": "b.jpg",
        "verdict": "visible",
        "message": "no temperatures in it",
    }


@pytest.mark.parametrize("cut", [0, 1, 100, -5])
def test_a_cut_or_changed_file_is_refused(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "flight.json"
    write_flight(path, FLIGHT)
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(ReadError):
        read_flight(path)


def test_a_newer_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "flight.json"
    write_flight(path, FLIGHT)
    path.write_text(path.read_text("utf-8").replace('"version": 1', '"version": 2'), "utf-8")
    with pytest.raises(ReadError, match="newer"):
        read_flight(path)


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(WriteError):
        write_flight(tmp_path / "none" / "flight.json", FLIGHT)


def test_pieces_are_whole_or_not_there(tmp_path: Path) -> None:
    path = tmp_path / "piece.npz"
    write_piece(path, {"a": np.arange(5)}, {"n": 1})
    kept = read_piece(path)
    assert kept is not None
    assert list(kept[0]["a"]) == [0, 1, 2, 3, 4]
    assert kept[1] == {"n": 1}
    whole = path.read_bytes()
    for length in (0, 10, len(whole) // 2, len(whole) - 3):
        path.write_bytes(whole[:length])
        assert read_piece(path) is None
    assert read_piece(tmp_path / "none.npz") is None
    assert [p.name for p in tmp_path.iterdir()] == ["piece.npz"]


def elevation(path: Path, crs: str | None = "EPSG:4326") -> Path:
    """A made-up slope: 1 m higher for each 0.001° of longitude."""
    values = np.broadcast_to(np.arange(50, dtype=np.float32) + 0.5, (50, 50))
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=50,
        height=50,
        count=1,
        dtype="float32",
        crs=crs,
        transform=rasterio.Affine(0.001, 0, 116.975, 0, -0.001, 27.145),
    ) as file:
        file.write(values, 1)
    return path


def test_heights_are_those_of_the_model_in_any_system(tmp_path: Path) -> None:
    from pyproj import Transformer

    heights = open_heights(
        elevation(tmp_path / "dem.tif"),
        "EPSG:32650",
        (499_000.0, 2_999_000.0, 501_000.0, 3_001_000.0),
    )
    x, y = np.array([499_500.0, 500_700.0]), np.array([3_000_100.0, 2_999_900.0])
    longitude, _ = Transformer.from_crs("EPSG:32650", 4326, always_xy=True).transform(x, y)
    assert heights(x, y) == pytest.approx((longitude - 116.975) * 1000, abs=0.01)
    assert np.isnan(heights(np.array([900_000.0]), np.array([3_000_000.0]))).all()


def test_a_model_that_lies_elsewhere_or_has_no_system_is_refused(tmp_path: Path) -> None:
    far = (600_000.0, 3_500_000.0, 601_000.0, 3_501_000.0)
    with pytest.raises(ReadError, match="does not lie"):
        open_heights(elevation(tmp_path / "dem.tif"), "EPSG:32650", far)
    with pytest.raises(ReadError, match="no coordinate system"):
        open_heights(elevation(tmp_path / "none.tif", None), "EPSG:32650", far)
    (tmp_path / "text.tif").write_text("no raster")
    with pytest.raises(ReadError, match="cannot be read"):
        open_heights(tmp_path / "text.tif", "EPSG:32650", far)

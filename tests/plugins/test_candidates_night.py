"""A night's mosaics: what is written, what is refused, and that a stopped run goes on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import zlib
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import rasterio
import shapely
from affine import Affine
from gisapp_plugins.outfall_candidates import night
from gisapp_plugins.outfall_candidates.algorithm import find_candidates
from gisapp_plugins.outfall_candidates.candidate import Candidate
from gisapp_plugins.outfall_candidates.command import files_of
from gisapp_plugins.outfall_candidates.field_settings import FieldSettings
from gisapp_plugins.outfall_candidates.finding import find_in_mosaic
from gisapp_plugins.outfall_candidates.fusion import fused
from gisapp_plugins.outfall_candidates.mosaic import mosaic_of
from gisapp_plugins.outfall_candidates.night import Order, run_night
from gisapp_plugins.outfall_candidates.water_source import WaterSource, proposed_water, water_from

from gisapp.api import Cancelled, Features, ParameterError, Shapes, Silent, open_raster
from gisapp.cli.program import run_program as command_line
from tests.plugins.test_candidates import HIGH, LEFT, PIXEL, RIGHT, TO_MAP, WIDE, plume, river

CRS = "EPSG:4547"
ORDER = Order(FieldSettings())


def written(path: Path, celsius, *, crs: str | None = CRS, tags=None, **more) -> Path:
    values = celsius if celsius.ndim == 3 else celsius[None]
    with rasterio.open(
        path, "w", driver="GTiff", count=len(values), height=values.shape[1],
        width=values.shape[2], dtype=values.dtype, crs=crs, transform=more.pop("to_map", TO_MAP),
        **more,
    ) as file:  # fmt: skip
        file.write(values)
        file.update_tags(**(tags or {}))
    return path


def with_plume(seed: int = 1, row: int = 300):
    celsius = river(seed)
    plume(celsius, row, 2.0)
    return celsius


def features(kind, rings, crs=CRS) -> Features:
    coords = np.vstack([np.asarray(ring, float) for ring in rings])
    starts = np.cumsum([0, *(len(ring) for ring in rings)])
    shapes = Shapes(kind, coords, starts, np.arange(len(rings)))
    return Features(crs, (), np.array([str(n) for n in range(len(rings))], object), {}, shapes)


def corner(column: float, row: float):
    return TO_MAP * (column, row)


def the_river() -> Features:
    ring = [corner(*p) for p in ((LEFT, 0), (RIGHT, 0), (RIGHT, HIGH), (LEFT, HIGH), (LEFT, 0))]
    return features("area", [ring])


@pytest.fixture
def mosaic(tmp_path) -> Path:
    tags = {
        "GISAPP_UNIT": "degC",
        "GISAPP_DECODER": "flir",
        "GISAPP_ACCURACY_C": "0.3",
        "GISAPP_PARAMETERS": '{"emissivity": 0.98}',
    }
    return written(tmp_path / "one.tif", with_plume(), tags=tags, nodata=float("nan"))


def test_what_a_run_writes(mosaic, tmp_path):
    out = tmp_path / "out"
    (verdict,) = run_night([mosaic], the_river(), out, ORDER, Silent())
    assert verdict.verdict == "done"
    info = [list(row) for row in pyogrio.list_layers(out / "candidates.gpkg")]
    assert info == [["candidates", "Point"], ["plumes", "MultiPolygon"]]
    meta, _, shapes, columns = pyogrio.raw.read(out / "candidates.gpkg", layer="candidates")
    row = dict(zip(meta["fields"], (c[0] for c in columns), strict=True))
    assert meta["crs"] == CRS
    assert row["kind"] == "warm"
    assert row["status"] == "candidate"
    assert 1 < row["delta_t_c"] < 2.2
    assert {"area_m2", "sigma_m2c", "z", "length_m", "bearing", "bank", "mosaic"} < set(row)
    said = json.loads(row["parameters"])
    assert said["min_contrast_c"] == FieldSettings().min_contrast_c
    assert said["temperatures"]["decoder"] == "flir"
    assert said["temperatures"]["accuracy_c"] == 0.3
    assert said["water"] == "polygons"
    point = shapely.from_wkb(shapes[0])
    _, _, areas, _ = pyogrio.raw.read(out / "candidates.gpkg", layer="plumes")
    assert shapely.distance(shapely.from_wkb(areas[0]), point) < 1
    data = json.loads((out / "candidates.json").read_text("utf-8"))
    (one,) = [c for c in data["candidates"] if c["status"] == "candidate"]
    assert one["x"] == pytest.approx(point.x, abs=1e-3)
    assert max(dt for _, dt in one["profile"]) > 1
    picture = (out / one["cutout"]).read_bytes()
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    assert _pixels(picture).std() > 10
    summary = json.loads((out / "summary.json").read_text("utf-8"))
    assert summary["candidates"] == 1
    assert summary["files"][0]["verdict"] == "done"
    assert not [p for p in out.rglob("*") if ".part" in p.name or p.name.startswith(".")]


def _pixels(png: bytes):
    at, body, size = 8, b"", (0, 0)
    while at < len(png):
        length, kind = int.from_bytes(png[at : at + 4], "big"), png[at + 4 : at + 8]
        data = png[at + 8 : at + 8 + length]
        assert int.from_bytes(png[at + 8 + length : at + 12 + length], "big") == zlib.crc32(
            kind + data
        )
        if kind == b"IHDR":
            size = int.from_bytes(data[:4], "big"), int.from_bytes(data[4:8], "big")
        body += data if kind == b"IDAT" else b""
        at += 12 + length
    lines = np.frombuffer(zlib.decompress(body), np.uint8).reshape(size[1], size[0] * 3 + 1)
    return lines[:, 1:]


def test_what_cannot_be_searched_is_refused_and_the_rest_is_done(mosaic, tmp_path):
    picture = written(tmp_path / "picture.tif", np.zeros((3, 60, 60), np.uint8), photometric="RGB")
    placeless = written(tmp_path / "placeless.tif", river(), crs=None)
    empty = written(tmp_path / "empty.tif", np.full((HIGH, WIDE), np.nan, np.float32))
    away = written(tmp_path / "away.tif", river(), to_map=TO_MAP * Affine.translation(90_000, 0))
    odd = written(tmp_path / "odd.tif", river() * 1000)
    hole = river()
    hole[:, LEFT:RIGHT] = np.nan
    blind = written(tmp_path / "blind.tif", hole, nodata=float("nan"))
    files = [picture, placeless, empty, away, odd, blind, tmp_path / "none.tif", mosaic]
    found = run_night(files, the_river(), tmp_path / "out", ORDER, Silent())
    assert [v.verdict for v in found] == ["refused"] * 7 + ["done"]
    for verdict, word in zip(
        found,
        ("picture", "reference system", "empty", "elsewhere", "no temperatures",
         "where the water is", "not there"), strict=False,
    ):  # fmt: skip
        assert word in verdict.message, verdict.message
        assert verdict.hint


def test_finished_mosaics_are_not_done_again(mosaic, tmp_path, monkeypatch):
    other = written(tmp_path / "two.tif", with_plume(2, 400))
    out = tmp_path / "out"
    first = run_night([mosaic, other], the_river(), out, ORDER, Silent())
    before = (out / "candidates.json").read_bytes()
    done = []
    really = night.find_in_mosaic
    monkeypatch.setattr(
        night, "find_in_mosaic", lambda m, *rest: done.append(m.name) or really(m, *rest)
    )
    again = run_night([mosaic, other], the_river(), out, ORDER, Silent())
    assert [v.verdict for v in again] == ["kept", "kept"]
    assert done == []
    assert (out / "candidates.json").read_bytes() == before
    assert [c.id for v in first for c in v.found.candidates] == [
        c.id for v in again for c in v.found.candidates
    ]
    (out / "parts" / "two.json").write_text('{"key": "half', "utf-8")  # as after a torn disk
    for cutout in (out / "cutouts").glob("one-*"):
        cutout.unlink()
    mended = run_night([mosaic, other], the_river(), out, ORDER, Silent())
    assert [v.verdict for v in mended] == ["done", "done"]
    assert (out / "candidates.json").read_bytes() == before
    changed = run_night(
        [mosaic], the_river(), out, Order(FieldSettings(min_contrast_c=0.5)), Silent()
    )
    assert changed[0].verdict == "done"


def test_two_files_of_one_name_keep_apart(mosaic, tmp_path):
    (tmp_path / "b").mkdir()
    other = written(tmp_path / "b" / "one.tif", with_plume(2, 400))
    found = run_night([mosaic, other], the_river(), tmp_path / "out", ORDER, Silent())
    ids = [c.id for v in found for c in v.found.candidates]
    assert len(ids) == len(set(ids)) == 2


class Stopping:
    """Stops the work when it is half done."""

    def report(self, fraction, message=""):
        if fraction > 0.4:
            raise Cancelled


def test_a_cancelled_run_leaves_nothing_half_and_goes_on(mosaic, tmp_path):
    other = written(tmp_path / "two.tif", with_plume(2, 400))
    out = tmp_path / "out"
    with pytest.raises(Cancelled):
        run_night([mosaic, other], the_river(), out, Order(FieldSettings(), jobs=1), Stopping())
    assert not (out / "candidates.gpkg").exists()
    found = run_night([mosaic, other], the_river(), out, ORDER, Silent())
    assert {v.verdict for v in found} <= {"done", "kept"}
    assert (out / "candidates.gpkg").is_file()


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="killed otherwise there")
def test_a_killed_run_goes_on(tmp_path):
    files = [written(tmp_path / f"m{n}.tif", with_plume(n, 300)) for n in range(3)]
    out = tmp_path / "out"
    area = tmp_path / "river.geojson"
    ring = [list(map(float, p)) for p in the_river().shapes.coords]
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4547"}}
    geometry = {"type": "Polygon", "coordinates": [ring]}
    feature = {"type": "Feature", "properties": {}, "geometry": geometry}
    text = {"type": "FeatureCollection", "crs": crs, "features": [feature]}
    area.write_text(json.dumps(text), "utf-8")
    words = ["detect", *map(str, files), "--water", str(area), "--output", str(out), "--jobs", "1"]
    running = subprocess.Popen(
        [sys.executable, "-m", "gisapp", *words], stdout=subprocess.DEVNULL, env=os.environ
    )
    until = time.monotonic() + 60
    while not (out / "parts" / "m0.json").exists() and time.monotonic() < until:
        if running.poll() is not None:
            break
    running.send_signal(signal.SIGKILL)
    running.wait(30)
    kept = {p.stem for p in (out / "parts").glob("m*.json")}
    assert "m0" in kept
    assert command_line(words) == 0
    summary = json.loads((out / "summary.json").read_text("utf-8"))
    verdicts = {row["file"]: row["verdict"] for row in summary["files"]}
    assert {name for name, v in verdicts.items() if v == "kept"} == {f"{k}.tif" for k in kept}
    assert set(verdicts.values()) <= {"kept", "done"}
    assert summary["candidates"] == 3


def test_the_command_says_what_it_found(mosaic, tmp_path, capsys):
    code = command_line(["detect", str(mosaic), "--output", str(tmp_path / "o"), "--json"])
    data = json.loads(capsys.readouterr().out)
    assert code == 0
    assert data["files"][0]["water"] == "proposed"
    assert any("proposed" in note for note in data["files"][0]["notes"])
    assert command_line(["detect", str(tmp_path / "x.tif"), "--output", str(tmp_path / "o")]) == 1


def test_a_folder_or_a_pattern_stands_for_its_mosaics(mosaic, tmp_path, capsys):
    area = tmp_path / "empty"
    area.mkdir()
    assert files_of([tmp_path]) == [mosaic]
    assert files_of([tmp_path / "*.tif", mosaic]) == [mosaic]  # as a shell may leave it
    assert files_of([tmp_path / "x.tif"]) == [tmp_path / "x.tif"]  # is refused by its own name
    for nothing in (area, tmp_path / "n*.tif"):
        assert command_line(["detect", str(nothing), "--output", str(tmp_path / "o")]) == 1
        assert "no mosaic" in capsys.readouterr().err
    words = ["detect", str(mosaic), "--output", str(tmp_path / "o"), "--contrast", "-1"]
    assert command_line(words) == 1
    assert "--contrast must be" in capsys.readouterr().err


def test_lines_that_enclose_nothing_here_ask_for_their_width(mosaic, tmp_path):
    far = [corner(c, r) for c, r in ((9000, 0), (9000, 50), (9050, 50), (9050, 0), (9000, 0))]
    (verdict,) = run_night([mosaic], features("line", [far]), tmp_path / "o", ORDER, Silent())
    assert verdict.verdict == "refused"
    assert "--width" in verdict.hint


def test_units_and_no_data_of_other_programs(tmp_path):
    celsius = with_plume()
    kelvin = np.round((celsius + 273.15) * 100).astype(np.uint16)
    kelvin[:40] = 0
    mosaic = mosaic_of(open_raster(written(tmp_path / "ck.tif", kelvin)))
    assert mosaic.provenance["unit"] == "cK"
    assert any("proposed" in said for said in mosaic.said)
    assert any("no data" in said for said in mosaic.said)
    values = mosaic.read(0, 0, HIGH, WIDE)
    assert np.isnan(values[:40]).all()
    np.testing.assert_allclose(values[40:], celsius[40:], atol=0.01)
    floor = celsius.copy()
    floor[5:9] = -273.15
    low = mosaic_of(open_raster(written(tmp_path / "floor.tif", floor)))
    assert np.isnan(low.read(0, 0, 20, WIDE)[5:9]).all()


def test_a_turned_mosaic_gives_the_same_candidate(tmp_path):
    celsius = with_plume()
    turned = np.ascontiguousarray(np.rot90(celsius))  # columns run north
    to_map = TO_MAP * Affine.translation(WIDE, 0) * Affine(0, -1, 0, 1, 0, 0)
    straight = written(tmp_path / "straight.tif", celsius)
    other = written(tmp_path / "turned.tif", turned, to_map=to_map)
    found = run_night([straight, other], the_river(), tmp_path / "out", ORDER, Silent())
    one, two = (v.found.candidates[0] for v in found)
    assert abs(one.x - two.x) < 1.5
    assert abs(one.y - two.y) < 1.5
    assert one.delta_t_c == pytest.approx(two.delta_t_c, abs=0.15)
    assert (one.bank, one.towards) == (two.bank, two.towards)


def test_water_from_banks_lines_and_rings(tmp_path):
    left = [corner(LEFT, row) for row in (0, 300, HIGH)]
    right = [corner(RIGHT, row) for row in (HIGH, 200, 0)]  # drawn the other way round
    wide, high = (RIGHT - LEFT) * PIXEL, HIGH * PIXEL
    banks = water_from(features("line", [left, right]), CRS)
    assert banks.made_of == "banks"
    assert banks.area.area == pytest.approx(wide * high, rel=0.01)
    middle = [corner((LEFT + RIGHT) / 2, row) for row in (0, HIGH)]
    strip = water_from(features("line", [middle]), CRS, width_m=wide)
    assert strip.made_of == "lines"
    assert strip.area.area == pytest.approx(wide * high, rel=0.5)
    with pytest.raises(ParameterError, match="no area"):
        water_from(features("line", [middle]), CRS)
    assert water_from(the_river(), CRS).made_of == "polygons"


def test_water_proposed_from_the_mosaic(mosaic):
    opened = mosaic_of(open_raster(mosaic))
    found = proposed_water(opened, CRS)
    true = shapely.box(*corner(LEFT, HIGH), *corner(RIGHT, 0))
    common = shapely.intersection(found.area, true).area
    assert common > 0.8 * true.area
    assert common > 0.95 * found.area.area
    noise = np.random.default_rng(0).normal(20, 3, (200, 200)).astype(np.float32)
    with pytest.raises(ParameterError, match="No water"):
        proposed_water(mosaic_of(open_raster(written(mosaic.with_name("n.tif"), noise))), CRS)


def test_the_algorithm_gives_features_and_words(mosaic):
    result = find_candidates.run({"mosaic": open_raster(mosaic), "water": the_river()}, Silent())
    features_ = result.features()
    assert len(features_) == len(result.found) == 1
    assert features_.row("one-001")["kind"] == "warm"
    assert "1 candidates" in str(result)


def _candidate(name: str, x: float, z: float, **more) -> Candidate:
    values = {"kind": "warm", "status": "candidate", "reasons": (), **more}
    return Candidate(
        id=name, x=x, y=0.0, delta_t_c=1.0, area_m2=10.0, sigma_m2c=8.0, z=z, length_m=4.0,
        bearing=0.0, bank="left", towards="W", mosaic="", frames=0, cutout="", parameters="",
        outline=shapely.box(x, 0, x + 1, 1), **values,
    )  # fmt: skip


def test_frames_are_fused_within_the_placement_error():
    seen = [
        (0, _candidate("a", 0, 9)), (1, _candidate("b", 1.5, 7)), (2, _candidate("c", 2.5, 8)),
        (0, _candidate("d", 30, 9)), (1, _candidate("e", 60, 9, kind="cold")),
        (2, _candidate("f", 61, 9)),
    ]  # fmt: skip
    found = {c.id: c for c in fused(seen, lambda x, y: 1 if x > 50 else 3, 3.0)}
    assert found["a"].frames == 3
    assert found["a"].x == 1.5
    assert found["a"].status == "candidate"
    assert found["d"].reasons == ("one_frame",)
    assert found["e"].reasons == found["f"].reasons == ("unconfirmed",)
    assert {c.status for name, c in found.items() if name != "a"} == {"rejected"}
    hard = [(n, _candidate(str(n), 0, 9, reasons=("hard_edge",))) for n in range(2)]
    assert fused(hard, lambda x, y: 2, 3.0)[0].reasons == ("hard_edge",)
    few = [(n, _candidate(str(n), 0, 9)) for n in range(2)]
    assert fused(few, lambda x, y: 9, 3.0)[0].reasons == ("few_frames",)


def test_frames_of_a_flight_are_searched_and_fused(tmp_path):
    size, frames = (256, 320), []
    for number, (column, row) in enumerate(((60, 200), (70, 230), (50, 190))):
        celsius = river(10 + number)
        plume(celsius, 300, 2.0)
        if number == 1:
            plume(celsius, 350, 3.0, column=LEFT + 170, length=8.0)  # only here, like a boat
            celsius[455:467, 112:118] += 6
        part = celsius[row : row + size[0], column : column + size[1]] + number * 0.7
        written(tmp_path / f"f{number}.tif", part, crs=None, to_map=Affine(2, 0, 0, 0, 2, 0))
        place = TO_MAP * Affine.translation(column + number, row - number)  # placed a little wrong
        ends = ((0, 0), (size[1], 0), (size[1], size[0]), (0, size[0]))
        frames.append({
            "file": f"f{number}.tif", "taken_at": "", "affine": list(place)[:6],
            "corners": [list(place * end) for end in ends],
            "offset_c": -number * 0.7, "decoder": "tiff", "accuracy_c": None, "parameters": {},
            "verdict": "used", "part": 0, "visible": "",
            "pose": {"x": 0, "y": 0, "z": 0, "yaw": 0, "pitch": -90, "roll": 0},
        })  # fmt: skip
    lens = {"columns": size[1], "rows": size[0], "focal_px": 700, "shift_x": 0, "shift_y": 0}
    flight = {"version": 1, "crs": CRS, "camera": "made up", "lens": lens, "elevation": "",
              "frames": frames, "fit": {}, "mosaic": ""}  # fmt: skip
    (tmp_path / "flight.json").write_text(json.dumps(flight), "utf-8")
    files = [tmp_path / "flight.json"]
    (verdict,) = run_night(files, the_river(), tmp_path / "out", ORDER, Silent())
    assert verdict.verdict == "done", verdict.message
    kept = [c for c in verdict.found.candidates if c.status == "candidate"]
    assert [c.frames for c in kept] == [3]
    x, y = corner(LEFT, 300)
    assert abs(kept[0].x - x) < 3
    assert abs(kept[0].y - y) < 3
    alone = [c for c in verdict.found.candidates if c.frames == 1]
    assert alone
    assert all({"one_frame", "unconfirmed"} & set(c.reasons) for c in alone)
    assert (tmp_path / "out" / kept[0].cutout).is_file()


@pytest.mark.real_data
def test_the_real_mosaic_before_and_after_its_drift_was_taken_out(shared_data):
    """The water of the one is searched in both: what drift made is gone or says its reason."""
    found = {}
    folder = shared_data / "thermal/geotiff"
    name = "guangzhou_river_mosaic_{}_degC_f32_cog.tif"
    after = mosaic_of(open_raster(folder / name.format("normalised")))
    water = WaterSource(proposed_water(after, after.crs).area, after.crs, "polygons")
    for state in ("raw", "normalised"):
        mosaic = mosaic_of(open_raster(folder / name.format(state)))
        found[state] = find_in_mosaic(mosaic, water, FieldSettings(), lambda part: None)
    raw, normalised = found["raw"].candidates, found["normalised"].candidates
    assert len(normalised) <= len(raw)
    assert found["normalised"].facts["drift_c"] < found["raw"].facts["drift_c"]
    assert all(c.reasons for c in (*raw, *normalised) if c.status == "rejected")
    own = find_in_mosaic(after, None, FieldSettings(), lambda part: None)
    assert own.facts["water"] == "proposed"
    assert sum(c.status == "candidate" for c in own.candidates) <= 2  # nothing labelled is there

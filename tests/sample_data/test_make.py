"""The committed sample basin is what its script makes, and it is physically consistent."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import rasterio
import shapely
from rasterio.features import geometry_mask
from scipy import ndimage

from gisapp.model.outfall_codes import permit_problem
from gisapp.model.survey import survey_schemas

SAMPLE = Path(__file__).resolve().parents[2] / "sample_data"
LAYERS = {
    "rivers": "rivers",
    "river_polygon": "water",
    "outfalls": "outfalls",
    "stations": "stations",
    "sources": "sources",
    "drinking_water_zones": "zones",
    "counties": "counties",
}
OUTFALL_COLUMNS = [
    "uuid", "code_national", "code_local", "name", "kind", "category", "state", "outlet_mode",
    "drainage", "discharging", "bank", "flow_value", "flow_unit", "water_temp_c", "ph",
    "conductivity_us_cm", "cod_mg_l", "nh3n_mg_l", "tp_mg_l", "tn_mg_l", "monitored_at",
    "responsible_party", "permit_no", "county", "river", "receiving_reach",
    "distance_to_mouth_m", "deadline", "remark", "found_by", "photos",
]  # fmt: skip
CLASS_III_AMMONIA = 1.0  # mg/L, GB 3838-2002


@pytest.fixture(scope="module")
def layers() -> dict[str, gpd.GeoDataFrame]:
    return {
        file: gpd.read_file(SAMPLE / f"{file}.gpkg", layer=layer) for file, layer in LAYERS.items()
    }


@pytest.fixture(scope="module")
def truth() -> dict:
    return json.loads((SAMPLE / "truth.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def records() -> pd.DataFrame:
    return pq.read_table(SAMPLE / "station_records.parquet").to_pandas()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("basin")
    subprocess.run(
        [sys.executable, str(SAMPLE / "make.py"), str(out)], check=True, timeout=300, cwd=out
    )
    return out


def _downstream(rivers: gpd.GeoDataFrame, reach: int) -> list[int]:
    below = dict(zip(rivers.reach_id, rivers.next_down, strict=True))
    way = [reach]
    while below[way[-1]]:
        way.append(below[way[-1]])
        assert len(way) <= len(below), "the rivers run in a circle"
    return way


class TestMadeAgain:
    def test_truth_is_the_same_to_the_byte(self, made):
        assert (made / "truth.json").read_bytes() == (SAMPLE / "truth.json").read_bytes()

    @pytest.mark.parametrize("file", LAYERS)
    def test_layers_hold_the_same_values(self, made, layers, file):
        again = gpd.read_file(made / f"{file}.gpkg", layer=LAYERS[file])
        here = layers[file]
        assert again.crs == here.crs
        assert again.crs.to_epsg() == 4547
        pd.testing.assert_frame_equal(
            again.drop(columns="geometry"), here.drop(columns="geometry"), rtol=1e-9
        )
        assert shapely.equals_exact(again.geometry.array, here.geometry.array, 0.02).all()

    @pytest.mark.parametrize(("file", "step"), [("terrain", 1 / 8), ("thermal", 1 / 128)])
    def test_rasters_hold_the_same_values(self, made, file, step):
        with (
            rasterio.open(made / f"{file}.tif") as again,
            rasterio.open(SAMPLE / f"{file}.tif") as here,
        ):
            assert again.transform == here.transform
            assert again.crs == here.crs
            assert again.tags() == here.tags()
            a, b = again.read(1), here.read(1)
            # Another processor may round a value at the edge of a step the other way.
            assert np.abs(a - b).max() <= step
            assert np.mean(a != b) < 1e-4

    def test_records_hold_the_same_values(self, made, records):
        again = pq.read_table(made / "station_records.parquet").to_pandas()
        pd.testing.assert_frame_equal(again, records, atol=0.011, rtol=1e-3)

    def test_photos_are_the_same_pictures(self, made):
        names = sorted(p.name for p in (SAMPLE / "photos").glob("*.jpg"))
        assert names == sorted(p.name for p in (made / "photos").glob("*.jpg"))
        for name in names[::7]:
            with (
                pytest.warns(rasterio.errors.NotGeoreferencedWarning),
                rasterio.open(made / "photos" / name) as again,
                rasterio.open(SAMPLE / "photos" / name) as here,
            ):
                assert np.abs(again.read().astype(int) - here.read()).mean() < 2.0


class TestSize:
    def test_all_files_together_are_small(self):
        sizes = [
            p.stat().st_size
            for p in SAMPLE.rglob("*")
            if p.is_file() and "__pycache__" not in p.parts
        ]
        assert sum(sizes) < 15e6
        assert max(sizes) < 5e6


class TestRivers:
    def test_numbers_and_counts(self, layers, truth):
        rivers = layers["rivers"]
        assert sorted(rivers.reach_id) == list(range(1, len(rivers) + 1))
        assert 1200 <= len(rivers) <= 1400
        assert len(rivers) == truth["counts"]["reaches"]
        assert set(rivers.next_down) - {0} <= set(rivers.reach_id)

    def test_water_never_runs_in_a_circle(self, layers):
        rivers = layers["rivers"]
        for reach in rivers.reach_id[:300]:
            _downstream(rivers, reach)

    def test_one_basin_is_the_main_one(self, layers):
        mouths = layers["rivers"].query("next_down == 0").up_area_km2.sort_values()
        assert len(mouths) > 1
        assert mouths.iloc[-1] > 50 * mouths.iloc[-2]

    def test_lines_join_and_discharge_grows_downstream(self, layers):
        rivers = layers["rivers"].set_index("reach_id")
        joined = rivers[rivers.next_down != 0]
        below = rivers.loc[joined.next_down]
        assert (below.discharge_m3s.to_numpy() > joined.discharge_m3s.to_numpy()).all()
        assert (below.up_area_km2.to_numpy() > joined.up_area_km2.to_numpy()).all()
        assert (below.strahler.to_numpy() >= joined.strahler.to_numpy()).all()
        end = shapely.get_point(joined.geometry.array, -1)
        start = shapely.get_point(below.geometry.array, 0)
        assert shapely.distance(end, start).max() < 0.01

    def test_length_is_the_line_length(self, layers):
        rivers = layers["rivers"]
        assert np.abs(rivers.length - rivers.length_m).max() < 0.1

    def test_rivers_run_downhill_over_the_terrain(self, layers):
        rivers = layers["rivers"]
        assert (rivers.slope > 0).all()
        ends = [
            shapely.get_coordinates(shapely.get_point(rivers.geometry.array, i)) for i in (0, -1)
        ]
        with rasterio.open(SAMPLE / "terrain.tif") as terrain:
            top, bottom = (np.array([v[0] for v in terrain.sample(xy)]) for xy in ends)
        assert (top - bottom).min() >= -0.25
        assert np.median(top - bottom) > 5.0


class TestOutfalls:
    def test_columns_and_counts(self, layers, truth):
        outfalls = layers["outfalls"]
        assert list(outfalls.columns[:-1]) == OUTFALL_COLUMNS
        assert len(outfalls) == 400
        assert outfalls.uuid.is_unique
        assert outfalls.code_local.is_unique
        assert outfalls.state.value_counts().to_dict() == truth["counts"]["outfalls_by_state"]
        assert set(outfalls.query("kind == 'suspected'").state) == {"suspected"}
        assert (outfalls.state == "suspected").sum() == 17

    def test_each_lies_beside_its_reach_on_the_bank_it_names(self, layers):
        rivers = layers["rivers"].set_index("reach_id")
        outfalls = layers["outfalls"]
        lines = rivers.loc[outfalls.receiving_reach].geometry.array
        points = outfalls.geometry.array
        assert shapely.distance(lines, points).max() < 100.0
        foot = shapely.line_locate_point(lines, points)
        behind = shapely.get_coordinates(shapely.line_interpolate_point(lines, foot - 1.0))
        ahead = shapely.get_coordinates(shapely.line_interpolate_point(lines, foot + 1.0))
        flow, off = ahead - behind, shapely.get_coordinates(points) - behind
        left = flow[:, 0] * off[:, 1] - flow[:, 1] * off[:, 0] > 0
        agree = np.where(left, "左岸", "右岸") == outfalls.bank
        assert agree.mean() > 0.97  # inside a sharp bend the nearest piece may face away

    def test_values_follow_from_the_state(self, layers):
        outfalls = layers["outfalls"].set_index("state")
        assert outfalls.loc[["suspected", "to_verify"]].nh3n_mg_l.isna().all()
        assert outfalls.loc[["closed", "rectifying", "to_accept"]].deadline.notna().all()
        assert outfalls.loc[["closed", "traced"]].responsible_party.notna().all()
        assert outfalls[outfalls.nh3n_mg_l.notna()].monitored_at.notna().all()
        permits = [*outfalls.permit_no.dropna(), *layers["sources"].permit_no.dropna()]
        assert len(permits) > 100
        assert {permit_problem(text) for text in permits} == {""}

    def test_classes_are_those_of_the_list(self, layers):
        listed = {field.name: field for field in survey_schemas()["outfalls"].fields}
        assert set(layers["outfalls"].category) <= set(listed["category"].choices)

    def test_county_is_where_the_point_lies(self, layers):
        areas = layers["counties"].set_index("name").geometry
        outfalls = layers["outfalls"]
        assert shapely.distance(areas.loc[outfalls.county].array, outfalls.geometry.array).max() < 1
        assert areas.area.sum() == pytest.approx(areas.union_all().area)

    def test_photos_exist_and_carry_place_and_time(self, layers, truth):
        listed = [
            (row.geometry, name)
            for row in layers["outfalls"].to_crs(4490).itertuples()
            for name in json.loads(row.photos)
        ]
        assert len(listed) == truth["counts"]["photos"] == 60
        for point, name in listed[::9]:
            with (
                pytest.warns(rasterio.errors.NotGeoreferencedWarning),
                rasterio.open(SAMPLE / name) as photo,
            ):
                tags = photo.tags()
            assert tags["EXIF_DateTimeOriginal"].startswith("2025:")
            d, m, s = (float(v) for v in re.findall(r"[\d.]+", tags["EXIF_GPSLongitude"]))
            assert d + m / 60 + s / 3600 == pytest.approx(point.x, abs=0.0004)


class TestEvent:
    def _during(self, records, truth) -> pd.Series:
        start = pd.Timestamp(truth["event"]["start"])
        near = records[(records.time >= start) & (records.time < start + pd.Timedelta("4D"))]
        return near.groupby("station_id").nh3n_mg_l.max()

    def test_only_stations_below_the_culprit_see_it(self, layers, records, truth):
        event = truth["event"]
        way = _downstream(layers["rivers"], event["reach"])
        stations = layers["stations"].set_index("station_id")
        seen = {s["station"] for s in event["stations"]}
        assert len(seen) >= 3
        assert set(stations.loc[list(seen)].reach_id) <= set(way)
        peaks = self._during(records, truth)
        assert peaks[event["station"]] > 4 * CLASS_III_AMMONIA
        assert (peaks[sorted(seen)] > CLASS_III_AMMONIA).all()
        assert (peaks.drop(list(seen)) < CLASS_III_AMMONIA).all()

    def test_it_comes_later_and_weaker_further_down(self, records, truth):
        seen = truth["event"]["stations"]
        peaks = [s["peak_value"] for s in seen]
        assert peaks == sorted(peaks, reverse=True)
        times = [pd.Timestamp(s["peak_time"]) for s in seen]
        assert times == sorted(set(times))
        indexed = records.set_index(["station_id", "time"]).nh3n_mg_l
        for station, time, peak in zip(seen, times, peaks, strict=True):
            assert indexed[station["station"], time] == pytest.approx(peak, abs=0.001)

    def test_the_culprit_was_discharging_when_it_began(self, layers, truth):
        source = layers["sources"].set_index("source_id").loc[truth["event"]["culprit"]]
        assert truth["event"]["start"] in source.discharge_log
        assert source.reach_id == truth["event"]["reach"]
        assert source.outfall_code == truth["event"]["outfall"]

    def test_travel_time_is_length_over_velocity(self, layers, truth):
        event = truth["event"]
        rivers = layers["rivers"].set_index("reach_id")
        station = layers["stations"].set_index("station_id").loc[event["stations"][1]["station"]]
        way = _downstream(layers["rivers"], event["reach"])
        way = way[: way.index(station.reach_id) + 1]
        length = rivers.loc[way].length_m.to_numpy(copy=True)
        length[0], length[-1] = event["measure_m"], length[-1] - station.measure_m
        part = rivers.loc[way]
        velocity = (part.discharge_m3s / part.width_m / part.depth_m) * event["velocity"]["factor"]
        hours = (length / velocity.to_numpy()).sum() / 3600
        assert hours == pytest.approx(event["stations"][1]["travel_time_h"], abs=0.02)


class TestRecords:
    def test_a_full_year_for_each_station(self, layers, records):
        assert len(records) == 12 * 8760
        assert set(records.station_id) == set(layers["stations"].station_id)
        assert records.sort_values(["station_id", "time"]).index.is_monotonic_increasing
        assert set(records.flag) == {"N", "M", "D", "C", "T"}
        assert pq.ParquetFile(SAMPLE / "station_records.parquet").num_row_groups == 12

    def test_oxygen_and_nitrogen_are_physically_possible(self, records):
        good = records[records.flag == "N"]
        saturation = 468.0 / (31.6 + good.water_temp_c)
        assert (good.do_mg_l < 1.2 * saturation).all()
        assert np.corrcoef(good.do_mg_l, good.water_temp_c)[0, 1] < -0.8
        assert (good.tn_mg_l >= good.nh3n_mg_l - 0.01).all()
        assert records[records.flag == "D"].nh3n_mg_l.isna().all()


class TestThermal:
    def test_file_says_what_it_is(self):
        with rasterio.open(SAMPLE / "thermal.tif") as raster:
            assert raster.dtypes == ("float32",)
            assert raster.nodata == -9999.0
            assert raster.res == (0.5, 0.5)
            assert raster.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
            tags = raster.tags()
        assert tags["UNITS"] == "degC"
        assert tags["SYNTHETIC"] == "yes"
        assert "ACQUISITION" in tags

    def test_plumes_have_their_sign_at_known_outfalls(self, layers, truth):
        plumes = truth["thermal"]["plumes"]
        assert sum(p["sign"] > 0 for p in plumes) >= 10
        assert sum(p["sign"] < 0 for p in plumes) >= 4
        points = layers["outfalls"].set_index("code_local").geometry
        water = layers["river_polygon"].geometry.iloc[0]
        with rasterio.open(SAMPLE / "thermal.tif") as raster:
            celsius = raster.read(1, masked=True).filled(np.nan)
            inside = geometry_mask(
                [water.buffer(-1.0)], celsius.shape, raster.transform, invert=True
            )
            cells = {p["code"]: raster.index(p["x"], p["y"]) for p in plumes}
        smooth = ndimage.uniform_filter(np.where(inside, celsius, 0.0), 5)
        share = ndimage.uniform_filter(inside.astype(float), 5)
        for plume in plumes:
            assert points[plume["code"]].distance(shapely.Point(plume["x"], plume["y"])) < 1.0
            row, column = cells[plume["code"]]
            near = np.s_[row - 24 : row + 25, column - 24 : column + 25]
            full = share[near] > 0.99
            values = smooth[near][full]
            # Near enough to lie mostly in the same frame, whose offset it shares.
            around = np.s_[row - 44 : row + 45, column - 44 : column + 45]
            background = np.nanmedian(celsius[around][inside[around]])
            extreme = values.max() if plume["sign"] > 0 else values.min()
            assert (extreme - background) * plume["sign"] > 0.5, plume["code"]


class TestUpstream:
    def test_sets_agree_with_following_every_reach_down(self, layers, truth):
        rivers, stations = layers["rivers"], layers["stations"].set_index("station_id")
        ways = {reach: set(_downstream(rivers, reach)) for reach in rivers.reach_id}
        lengths = rivers.set_index("reach_id").length_m
        assert len(truth["upstream"]) == 5
        for told in truth["upstream"]:
            reach, measure = told["reach"], told["measure_m"]
            inside = {r for r, way in ways.items() if reach in way}
            assert told["reaches"] == len(inside)
            assert told["length_m"] == pytest.approx(lengths[list(inside)].sum() - measure, abs=1)
            sources = layers["sources"]
            above = sources.reach_id.isin(inside) & (
                (sources.reach_id != reach) | (sources.measure_m > measure)
            )
            assert told["sources"] == above.sum()
            above = stations.reach_id.isin(inside) & (
                (stations.reach_id != reach) | (stations.measure_m > measure)
            )
            assert told["stations"] == sorted(stations.index[above])

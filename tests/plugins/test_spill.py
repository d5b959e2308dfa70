"""What a spill reaches on its way down, against the sample's modelled event and by hand."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import geopandas
import numpy as np
import pytest
import shapely
from gisapp_plugins.upstream_tracing.network import build_network
from gisapp_plugins.upstream_tracing.placing import Place
from gisapp_plugins.upstream_tracing.rivers import prepare
from gisapp_plugins.upstream_tracing.spill import Release, pulse_at, shares_on
from gisapp_plugins.upstream_tracing.spill_downstream import spill_downstream
from gisapp_plugins.upstream_tracing.velocity import peak_concentration_mg_l, tail_h
from gisapp_plugins.upstream_tracing.ways import way_from
from hypothesis import given
from hypothesis import strategies as st

from gisapp.io.vector import read_features
from gisapp.model.errors import ParameterError


@pytest.fixture(scope="module")
def layers(sample_files):
    names = ("rivers", "stations", "outfalls", "sources")
    read = {name: read_features(sample_files / f"{name}.gpkg") for name in names}
    return {**read, "zones": read_features(sample_files / "drinking_water_zones.gpkg")}


@pytest.fixture(scope="module")
def event(sample_files):
    return json.loads((sample_files / "truth.json").read_text("utf-8"))["event"]


@pytest.fixture(scope="module")
def spilt(layers, event):
    return spill_downstream.run(
        {
            **layers,
            "start": f"source:{event['culprit']}",
            "mass_kg": event["release_kg"],
            "release_hours": event["release_hours"],
            "time": event["start"],
            "flow_ratio": event["flow_factor"],
            "decay_per_day": event["decay_per_day"],
            "direction": "DM",
        }
    )


def test_stations_are_warned_in_the_order_the_modelled_event_reached_them(spilt, event):
    """The sample's event is modelled by another formula (advection and dispersion)."""
    met = {a.id: a for a in spilt.arrivals if a.role == "stations"}
    known = [seen["station"] for seen in event["stations"]]
    assert [a.id for a in spilt.arrivals if a.id in known] == known
    for seen in event["stations"]:
        found = met[seen["station"]]
        assert found.distance_m == pytest.approx(seen["distance_m"], abs=1)
        pulse = found.pulse
        assert pulse.earliest_h < pulse.first_h < pulse.peak_h < pulse.last_h
        # velocities of the model lie within what the regression allows
        assert pulse.earliest_h < seen["travel_time_h"] + event["release_hours"]
        assert pulse.last_h > seen["travel_time_h"]
    first = met[known[0]]
    assert first.highest_mg_l == pytest.approx(event["stations"][0]["modelled_excess_mg_l"], rel=1)
    assert first.exceeds is True
    assert "GB 3838" in first.limit
    shown = (
        datetime.fromisoformat(event["start"]) + timedelta(hours=first.pulse.first_h)
    ).strftime("%m-%d %H:%M")
    assert shown in str(spilt)


def test_a_zone_counts_from_where_the_river_enters_it(layers, sample_files):
    net = prepare(layers["rivers"])
    lines = layers["rivers"].shapes
    areas = geopandas.read_file(sample_files / "drinking_water_zones.gpkg").geometry
    entered = 0
    for fid, area in zip(layers["zones"].ids.tolist(), areas, strict=True):
        crossing = [
            int(owner)
            for owner, first, last in zip(
                lines.owner, lines.starts[:-1], lines.starts[1:], strict=True
            )
            if shapely.LineString(lines.coords[first:last]).intersects(area)
        ]
        if not crossing:
            continue
        top = int(net.network.main_stem(crossing[0])[-1])  # the spring above it
        length = float(net.network.length_m[top])
        start = {"start": f"reach:{net.key(top)}", "measure_m": length, "mass_kg": 1.0}
        found = spill_downstream.run({**layers, **start}).arrivals
        zone = next(a for a in found if a.role == "zones" and a.feature == str(fid))
        way = way_from(net.network, Place(top, length, 0.0), "DM")
        above = float(way.distance_m[way.reaches.tolist().index(net.keys[zone.reach])])
        reach = net.keys[zone.reach]
        measure = float(net.network.length_m[reach]) - (zone.distance_m - above)
        at = shapely.Point(*net.lines.point_at(reach, measure))
        assert area.boundary.distance(at) < 1.0 or zone.distance_m == above == 0
        entered += 1
    assert entered


def test_the_published_slug_of_rivers_is_reached_by_hand():
    """12 km below 100 kg in 20 m³/s of 40 m³/s mean: figures from Jobson's equations 7, 18, 19."""
    pulse = pulse_at(Release(100.0, flow_ratio=0.5), 8.3109, 4.9059, 20.0)
    assert pulse.first_h == pytest.approx(7.3967, abs=1e-3)
    assert pulse.last_h == pytest.approx(10.9450, abs=1e-3)
    assert pulse.added_mg_l == pytest.approx(0.78285, abs=1e-4)


@given(
    st.floats(0.1, 200), st.floats(0, 100), st.floats(0, 5), st.floats(0.1, 3), st.floats(0.5, 5000)
)
def test_a_longer_release_is_never_higher_and_never_past_sooner(peak_h, hours, k, ratio, flow):
    slug = pulse_at(Release(500.0, 0.0, k, ratio), peak_h, peak_h / 2, flow)
    long = pulse_at(Release(500.0, hours, k, ratio), peak_h, peak_h / 2, flow)
    assert long.added_mg_l <= slug.added_mg_l * (1 + 1e-9)
    assert long.first_h == slug.first_h
    assert long.last_h == pytest.approx(slug.last_h + hours)
    assert slug.last_h == pytest.approx(float(tail_h(peak_h, ratio)))
    undecayed = float(peak_concentration_mg_l(500.0, flow, peak_h, ratio))
    assert slug.added_mg_l == pytest.approx(undecayed * np.exp(-k * peak_h / 24))


def test_where_a_river_parts_the_mass_goes_as_the_water_and_meets_again():
    #   1 -> 2 -> 4 -> 5
    #     -> 3 ->
    network = build_network([1, 2, 3, 4, 5], [2, 4, 4, 5, 0], np.full(5, 1000.0), minor=[(1, 3)])
    way = way_from(network, Place(0, 1000.0, 0.0), "DD")
    flows = np.array([10.0, 7.5, 2.5, 10.0, 12.0])
    share = shares_on(way, network, flows)
    assert share == pytest.approx({0: 1.0, 1: 0.75, 2: 0.25, 3: 1.0, 4: 1.0})
    flows[2] = np.nan  # unknown: each branch may carry all, but together no more than all
    assert shares_on(way, network, flows) == {0: 1.0, 1: 1.0, 2: 1.0, 3: 1.0, 4: 1.0}
    main = way_from(network, Place(0, 1000.0, 0.0), "DM")
    assert shares_on(main, network, np.array([10.0, 7.5, 2.5, 10.0, 12.0]))[1] == 0.75


def test_what_cannot_be_worked_out_is_said(layers, event):
    start = f"source:{event['culprit']}"
    with pytest.raises(ParameterError):
        spill_downstream.run({**layers, "start": start, "mass_kg": 1.0, "time": "yesterday"})
    found = spill_downstream.run({**layers, "start": start, "mass_kg": 1.0, "parameter": "paint"})
    station = next(a for a in found.arrivals if a.role == "stations")
    assert station.limit == ""
    assert station.exceeds is None
    with pytest.raises(ParameterError, match="areas"):
        spill_downstream.run(
            {**layers, "start": start, "mass_kg": 1.0, "zones": layers["stations"]}
        )

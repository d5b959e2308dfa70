"""Make the sample basin: `python sample_data/make.py [OUT_DIR]` (default: this folder).

A fictional river basin for trying the program and for its tests: terrain, rivers, outfalls with
photos, stations with a year of records, sources, protection zones, counties and a thermal mosaic.
Every run gives the same values. EVERYTHING IS SYNTHETIC; place and firm names are invented.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from making import (
    files,
    outfalls,
    photos,
    places,
    records,
    rivers,
    sources,
    terrain,
    thermal,
    truth,
)
from pyproj import Transformer
from shapely.geometry import LineString, Point, Polygon

SEED = 20250311
SYNTHETIC = {"SYNTHETIC": "yes", "AREA_OR_POINT": "Area"}


def make(out: Path) -> None:
    """Write all files into `out`, which is made when it is not there."""
    out.mkdir(parents=True, exist_ok=True)
    # One generator for each part: a change in one leaves the others as they are.
    chance = [np.random.default_rng([SEED, part]) for part in range(10)]
    ground = terrain.make_terrain(np.random.default_rng(SEED))
    network = rivers.make_rivers(chance[1], ground)
    wide = max((r for r in network.reaches.values() if r.length > 4000.0), key=lambda r: r.width)
    scene = thermal.make_scene(chance[2], network, wide.id, round(0.38 * wide.length))
    counties = places.make_counties(chance[3])
    stations = places.make_stations(network)
    found, plumes = outfalls.make_outfalls(chance[4], network, counties, scene)
    found, guilty_outfall = sources.choose_culprit(network, stations, found)
    known, culprit = sources.make_sources(chance[5], network, found, guilty_outfall)
    pulses = records.arrivals(network, stations, culprit)
    values, flags = records.make_records(chance[6], network, stations, pulses)
    found = _photos(out, chance[7], found)

    height = np.round(rivers.carve(ground, network) * 8.0) / 8.0
    files.write_cog(
        out / "terrain.tif",
        height,
        terrain.WEST,
        terrain.NORTH,
        terrain.CELL_M,
        SYNTHETIC | {"UNITS": "m", "QUANTITY": "elevation"},
        -9999.0,
    )
    files.write_cog(
        out / "thermal.tif",
        scene.celsius,
        scene.west,
        scene.north,
        thermal.PIXEL_M,
        SYNTHETIC | {"UNITS": "degC", "QUANTITY": "temperature", "ACQUISITION": thermal.ACQUIRED},
        thermal.NODATA,
    )
    _layers(out, network, scene, counties, stations, found, known)
    records.write_records(out / "station_records.parquet", values, flags)
    told = {
        "synthetic": True,
        "seed": SEED,
        "crs": files.CRS,
        "counts": _counts(network, counties, stations, found, known, scene),
        "event": truth.event_truth(culprit, pulses, values),
        "thermal": truth.thermal_truth(network, scene, plumes, found),
        "upstream": [
            truth.upstream_of(network, station, stations, found, known)
            for station in [*stations[:2], *stations[-5::2]]
        ],
    }
    text = json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True)
    (out / "truth.json").write_text(text + "\n", encoding="utf-8", newline="\n")


def _counts(
    network: rivers.Network,
    counties: list,
    stations: list,
    found: list,
    known: list,
    scene: thermal.Scene,
) -> dict[str, object]:
    states: dict[str, int] = {}
    for outfall in found:
        state = str(outfall.columns["state"])
        states[state] = states.get(state, 0) + 1
    return {
        "reaches": len(network.reaches),
        "river_km": round(sum(r.length for r in network.reaches.values()) / 1000.0, 3),
        "outlets": sum(r.next_down == 0 for r in network.reaches.values()),
        "outfalls": len(found),
        "outfalls_by_state": states,
        "photos": sum(len(json.loads(str(o.columns["photos"]))) for o in found),
        "stations": len(stations),
        "records": len(stations) * records.HOURS,
        "sources": len(known),
        "counties": len(counties),
        "plumes": len(scene.plumes),
    }


def _photos(
    out: Path, rng: np.random.Generator, found: list[outfalls.Outfall]
) -> list[outfalls.Outfall]:
    """Two pictures each for thirty outfalls; finished ones show before and after."""
    folder = out / "photos"
    folder.mkdir(exist_ok=True)
    for old in folder.glob("W-*.jpg"):
        old.unlink()
    visited = [o for o in found if o.columns["state"] not in ("suspected", "to_verify")]
    chosen = {visited[i].code for i in rng.choice(len(visited), 30, replace=False)}
    to_degrees = Transformer.from_crs(files.CRS, "EPSG:4490", always_xy=True)
    result = []
    for outfall in found:
        if outfall.code not in chosen:
            result.append(outfall)
            continue
        names = []
        for number in (1, 2):
            after = number == 2 and outfall.columns["state"] in ("rectified", "to_accept", "closed")
            longitude, latitude = to_degrees.transform(
                outfall.x + float(rng.normal(0, 4)), outfall.y + float(rng.normal(0, 4))
            )
            month, day = (10, 3 + number) if after else (4, int(rng.integers(1, 29)))
            taken = f"2025:{month:02d}:{day:02d} {9 + number:02d}:{int(rng.integers(60)):02d}:00"
            name = f"photos/{outfall.code}_{number}.jpg"
            photos.write_photo(
                out / name,
                rng,
                str(outfall.columns["outlet_mode"]),
                bool(outfall.columns["discharging"]) and not after,
                after,
                longitude,
                latitude,
                taken,
            )
            names.append(name)
        result.append(replace(outfall, columns=outfall.columns | {"photos": json.dumps(names)}))
    return result


def _layers(
    out: Path,
    network: rivers.Network,
    scene: thermal.Scene,
    counties: list[places.County],
    stations: list[places.Station],
    found: list[outfalls.Outfall],
    known: list[sources.Source],
) -> None:
    reaches = list(network.reaches.values())
    files.write_layer(
        out / "rivers.gpkg",
        "rivers",
        {
            "reach_id": [r.id for r in reaches],
            "next_down": [r.next_down for r in reaches],
            "name": [r.name for r in reaches],
            "name_en": [r.name_en for r in reaches],
            "length_m": [r.length for r in reaches],
            "discharge_m3s": [r.discharge for r in reaches],
            "slope": [r.slope for r in reaches],
            "width_m": [r.width for r in reaches],
            "depth_m": [r.depth for r in reaches],
            "strahler": [r.strahler for r in reaches],
            "up_area_km2": [r.area_km2 for r in reaches],
        },
        [LineString(r.line[:, :2]) for r in reaches],
    )
    river = network.reaches[scene.reach]
    files.write_layer(
        out / "river_polygon.gpkg",
        "water",
        {"reach_id": [river.id], "name": [river.name], "name_en": [river.name_en]},
        [Polygon(scene.water)],
    )
    files.write_layer(
        out / "outfalls.gpkg",
        "outfalls",
        {name: [o.columns[name] for o in found] for name in found[0].columns},
        [Point(o.x, o.y) for o in found],
    )
    files.write_layer(
        out / "stations.gpkg",
        "stations",
        {
            "station_id": [s.id for s in stations],
            "name": [s.name for s in stations],
            "name_en": [s.name_en for s in stations],
            "target_class": [s.target for s in stations],
            "reach_id": [s.reach for s in stations],
            "measure_m": [s.measure for s in stations],
            "kind": [s.kind for s in stations],
        },
        [Point(s.x, s.y) for s in stations],
    )
    first = ("source_id", "name", "name_en", "industry", "uscc", "permit_no")
    last = ("nh3n_kg_d", "cod_kg_d", "tp_kg_d", "violations", "inspections", "discharge_log")
    files.write_layer(
        out / "sources.gpkg",
        "sources",
        {name: [s.columns[name] for s in known] for name in first}
        | {
            "reach_id": [s.reach for s in known],
            "measure_m": [s.measure for s in known],
            "outfall_code": [s.outfall for s in known],
        }
        | {name: [s.columns[name] for s in known] for name in last},
        [Point(s.x, s.y) for s in known],
    )
    zones = places.make_zones(network)
    files.write_layer(
        out / "drinking_water_zones.gpkg",
        "zones",
        {"level": [z.level for z in zones], "name": [z.name for z in zones]},
        [z.area for z in zones],
    )
    files.write_layer(
        out / "counties.gpkg",
        "counties",
        {
            "code": [c.code for c in counties],
            "name": [c.name for c in counties],
            "name_en": [c.name_en for c in counties],
        },
        [c.area for c in counties],
    )


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent)

"""Words for parameters that have none of their own, and for what they may be."""

from __future__ import annotations

import re

from gisapp.model.text import N_, tr

# What forms of algorithms begin with: first lines of their functions, which `tr` gets later
FORM_WORDS = (
    N_("Cells, area and border of all land whose water passes a place."),
    N_("The land that drains to a reach, from areas that each drain to one reach."),
    N_("Spots of water warmer or cooler than the water around them that start at a bank."),
    N_("Reaches, stations, outfalls and sources upstream of a place, by distance along the river."),
    N_("What in a river layer would lead a trace astray."),
    N_("What lies up (UM main stem, UT all tributaries) or down (DM main way, DD all) of a place."),
    N_(
        "Which sources upstream could have caused an exceedance, "
        "with a score made of visible terms."
    ),
    N_("Stations and protected zones that a spill reaches, with when and how high."),
    N_("The same question asked of the layers as they are now, with the case's assumptions."),
)


def caption(name: str) -> str:
    """Words for a parameter that has none of its own."""
    known = {
        "color": tr("Colour"),
        "fill": tr("Fill"),
        "outline": tr("Outline"),
        "width": tr("Width"),
        "width_by": tr("Width follows"),
        "size": tr("Size"),
        "shape": tr("Shape"),
        "dash": tr("Dashes"),
        "cluster": tr("Crowds as one symbol"),
        "shape_by": tr("Shape follows"),
        "label": tr("Label"),
        "by": tr("Colour follows"),
        "inside": tr("Text inside"),
        "ramp": tr("Colour ramp"),
        "low": tr("Lowest"),
        "high": tr("Highest"),
        "inverted": tr("Turned round"),
        "edge": tr("Edge"),
        "language": tr("Language"),
        "theme": tr("Appearance"),
        "coordinates": tr("Coordinates"),
        "draw_threads": tr("Threads for drawing"),
        "memory_mb": tr("Memory for pictures of the map"),
        "gpu": tr("Graphics card"),
        "rivers": tr("Rivers"),
        "stations": tr("Stations"),
        "outfalls": tr("Outfalls"),
        "sources": tr("Pollution sources"),
        "start": tr("Start: a reach, a station or x,y"),
        "measure_m": tr("Metres above the reach's lower end"),
        "max_distance_m": tr("How far along the river (0: all)"),
        "snap_within_m": tr("How far beside a river"),
        "id_column": tr("Column of the id"),
        "next_down_column": tr("Column of the next reach down"),
        "length_column": tr("Column of the length"),
        "min_contrast_c": tr("Warmer or cooler by at least"),
        "confidence": tr("How sure: times the local noise"),
        "min_area_m2": tr("Smallest plume"),
        "max_area_m2": tr("Largest plume"),
        "detail_m": tr("Smallest thing looked at"),
        "background_m": tr("Compare with water within"),
        "bank_strip_m": tr("Starts so near the bank"),
        "bank_error_m": tr("The bank line may be off by"),
        "width_m": tr("Width of a river drawn as one line"),
        "at": tr("Place: x,y"),
        "snap_m": tr("Snap distance (m)"),
        "raster": tr("Heights or flow directions"),
        "counties": tr("Counties"),
        "county_name": tr("Column of the county's name"),
        "reach": tr("Reach"),
        "areas": tr("Unit catchments"),
        "key_column": tr("Column of the reach's id"),
        "next_column": tr("Column of the next area down"),
        "mosaic": tr("Thermal mosaic"),
        "water": tr("Water"),
        "kind": tr("Warm or cool"),
        "unit": tr("Unit of the values"),
        "repairs": tr("Repairs of the network"),
        "placements": tr("Places chosen by hand"),
        "pipes": tr("Culverts and sewers"),
        "pipes_within_m": tr("Pipe's end to its river (m)"),
        "bridge_gaps_m": tr("Largest gap to bridge (m)"),
        "near_m": tr("Snap distance (m)"),
        "listed": tr("Findings listed per kind"),
        "crs": tr("Coordinate reference system"),
        "direction": tr("Direction"),
        "candidates": tr("Suspected outfalls"),
        "zones": tr("Protected zones"),
        "km": tr("Along the river (km, 0: all)"),
        "hours": tr("Travel time (h, 0: any)"),
        "velocity_factor": tr("Velocity, times the usual"),
        "barriers": tr("Where the way ends"),
        "value_mg_l": tr("Value measured (mg/L)"),
        "baseline_mg_l": tr("Usual value (mg/L)"),
        "usual_mg_l": tr("Usual value (mg/L)"),
        "time": tr("Time"),
        "parameter": tr("Parameter of water quality"),
        "flow_m3s": tr("Flow at the station (m³/s)"),
        "flow_ratio": tr("Flow, times the mean"),
        "decay_per_day": tr("Decay (1/d)"),
        "excess": tr("Excess of each parameter"),
        "clean_stations": tr("Stations that were as usual"),
        "dirty_stations": tr("Stations that exceeded too"),
        "samples": tr("Seen at other stations"),
        "max_distance_km": tr("Along the river (km)"),
        "weights": tr("Weights of the score"),
        "records": tr("Records of stations"),
        "clean_by_records": tr("Clear by station records"),
        "source_records": tr("Records of sources"),
        "mass_kg": tr("Mass let out (kg)"),
        "release_hours": tr("Duration of the release (h)"),
        "limit_class": tr("Class whose limit counts"),
        "case": tr("Case"),
        "other": tr("Case to compare with"),
    }
    return known.get(name) or name.replace("_", " ").capitalize()


def choice_words(value: object) -> str:
    known = {
        "both": tr("Warm and cool"),
        "warm": tr("Warmer"),
        "cold": tr("Cooler"),
        "UT": tr("Up all tributaries"),
        "UM": tr("Up the main stem"),
        "DM": tr("Down the main way"),
        "DD": tr("Down all ways"),
        "circle": tr("Circle"),
        "triangle": tr("Triangle"),
        "square": tr("Square"),
        "diamond": tr("Diamond"),
        "system": tr("As the system"),
        "light": tr("Light"),
        "dark": tr("Dark"),
        "dms": tr("Degrees, minutes, seconds"),
        "decimal": tr("Decimal degrees"),
        "metres": tr("Metres"),
        "zh_CN": "简体中文",
        "en": "English",
    }
    return known.get(str(value)) or str(value)


def says_unit(words: str, unit: str) -> bool:
    """Whether a caption names the unit, first in its brackets: the field then does not."""
    return bool(unit) and re.search(rf"[(（]{re.escape(unit)}[,，)）]", words) is not None

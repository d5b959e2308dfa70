"""One row of the layer list: where the data is and how it looks, never the data itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NewType
from uuid import uuid4

from gisapp.model.style import Style
from gisapp.model.table_look import USUAL_LOOK, TableLook

LayerId = NewType("LayerId", str)

TABLE = "table"  # the format of a layer whose features live in the project file


def new_layer_id() -> LayerId:
    return LayerId(uuid4().hex[:8])


@dataclass(frozen=True, slots=True)
class Source:
    """Where data comes from, as written in the project file."""

    format: str  # name of a reader, for example "geotiff"; TABLE for a survey table
    path: str  # relative to the project folder, or absolute; for TABLE the table's name
    options: tuple[tuple[str, str], ...] = ()

    def option(self, name: str, default: str = "") -> str:
        return dict(self.options).get(name, default)


@dataclass(frozen=True, slots=True)
class Layer:
    """`role` says what the layer is to the program (ROLES), whatever the user calls it."""

    name: str
    source: Source
    style: Style
    visible: bool = True
    opacity: float = 1.0
    role: str = ""
    locked: bool = False
    id: LayerId = field(default_factory=new_layer_id)
    table: TableLook = USUAL_LOOK


ROLES = (
    "outfalls", "rivers", "stations", "sources", "thermal", "zones", "counties", "terrain",
    "units",  # unit catchments: areas that each drain to one reach, see the catchment plugin
    "pipes",  # culverts and sewers, joined to the rivers by the same plugin
    "repairs",  # of the rivers, see the upstream_tracing plugin
    "placements",  # of stations and outfalls on the rivers, by hand; see the same plugin
    "thermal_measures",  # see gisapp.model.thermal_measure
    "water",  # areas of water, such as suspected outfalls are searched in
    "candidates",  # suspected outfalls to be looked at, see gisapp.app.candidate_table
)  # fmt: skip

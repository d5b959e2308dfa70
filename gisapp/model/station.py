"""What stations measure: quantities with their units, and one series of records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gisapp.model.text import language

VALID = "N"  # the flag of a normal record (HJ 212); every other one is not counted

FLAGS: Mapping[str, tuple[str, str]] = {
    "N": ("Normal", "正常"),
    "T": ("Over the measuring range", "超测量上限"),
    "D": ("Fault", "故障"),
    "M": ("Maintenance", "维护"),
    "C": ("Calibration", "校准"),
    "B": ("Offline", "通讯异常"),
    "F": ("Stopped", "停运"),
    "S": ("Set by hand", "手工设定"),
}


@dataclass(frozen=True, slots=True)
class Quantity:
    """A column of records. `aliases`: how files also call it."""

    name: str
    title: str
    title_zh_CN: str  # noqa: N815
    unit: str
    code: str = ""  # HJ 212
    aliases: tuple[str, ...] = ()

    @property
    def caption(self) -> str:
        return self.title_zh_CN if language() == "zh_CN" else self.title


QUANTITIES: tuple[Quantity, ...] = (
    Quantity("water_temp_c", "Water temperature", "水温", "°C", "w01010"),
    Quantity("ph", "pH", "pH", "", "w01001"),
    Quantity("do_mg_l", "Dissolved oxygen", "溶解氧", "mg/L", "w01009"),
    Quantity("conductivity_us_cm", "Conductivity", "电导率", "µS/cm", "w01014"),
    Quantity("turbidity_ntu", "Turbidity", "浊度", "NTU", "w01003", ("浑浊度",)),
    Quantity("codmn_mg_l", "Permanganate index", "高锰酸盐指数", "mg/L", "w01019"),
    Quantity("nh3n_mg_l", "Ammonia nitrogen", "氨氮", "mg/L", "w21003"),
    Quantity("tp_mg_l", "Total phosphorus", "总磷", "mg/L", "w21011"),
    Quantity("tn_mg_l", "Total nitrogen", "总氮", "mg/L", "w21001"),
    Quantity("cod_mg_l", "COD", "化学需氧量", "mg/L", "w01018"),
    Quantity("chlorophyll_ug_l", "Chlorophyll a", "叶绿素a", "µg/L", "w01016"),
    Quantity("flow_l_s", "Discharge", "污水流量", "L/s", "w00000", ("废水流量",)),
)


def quantity_of(column: str) -> Quantity | None:
    """The quantity a column holds, by name, code or Chinese title (`氨氮(mg/L)`)."""
    plain = column.strip().lower()
    bare = plain.split("(")[0].split("（")[0].strip()
    for quantity in QUANTITIES:
        names = (quantity.name, quantity.code, quantity.title_zh_CN.lower(), *quantity.aliases)
        if plain in names or bare in names:
            return quantity
    return None


@dataclass(frozen=True, eq=False)
class Series:
    """One quantity at one station, in the order of time.

    times: datetime64[s], as written in the file (no zone is assumed). values: float64, NaN where
    there is no valid value; recorded: what was written, whatever its flag; flags: text, empty for
    files without flags.
    """

    station_id: str
    quantity: Quantity
    times: npt.NDArray[np.datetime64]
    values: npt.NDArray[np.float64]
    recorded: npt.NDArray[np.float64]
    flags: npt.NDArray[Any]

    def __len__(self) -> int:
        return len(self.times)

    @property
    def unit(self) -> str:
        return self.quantity.unit

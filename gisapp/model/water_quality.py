"""Water-quality classes: limits from a named standard, class of a value, single-factor class.

The numbers are data (`gisapp/standards/*.toml`); only the rules are here. Single-factor assessment
and the labels follow 环办〔2011〕22号: the class of a place is the worst of its assessed items.
"""

from __future__ import annotations

import csv
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal

from gisapp.model.errors import ParameterError
from gisapp.model.text import language, tr

Water = Literal["river", "lake"]
CLASSES = ("I", "II", "III", "IV", "V", "劣V")  # the last: worse than V
WORST = CLASSES[-1]
_CHINESE = dict(zip(CLASSES, ("Ⅰ", "Ⅱ", "Ⅲ", "Ⅳ", "Ⅴ", "劣Ⅴ"), strict=True))
DEFAULT_STANDARD = "gb3838_2002"
_NOT_FOUND = re.compile(r"(?:nd|未检出|低于检出限|<\s*dl)\Z", re.IGNORECASE)
_BELOW = re.compile(r"(?:<|＜)?\s*(\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)\s*([Ll])?\Z")


@dataclass(frozen=True, slots=True)
class Limit:
    """What one class asks of one item. `low` and `high` bound it; None: no bound."""

    standard: str
    item: str
    title: str
    title_zh_CN: str  # noqa: N815
    water_class: str
    low: float | None
    high: float | None
    unit: str
    valid_from: str
    source: str

    @property
    def comparator(self) -> str:
        return "≤" if self.low is None else "≥" if self.high is None else "–"

    def keeps(self, value: float) -> bool:
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)

    @property
    def text(self) -> str:
        """`≤ 1 mg/L (GB 3838-2002, III)`."""
        if self.low is not None and self.high is not None:
            numbers = f"{self.low:g}–{self.high:g}"
        else:
            number = self.high if self.low is None else self.low
            numbers = f"{self.comparator} {number:g}"
        return f"{numbers} {self.unit}".strip() + f" ({self.standard}, {self.water_class})"


@dataclass(frozen=True, slots=True)
class Item:
    id: str
    columns: tuple[str, ...]
    water: str  # empty: both
    assessed: bool
    limits: tuple[Limit, ...]  # class I to V
    saturation: float | None  # share of oxygen saturation that also means class I

    @property
    def caption(self) -> str:
        first = self.limits[0]
        return first.title_zh_CN if language() == "zh_CN" else first.title

    def class_of(self, value: float, temperature: float | None = None) -> str:
        """The best class whose limit the value keeps. temperature: of the water, °C."""
        full = None if temperature is None else oxygen_saturation(temperature)
        if self.saturation and full and value >= self.saturation * full:
            return CLASSES[0]
        return next((limit.water_class for limit in self.limits if limit.keeps(value)), WORST)


@dataclass(frozen=True, slots=True)
class Assessment:
    """Single-factor class of one sample. `worst`: the items that decide it."""

    water_class: str
    classes: Mapping[str, str]
    worst: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Measured:
    """A laboratory's value. Below detection, `value` is the detection limit; the text is kept."""

    value: float | None
    below: bool
    text: str

    @property
    def for_mean(self) -> float | None:
        """Below detection counts half in averages."""
        return self.value / 2 if self.below and self.value is not None else self.value


@lru_cache(maxsize=8)
def items(standard: str = DEFAULT_STANDARD) -> tuple[Item, ...]:
    """All items of a standard, in its order."""
    data = tomllib.loads(_text(f"{standard}.toml"))
    return tuple(_item(data["standard"], entry) for entry in data["item"])


def item_of(
    parameter: str, water: Water = "river", standard: str = DEFAULT_STANDARD
) -> Item | None:
    """The item behind an id (nh3n), a column (nh3n_mg_l) or a code (w21003); None: no limits."""
    for item in items(standard):
        if item.water in ("", water) and parameter.lower() in (item.id, *item.columns):
            return item
    return None


def limit(
    parameter: str,
    target_class: str,
    water: Water = "river",
    standard: str = DEFAULT_STANDARD,
) -> Limit | None:
    """What the target class asks of a parameter; None when the standard says nothing of it."""
    item = item_of(parameter, water, standard)
    wanted = parse_class(target_class)
    if item is None or wanted is None or wanted == WORST:
        return None
    return item.limits[CLASSES.index(wanted)]


def class_of(
    parameter: str,
    value: float,
    water: Water = "river",
    temperature: float | None = None,
    standard: str = DEFAULT_STANDARD,
) -> str | None:
    """I to V or 劣V; None for a parameter without limits and for no value (NaN)."""
    item = item_of(parameter, water, standard)
    return None if item is None or value != value else item.class_of(value, temperature)


def single_factor(
    values: Mapping[str, float | None],
    water: Water = "river",
    standard: str = DEFAULT_STANDARD,
) -> Assessment | None:
    """The worst class of the assessed items. None when no assessed item has a value.

    `water_temp_c` among the values is used for the oxygen saturation of class I.
    """
    temperature = values.get("water_temp_c")
    classes: dict[str, str] = {}
    for parameter, value in values.items():
        item = item_of(parameter, water, standard)
        if item is not None and item.assessed and value is not None and value == value:
            classes[parameter] = item.class_of(value, temperature)
    if not classes:
        return None
    worst = max(classes.values(), key=CLASSES.index)
    deciding = tuple(name for name, found in classes.items() if found == worst)
    return Assessment(worst, classes, deciding)


def exceedance(parameter: str, value: float, target_class: str, water: Water = "river") -> float:
    """How many times the limit is exceeded, C / S - 1, 0 when kept; 0 for pH and oxygen,
    of which no multiple is formed."""
    found = limit(parameter, target_class, water)
    if found is None or found.low is not None or not found.high or value <= found.high:
        return 0.0
    return value / found.high - 1


def oxygen_saturation(temperature: float) -> float:
    """mg/L of dissolved oxygen in fresh water at sea level: 468 / (31.6 + T), T in °C."""
    return 468 / (31.6 + temperature)


def parse_measured(text: str) -> Measured | None:
    """`0.35`, `0.01L`, `<0.01`, `ND`, `未检出`; None when it is none of these."""
    plain = text.strip()
    if _NOT_FOUND.match(plain):
        return Measured(None, True, text)
    found = _BELOW.match(plain)
    if found is None:
        return None
    return Measured(float(found[1]), plain[0] in "<＜" or bool(found[2]), text)


def parse_class(text: str) -> str | None:
    """`III`, `Ⅲ类`, `3`, `三类`, `劣Ⅴ`, `6` to a class; None for anything else."""
    plain = text.strip().upper().removesuffix("类").removesuffix("CLASS").strip()
    for signs in ("ⅠⅡⅢⅣⅤ", "一二三四五"):
        for number, sign in enumerate(signs):
            plain = plain.replace(sign, CLASSES[number])
    if plain.isdecimal() and 1 <= int(plain) <= len(CLASSES):
        return CLASSES[int(plain) - 1]
    return plain if plain in CLASSES else None


def class_title(water_class: str) -> str:
    """For people: `III`, `worse than V`, 劣Ⅴ类."""
    if language() == "zh_CN":
        return f"{_CHINESE[water_class]}类"
    return tr("worse than V") if water_class == WORST else water_class


def condition(water_class: str) -> str:
    """The word for a class: excellent, good, light, moderate or heavy pollution."""
    words = {
        "I": tr("excellent"),
        "II": tr("excellent"),
        "III": tr("good"),
        "IV": tr("lightly polluted"),
        "V": tr("moderately polluted"),
        WORST: tr("heavily polluted"),
    }
    return words[water_class]


def class_colours(scheme: str = "readable") -> Mapping[str, str]:
    """#RRGGBB of each class and of `none`. Schemes are in standards/class_colours.csv."""
    rows = csv.DictReader(_text("class_colours.csv").splitlines())
    found = {row["class"]: row["colour"] for row in rows if row["scheme"] == scheme}
    if not found:
        raise ParameterError(tr("There are no class colours {scheme}").format(scheme=scheme))
    return found


def _item(standard: Mapping[str, Any], entry: Mapping[str, Any]) -> Item:
    bounds: list[tuple[float | None, float | None]]
    if "between" in entry:
        bounds = [tuple(entry["between"])] * len(standard["classes"])
    elif "at_least" in entry:
        bounds = [(value, None) for value in entry["at_least"]]
    else:
        bounds = [(None, value) for value in entry["at_most"]]
    limits = tuple(
        Limit(
            standard["id"],
            entry["id"],
            entry["title"],
            entry["title_zh_CN"],
            water_class,
            low,
            high,
            entry["unit"],
            standard["valid_from"],
            standard["source"],
        )
        for water_class, (low, high) in zip(standard["classes"], bounds, strict=True)
    )
    return Item(
        entry["id"],
        (*entry["columns"], entry["code"]),
        entry.get("water", ""),
        entry.get("assessed", True),
        limits,
        entry.get("saturation_class_1"),
    )


@lru_cache(maxsize=8)
def _text(name: str) -> str:
    return files("gisapp").joinpath("standards", name).read_text("utf-8")

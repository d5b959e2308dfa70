"""How layers look. The class of a style decides its painter and its editor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from gisapp.model.parameters import Limits

Shape = Literal["circle", "triangle", "square", "diamond"]


@dataclass(frozen=True)
class Style:
    """Base of all styles. Subclass it to add a new way of drawing."""


@dataclass(frozen=True, slots=True)
class Category:
    """How features with one value look, and what the legend says of them."""

    value: str
    title: str
    title_zh_CN: str  # noqa: N815
    color: str
    shape: Shape | None = None  # None: as the style says


@dataclass(frozen=True)
class PointStyle(Style):
    """Shape means kind, colour means state. `by` names the field the categories look at;
    `shape_by` the field (values: the shapes' keys in `shapes`) that chooses the shape."""

    color: str = "#0b6e99"
    size: Annotated[float, Limits(2, 50, "px")] = 11.0
    shape: Shape = "circle"
    label: str = ""  # field written beside each point
    by: str = ""
    categories: tuple[Category, ...] = ()
    shape_by: str = ""
    shapes: tuple[tuple[str, Shape], ...] = ()
    inside: str = ""  # field written inside the symbol, such as a water-quality class
    marker: str = ""  # instead of a shape: name of a marker or an SVG file of the project
    cluster: bool = False  # where symbols lie on each other, one with their number


@dataclass(frozen=True)
class LineStyle(Style):
    color: str = "#2596d1"
    width: Annotated[float, Limits(0.2, 30, "px")] = 1.6
    width_by: str = ""  # field whose value (largest = full width) makes lines wider
    label: str = ""
    dash: tuple[float, ...] = ()  # px drawn, px left out, and so on; empty: a whole line


@dataclass(frozen=True)
class AreaStyle(Style):
    fill: str = "#3b82c433"  # #RRGGBB or #RRGGBBAA
    outline: str = "#3b82c4"
    width: Annotated[float, Limits(0, 20, "px")] = 1.2
    label: str = ""
    by: str = ""
    categories: tuple[Category, ...] = ()


@dataclass(frozen=True, slots=True)
class Isotherm:
    """Values from `start` to below `stop` in one colour; None: without an end on that side."""

    start: float | None
    stop: float | None
    color: str  # #RRGGBB or #RRGGBBAA


@dataclass(frozen=True, slots=True)
class Correction:
    """What is made of a layer's values before anybody sees them: `gain * value + offset`.

    The file stays as it is. `readings` and `rmse` (in the unit of the layer) say what it was
    fitted to; no readings: it was typed.
    """

    gain: float = 1.0
    offset: float = 0.0
    readings: int = 0
    rmse: float | None = None

    def of(self, value: float) -> float:
        return self.gain * value + self.offset

    def before(self, value: float) -> float:
        """The value of the file that became this one."""
        return (value - self.offset) / self.gain


AS_MEASURED = Correction()


@dataclass(frozen=True)
class ThermalStyle(Style):
    """One band as colours between two values, in the unit of the layer (°C for thermal).

    Layers that name the same `scale` have ramp, limits and isotherms in common (see
    gisapp.app.colour_scales); `correction` belongs to the layer alone.
    """

    ramp: str = "inferno"
    low: Annotated[float, Limits(-273.15, 2000, "°C")] = 8.0
    high: Annotated[float, Limits(-273.15, 2000, "°C")] = 26.0
    inverted: bool = False
    isotherms: tuple[Isotherm, ...] = ()  # later ones lie over earlier ones
    scale: str = ""  # name of the scale it shares with other layers; empty: its own
    correction: Correction = AS_MEASURED


@dataclass(frozen=True)
class MeasureStyle(Style):
    """Kept measures of temperatures: spots, lines and outlines with their names."""

    color: str = "#ffffff"
    edge: str = "#0f1720"
    size: Annotated[float, Limits(4, 40, "px")] = 13.0
    label: str = "label"  # field written beside each


@dataclass(frozen=True)
class PictureStyle(Style):
    """Red, green and blue as they are in the file."""


@dataclass(frozen=True)
class UnknownStyle(Style):
    """A style of a plugin that is not here: kept as it was written, drawn by nobody."""

    kind: str = ""  # the name it was written under
    values: str = "{}"  # its values as JSON text


def default_style(kind: str) -> Style:
    """For a layer nobody has styled yet: kind is point, line, area, values or picture."""
    styles: dict[str, Style] = {
        "point": PointStyle(),
        "line": LineStyle(),
        "area": AreaStyle(),
        "values": ThermalStyle(),
        "picture": PictureStyle(),
    }
    return styles.get(kind, PointStyle())

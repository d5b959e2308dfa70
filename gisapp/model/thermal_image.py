"""A picture of temperatures: counts of a sensor, and what turns them into °C.

A count has 65,536 values at most, so temperatures under other parameters are a table and a look-up:
a frame follows a slider.
"""

from __future__ import annotations

import math
from dataclasses import astuple, dataclass, field, replace
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from gisapp.model.errors import ParameterError
from gisapp.model.geometry import Size
from gisapp.model.text import tr

Counts = npt.NDArray[np.uint16]  # rows x columns
Celsius = npt.NDArray[np.float32]  # rows x columns, or a table of 65,536; NaN where unknown
Sky = Literal["clear", "scattered", "overcast"]

COUNTS = 65_536
ZERO_C = 273.15  # kelvin
WATER_EMISSIVITY = 0.98
_SKY_C = {"clear": -25.0, "scattered": -10.0}  # what water mirrors; an overcast sky is as the air
_WATER_INDEX = complex(1.19, 0.07)  # refractive index of water at 10 µm


@dataclass(frozen=True, slots=True)
class ThermalParameters:
    """What lies between an object and the camera. `humidity` is a share, 0 to 1.

    Raises ParameterError for what cannot be.
    """

    emissivity: float
    reflected_c: float
    air_c: float
    humidity: float
    distance_m: float

    def __post_init__(self) -> None:
        for name, value, low, high in (
            (tr("emissivity"), self.emissivity, 0.01, 1.0),
            (tr("reflected temperature"), self.reflected_c, -150.0, 1000.0),
            (tr("temperature of the air"), self.air_c, -100.0, 200.0),
            (tr("humidity"), self.humidity, 0.0, 1.0),
            (tr("distance"), self.distance_m, 0.0, 10_000.0),
        ):
            if not (math.isfinite(value) and low <= value <= high):
                raise ParameterError(
                    tr("{name} {value:g} is not between {low:g} and {high:g}").format(
                        name=name, value=value, low=low, high=high
                    )
                )

    @classmethod
    def water(
        cls, sky: Sky, air_c: float, humidity: float = 0.5, distance_m: float = 5.0
    ) -> ThermalParameters:
        """Water seen from above: emissivity 0.98, mirroring a sky of -25 °C when it is clear,
        -10 °C with scattered clouds, as warm as the air when overcast."""
        return cls(WATER_EMISSIVITY, _SKY_C.get(sky, air_c), air_c, humidity, distance_m)

    def over_water(self, sky: Sky, air_c: float | None = None) -> ThermalParameters:
        """The preset for water, keeping air, humidity and distance. DJI's distance is a number of
        their calibration more than a distance, so it is better left alone."""
        air = self.air_c if air_c is None else air_c
        return self.water(sky, air, self.humidity, self.distance_m)

    def is_like(self, other: ThermalParameters) -> bool:
        """The same but for rounding: files hold float32, other places fewer digits."""
        pairs = zip(astuple(self), astuple(other), strict=True)
        return all(abs(one - two) <= 1e-5 * max(1.0, abs(one)) for one, two in pairs)

    def changed(
        self,
        emissivity: float | None = None,
        reflected_c: float | None = None,
        air_c: float | None = None,
        humidity: float | None = None,
        distance_m: float | None = None,
    ) -> ThermalParameters:
        """With some of them replaced. Raises ParameterError."""
        given = {
            "emissivity": emissivity,
            "reflected_c": reflected_c,
            "air_c": air_c,
            "humidity": humidity,
            "distance_m": distance_m,
        }
        return replace(self, **{name: v for name, v in given.items() if v is not None})


@dataclass(frozen=True, slots=True)
class Decoding:
    """Who turned counts into temperatures, and how sure that is.

    accuracy_c: the largest difference, in °C, from the maker's own numbers at the parameters of
    the file; None: differences within the picture are all there is, its zero is unknown.
    """

    decoder: str
    accuracy_c: float | None
    notes: tuple[str, ...] = ()

    @property
    def is_relative(self) -> bool:
        return self.accuracy_c is None


class Radiometry(Protocol):
    """The formula of a camera with the constants of one file."""

    def table(self, parameters: ThermalParameters) -> Celsius:
        """°C of each of the 65,536 counts; NaN where there is none. Raises ParameterError."""
        ...

    def doubt(self, parameters: ThermalParameters) -> tuple[float, tuple[str, ...]]:
        """What other parameters than those of the file add to the accuracy, in °C, and notes."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class ThermalImage:
    """raw: counts, rows x columns. picture_size: of the picture people see of it, which may be
    larger than `raw` (width x height). parameters: those of the file."""

    raw: Counts
    picture_size: Size
    parameters: ThermalParameters
    decoding: Decoding
    camera: str
    radiometry: Radiometry = field(repr=False)

    @property
    def size(self) -> Size:
        return Size(self.raw.shape[1], self.raw.shape[0])

    def table(self, parameters: ThermalParameters | None = None) -> Celsius:
        """°C of each of the 65,536 counts under the file's parameters or others."""
        return self.radiometry.table(parameters or self.parameters)

    def celsius(self, parameters: ThermalParameters | None = None) -> Celsius:
        """Temperatures, rows x columns; NaN where there is none."""
        return self.table(parameters)[self.raw]

    def decoding_at(self, parameters: ThermalParameters) -> Decoding:
        """Who decoded, and how sure that is under other parameters than those of the file."""
        if parameters.is_like(self.parameters):
            return self.decoding
        more, notes = self.radiometry.doubt(parameters)
        own = self.decoding.accuracy_c
        accuracy = None if own is None else own + more
        return Decoding(self.decoding.decoder, accuracy, (*self.decoding.notes, *notes))

    def cell_of(self, x: float, y: float) -> tuple[int, int] | None:
        """Row and column in `raw` of a place of the picture (pixels from its left and upper edge);
        None outside."""
        width, height = self.picture_size
        if not (0 <= x < width and 0 <= y < height):
            return None
        rows, columns = self.raw.shape
        return int(y * rows / height), int(x * columns / width)


def water_emissivity(off_nadir_degrees: float) -> float:
    """Of calm water seen from that far off the vertical (Fresnel, unpolarised, 10 µm): 0.99 up to
    40°, 0.98 at 50°, 0.91 at 70°."""
    cosine = math.cos(math.radians(min(abs(off_nadir_degrees), 90.0)))
    index = _WATER_INDEX
    inside = (index**2 - (1 - cosine**2)) ** 0.5
    upright = (cosine - inside) / (cosine + inside)
    level = (index**2 * cosine - inside) / (index**2 * cosine + inside)
    return 1.0 - (abs(upright) ** 2 + abs(level) ** 2) / 2


def off_nadir_note(off_nadir_degrees: float) -> str:
    """A warning beyond 50°, where water mirrors the sky; else empty."""
    if abs(off_nadir_degrees) <= 50.0:
        return ""
    return tr(
        "Seen {degrees:.0f}° off the vertical, water has an emissivity of {emissivity:.2f} and "
        "mirrors the sky: temperatures are too low. Better stay within 40°."
    ).format(degrees=abs(off_nadir_degrees), emissivity=water_emissivity(off_nadir_degrees))

"""What a person may say about a flight before it is placed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gisapp.model.errors import ParameterError
from gisapp.model.frame import PositionSource
from gisapp.model.text import tr
from gisapp.model.thermal_image import ThermalParameters


@dataclass(frozen=True, slots=True)
class FlightOptions:
    """`cell_m` 0: as fine as the frames. `crs` empty: the UTM zone of the flight. `height_m`: for
    files that do not say it. `precision_c` 0: float32, else LERC. `scheduler`: address of a Dask
    cluster. `camera`: the one that is used of several. Raises ParameterError."""

    align: bool = True
    refine: bool = True
    normalise: bool = True
    mosaic: bool = True
    position: PositionSource = "xmp"
    crs: str = ""
    cell_m: float = 0.0
    precision_c: float = 0.0
    feather: float = 0.04
    height_m: float | None = None
    yaw_offset: float | None = None
    shift_m: tuple[float, float] = (0.0, 0.0)
    elevation: Path | None = None
    takeoff_m: float | None = None
    parameters: ThermalParameters | None = None
    camera: str = ""
    scheduler: str = ""
    threads: int = 2

    def __post_init__(self) -> None:
        for name, value, low, high in (
            (tr("size of a cell"), self.cell_m, 0.0, 1000.0),
            (tr("precision"), self.precision_c, 0.0, 1.0),
            (tr("width of seams"), self.feather, 0.0, 1.0),
            (tr("number of threads"), self.threads, 1, 256),
            (tr("height"), 1.0 if self.height_m is None else self.height_m, 0.1, 10_000.0),
        ):
            if not low <= value <= high:
                raise ParameterError(
                    tr("{name} {value:g} is not between {low:g} and {high:g}").format(
                        name=name, value=value, low=low, high=high
                    )
                )

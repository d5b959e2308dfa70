"""A peak in a station's records as the event that sources are ranked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from gisapp.app.station_chart import Station
from gisapp.io.station_records import list_parameters, read_series
from gisapp.model.errors import ReadError
from gisapp.model.progress import Progress
from gisapp.model.station import Series
from gisapp.model.text import tr
from gisapp.model.water_quality import limit

BEFORE = np.timedelta64(7, "D")  # of records that say what is usual
QUIET = np.timedelta64(24, "h")  # before the peak: it may have begun already
CONCENTRATION = "_mg_l"  # how the names of quantities end that a load can be made of
FALLBACK = "III"  # class whose limits compare parameters where the station has no target


@dataclass(frozen=True, slots=True)
class PeakEvent:
    """mg/L; `excess`: how far above the usual each parameter was, in times of its limit."""

    parameter: str  # such as nh3n
    value_mg_l: float
    baseline_mg_l: float
    time: str
    excess: Mapping[str, float]

    @property
    def values(self) -> dict[str, object]:
        """As the algorithm that ranks takes them."""
        excess = ", ".join(f"{name}={value:.3g}" for name, value in self.excess.items())
        return {
            "parameter": self.parameter,
            "value_mg_l": self.value_mg_l,
            "baseline_mg_l": self.baseline_mg_l,
            "time": self.time,
            "excess": excess,
        }


def is_load(quantity: str) -> bool:
    """Whether sources can be ranked for it: matter that is let out, not oxygen or heat."""
    return quantity.endswith(CONCENTRATION) and quantity != "do_mg_l"


def peak_event(station: Station, quantity: str, at: str, progress: Progress) -> PeakEvent:
    """Reads files: on a worker. `at`: a time of the records. Raises ReadError."""
    file = next((path for path in station.records if path.is_file()), None)
    if file is None:
        raise ReadError(tr("There are no records for {station}").format(station=station.title))
    moment = np.datetime64(at)
    excess = {}
    measured: tuple[float, float] | None = None
    names = [q.name for q in list_parameters(file) if is_load(q.name)]
    for number, name in enumerate(names):
        progress.report(number / len(names))
        found = _value_and_usual(read_series(file, station.id, name), moment)
        if found is None:
            continue
        if name == quantity:
            measured = found
        bound = limit(name, station.target or FALLBACK) or limit(name, FALLBACK)
        if bound is not None and bound.high and found[0] > found[1]:
            excess[name.removesuffix(CONCENTRATION)] = (found[0] - found[1]) / bound.high
    if measured is None:
        raise ReadError(
            tr("There is no value of {station} at {time}").format(station=station.title, time=at),
            hint=tr("Choose a peak with valid records in the days before it."),
        )
    return PeakEvent(quantity.removesuffix(CONCENTRATION), *measured, str(moment)[:16], excess)


def _value_and_usual(series: Series, at: np.datetime64) -> tuple[float, float] | None:
    """The value at the time, and the median of the days before it."""
    known = np.isfinite(series.values)
    times, values = series.times[known], series.values[known]
    here = np.flatnonzero(times == at)
    before = values[(times >= at - BEFORE) & (times <= at - QUIET)]
    if not len(before):
        before = values[times < at - QUIET]
    if not len(here) or not len(before):
        return None
    return float(values[here[0]]), float(np.median(before))

"""A station's records as its chart needs them: read in a job, shown without a calculation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gisapp.analysis.exceedance import Period, exceedances
from gisapp.analysis.series import Times, Values, line_of, valid_share
from gisapp.app.feature_words import feature_title
from gisapp.app.identify import is_features
from gisapp.app.tools import MapState
from gisapp.io.station_records import list_parameters, read_series
from gisapp.model.errors import ReadError
from gisapp.model.features import FeatureId
from gisapp.model.layer import Layer, LayerId
from gisapp.model.progress import Progress
from gisapp.model.station import Quantity, Series
from gisapp.model.text import tr
from gisapp.model.water_quality import Limit, limit, parse_class, single_factor

RECORDS = "records"  # option of a stations layer: the file with its records
BESIDE = ("station_records.parquet", "station_records.csv")  # looked for beside the stations
NOW = np.timedelta64(24, "h")  # how old a value may be to count for the present class
PREFERRED = ("nh3n_mg_l", "codmn_mg_l", "tp_mg_l")  # shown first where the file has it


@dataclass(frozen=True, slots=True)
class Station:
    """Which station of which layer, its name, and its target class (I to V; empty: none)."""

    layer: LayerId
    feature: FeatureId
    id: str
    title: str
    target: str
    records: tuple[Path, ...]  # where its records may be, the likeliest first


@dataclass(frozen=True, eq=False)
class StationChart:
    station: Station
    quantities: tuple[Quantity, ...]
    series: Series
    line: tuple[Times, Values]  # NaN in each gap
    valid: float  # share, 0 to 1
    limit: Limit | None
    periods: tuple[Period, ...]
    class_now: str  # of the latest values of all quantities; empty: not known


def station_of(
    state: MapState, layer_id: LayerId, fid: FeatureId, path_of: Callable[[str], Path]
) -> Station | None:
    """`path_of` makes a path of the project file a path of this machine."""
    layer = next((la for la in state.project.layers if la.id == layer_id), None)
    data = state.data_of(layer) if layer else None
    row = data.row(fid) if is_features(data) else None
    if layer is None or row is None or not is_features(data):
        return None
    named = layer.source.option(RECORDS)
    beside = Path(layer.source.path).parent
    files = [named] if named else [str(beside / name) for name in BESIDE]
    return Station(
        layer.id,
        fid,
        str(row.get("station_id") or fid),
        feature_title(layer, data, fid),
        parse_class(str(row.get("target_class") or "")) or "",
        tuple(path_of(name) for name in files),
    )


def is_station_layer(layer: Layer) -> bool:
    return layer.role == "stations"


def read_chart(station: Station, parameter: str, progress: Progress) -> StationChart:
    """Reads files: on a worker. Without `parameter` the first of interest. Raises ReadError."""
    file = next((path for path in station.records if path.is_file()), None)
    if file is None:
        raise ReadError(
            tr("There are no records for {station}").format(station=station.title),
            hint=tr("Put {file} beside the layer of stations.").format(file=BESIDE[0]),
        )
    progress.report(0.1)
    quantities = list_parameters(file)
    names = [quantity.name for quantity in quantities]
    if not names:
        raise ReadError(tr("{file} holds no quantity that is known").format(file=file.name))
    chosen = (
        parameter
        if parameter in names
        else next((name for name in PREFERRED if name in names), names[0])
    )
    latest: dict[str, float | None] = {}
    shown: Series | None = None
    for number, name in enumerate(names):
        progress.report(0.1 + 0.8 * number / len(names))
        series = read_series(file, station.id, name)
        latest[name] = _latest(series)
        shown = series if name == chosen else shown
    assert shown is not None
    bound = limit(chosen, station.target) if station.target else None
    assessed = single_factor(latest)
    return StationChart(
        station,
        quantities,
        shown,
        line_of(shown),
        valid_share(shown),
        bound,
        exceedances(shown, bound) if bound else (),
        assessed.water_class if assessed else "",
    )


def _latest(series: Series) -> float | None:
    """The latest valid value of the last day of records."""
    known = np.flatnonzero(np.isfinite(series.values))
    if not len(known) or series.times[-1] - series.times[known[-1]] > NOW:
        return None
    return float(series.values[known[-1]])

"""A peak of the records becomes the event that sources are ranked for."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gisapp.app.peak_event import is_load, peak_event
from gisapp.app.station_chart import Station
from gisapp.model.errors import ReadError
from gisapp.model.features import FeatureId
from gisapp.model.layer import LayerId
from gisapp.model.progress import Silent

PEAK = 400


@pytest.fixture
def station(tmp_path):
    """Made-up records: a quiet level, a rise that begins before the peak, and a gap."""
    times = pd.Timestamp("2025-03-01") + pd.to_timedelta(np.arange(600), "h")
    ammonia = np.full(600, 0.4)
    ammonia[: PEAK - 7 * 24] = 0.9  # long ago: no matter
    ammonia[PEAK - 5 : PEAK + 3] = [1, 2, 3, 4, 4.5, 5.0, 3, 2]
    phosphorus = np.full(600, 0.1)
    phosphorus[PEAK] = 0.3
    frame = pd.DataFrame(
        {
            "station_id": "S1",
            "time": times,
            "nh3n_mg_l": ammonia,
            "tp_mg_l": phosphorus,
            "do_mg_l": 8.0,
            "flag": "N",
        }
    )
    frame.to_parquet(tmp_path / "records.parquet")
    records = (tmp_path / "nowhere.parquet", tmp_path / "records.parquet")
    return Station(LayerId("l"), FeatureId("1"), "S1", "Made-up bridge", "III", records)


def at(hour):
    return str(np.datetime64("2025-03-01T00:00:00") + np.timedelta64(hour, "h"))


def test_value_and_the_median_of_the_days_before(station):
    event = peak_event(station, "nh3n_mg_l", at(PEAK), Silent())
    assert (event.parameter, event.value_mg_l) == ("nh3n", 5.0)
    assert event.baseline_mg_l == pytest.approx(0.4)
    assert event.time == at(PEAK)[:16]
    assert event.excess == pytest.approx({"nh3n": 4.6 / 1.0, "tp": 0.2 / 0.2})
    assert event.values["excess"] == "nh3n=4.6, tp=1"


def test_a_time_without_a_record_is_told(station):
    with pytest.raises(ReadError, match="no value"):
        peak_event(station, "nh3n_mg_l", "2024-01-01T00:00:00", Silent())
    with pytest.raises(ReadError, match="no value"):
        peak_event(station, "nh3n_mg_l", at(3), Silent())  # nothing before it


def test_missing_records_are_told(station, tmp_path):
    (tmp_path / "records.parquet").unlink()
    with pytest.raises(ReadError, match="no records"):
        peak_event(station, "nh3n_mg_l", at(PEAK), Silent())


@pytest.mark.parametrize(
    ("quantity", "able"),
    [("nh3n_mg_l", True), ("tp_mg_l", True), ("do_mg_l", False), ("ph", False), ("", False)],
)
def test_only_matter_that_is_let_out_has_a_load(quantity, able):
    assert is_load(quantity) == able

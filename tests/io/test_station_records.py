"""Station records from Parquet and CSV."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from gisapp.io.station_records import list_parameters, list_stations, read_series, time_range
from gisapp.model.errors import ReadError
from gisapp.model.station import quantity_of

START = datetime(2025, 1, 1)


def records(hours: int = 48) -> pd.DataFrame:
    rows = []
    for station in ("001", "ST02"):
        for hour in range(hours):
            rows.append(
                {
                    "station_id": station,
                    "time": START + timedelta(hours=hour),
                    "ph": 7.0 + hour / 100,
                    "nh3n_mg_l": None if hour % 4 else 0.5,
                    "flag": "D" if hour == 3 else "N",
                }
            )
    return pd.DataFrame(rows).sample(frac=1, random_state=1)


@pytest.fixture(params=["parquet", "csv", "gb18030"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    if request.param == "parquet":
        records().to_parquet(tmp_path / "r.parquet")
        return tmp_path / "r.parquet"
    encoding = "utf-8" if request.param == "csv" else "gb18030"
    frame = records().rename(
        columns={"ph": "pH(无量纲)", "station_id": "断面编码", "time": "监测时间"}
    )
    frame.to_csv(tmp_path / "r.csv", index=False, encoding=encoding)
    return tmp_path / "r.csv"


def test_one_quantity_of_one_station(path: Path) -> None:
    found = read_series(path, "001", "ph")
    assert len(found) == 48
    assert found.times[0] == np.datetime64("2025-01-01T00:00:00")
    assert (np.diff(found.times) == np.timedelta64(1, "h")).all()
    assert found.recorded[:3].tolist() == pytest.approx([7.0, 7.01, 7.02])
    assert (found.quantity.name, found.unit) == ("ph", "")


def test_only_normal_records_count(path: Path) -> None:
    found = read_series(path, "001", "ph")
    assert np.flatnonzero(np.isnan(found.values)).tolist() == [3]
    assert found.recorded[3] == pytest.approx(7.03)
    assert found.flags[3] == "D"


def test_missing_values_are_nan(path: Path) -> None:
    found = read_series(path, "ST02", "nh3n_mg_l")
    assert np.isfinite(found.values).sum() == 12
    assert found.unit == "mg/L"


def test_a_part_of_the_time(path: Path) -> None:
    found = read_series(path, "001", "ph", datetime(2025, 1, 1, 6), datetime(2025, 1, 1, 9))
    assert [str(t)[11:13] for t in found.times] == ["06", "07", "08"]


def test_what_there_is(path: Path) -> None:
    assert [q.name for q in list_parameters(path)] == ["ph", "nh3n_mg_l"]
    assert list_stations(path) == ("001", "ST02")
    assert time_range(path) == (START, START + timedelta(hours=47))
    assert len(read_series(path, "nobody", "ph")) == 0
    with pytest.raises(ReadError, match="no column tp_mg_l") as caught:
        read_series(path, "001", "tp_mg_l")
    assert "ph, nh3n_mg_l" in caught.value.hint


def test_an_id_is_never_taken_for_sql(path: Path) -> None:
    assert len(read_series(path, "x' OR '1'='1", "ph")) == 0


@pytest.mark.parametrize("name", ["r[1].parquet", "r*.parquet", "it's.parquet"])
def test_names_are_taken_literally(tmp_path: Path, name: str) -> None:
    try:
        records().to_parquet(tmp_path / name)
    except OSError:
        pytest.skip("this file system has no such names")
    records(1).to_parquet(tmp_path / "r1.parquet")
    assert len(read_series(tmp_path / name, "001", "ph")) == 48


def test_a_changed_csv_is_read_again(tmp_path: Path) -> None:
    records(4).to_csv(tmp_path / "r.csv", index=False)
    assert len(read_series(tmp_path / "r.csv", "001", "ph")) == 4
    records(9).to_csv(tmp_path / "r.csv", index=False)
    assert len(read_series(tmp_path / "r.csv", "001", "ph")) == 9


def test_flags_of_single_quantities(tmp_path: Path) -> None:
    frame = records(4).assign(ph_flag="M").sort_values(["station_id", "time"])
    frame.to_parquet(tmp_path / "r.parquet")
    assert np.isnan(read_series(tmp_path / "r.parquet", "001", "ph").values).all()
    assert np.isfinite(read_series(tmp_path / "r.parquet", "001", "nh3n_mg_l").values[0])


def test_without_flags_everything_counts(tmp_path: Path) -> None:
    records(4).drop(columns="flag").to_parquet(tmp_path / "r.parquet")
    found = read_series(tmp_path / "r.parquet", "001", "ph")
    assert np.isfinite(found.values).all()
    assert set(found.flags) == {""}


def test_many_threads(tmp_path: Path) -> None:
    records().to_parquet(tmp_path / "r.parquet")
    with ThreadPoolExecutor(4) as pool:
        found = pool.map(lambda n: len(read_series(tmp_path / "r.parquet", n, "ph")), ["001"] * 20)
        assert set(found) == {48}


@pytest.mark.parametrize("content", [b"", b"PAR1 and then nothing", b"a,b\n1,2\n"])
@pytest.mark.parametrize("name", ["r.parquet", "r.csv"])
def test_nonsense_is_named(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ReadError, match=r"r\."):
        read_series(tmp_path / name, "001", "ph")


def test_columns_as_platforms_call_them() -> None:
    named = {
        "氨氮(mg/L)": "nh3n_mg_l",
        "水温(℃)": "water_temp_c",
        "pH(无量纲)": "ph",
        "w21011": "tp_mg_l",
    }
    for column, name in named.items():
        quantity = quantity_of(column)
        assert quantity is not None
        assert quantity.name == name
    assert quantity_of("断面名称") is None


def test_a_year_of_the_sample_stations(sample_files: Path) -> None:
    path = sample_files / "station_records.parquet"
    stations = list_stations(path)
    assert len(stations) == 12
    found = read_series(path, stations[0], "water_temp_c")
    assert len(found) == 8760
    assert np.isfinite(found.values).mean() > 0.9

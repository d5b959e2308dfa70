"""An axis of time has labels at every width and every stretch of time."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gisapp.ui.time_axis import DAY, ROOM, time_ticks

START = datetime(2025, 1, 1, tzinfo=UTC).timestamp()


@pytest.mark.parametrize("pixels", [200, 570, 670, 1400])
@pytest.mark.parametrize("days", [0.2, 1, 3, 9, 30, 80, 365, 4000])
def test_some_labels_and_never_too_many(pixels: float, days: float) -> None:
    ticks = time_ticks(START - 0.01 * days * DAY, START + 1.01 * days * DAY, pixels)
    assert 1 <= len(ticks) <= pixels / ROOM * 1.25 + 1
    assert len({at for at, _ in ticks}) == len(ticks)


def test_a_year_on_a_narrow_axis_is_written_in_months() -> None:
    words = [words for _, words in time_ticks(START, START + 365 * DAY, 570)]
    assert words == ["2025-01", "2025-03", "2025-05", "2025-07", "2025-09", "2025-11", "2026-01"]


def test_days_begin_with_their_month() -> None:
    words = [words for _, words in time_ticks(START + 26 * DAY, START + 45 * DAY, 670)]
    assert words == [
        "01-27", "01-29", "2025-02", "02-03", "02-05", "02-07", "02-09", "02-11", "02-13", "02-15",
    ]  # fmt: skip


def test_a_day_is_written_in_hours() -> None:
    words = [words for _, words in time_ticks(START, START + DAY, 670)]
    assert words == [
        "01-01",
        "03:00",
        "06:00",
        "09:00",
        "12:00",
        "15:00",
        "18:00",
        "21:00",
        "01-02",
    ]

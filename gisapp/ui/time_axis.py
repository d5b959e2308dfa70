"""The ticks of an axis of time: as many as there is room for, written in numbers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

DAY = 86_400.0  # seconds
ROOM = 52.0  # pixels that one label wants
_MINUTES = (1, 5, 15, 30, 60, 180, 360, 720)
_DAYS = (1, 2, 5, 10)  # counted from the first of each month
_MONTHS = (1, 2, 3, 6)
_YEARS = (1, 2, 5, 10, 20, 50)

Tick = tuple[float, str]  # seconds since 1970 (UTC), words


def time_ticks(first: float, last: float, pixels: float) -> list[Tick]:
    """Round moments from `first` to `last` on an axis of so many pixels, at most 500."""
    wanted = (last - first) * ROOM / max(pixels, ROOM)  # seconds from one label to the next
    if last <= first or last - first > 1000 * 366 * DAY:
        return []
    for minutes in _MINUTES:
        if minutes * 60 >= wanted:
            return _regular(first, last, minutes * 60)
    start, end = _moment(first), _moment(last)
    for days in _DAYS:
        if days * DAY >= wanted:
            return _written(_days(start, end, days), first, last, "%m-%d")
    for months in _MONTHS:
        if months * 30 * DAY >= wanted:
            return _written(_months(start, end, months), first, last, "%Y-%m")
    years = next((n for n in _YEARS if n * 365 * DAY >= wanted), 100)
    return _written(_months(start, end, 12 * years), first, last, "%Y")


def _moment(seconds: float) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)


def _regular(first: float, last: float, step: float) -> list[Tick]:
    """Times of the day; midnight is written as the day."""
    number = -(-first // step)
    found: list[Tick] = []
    while number * step <= last and len(found) < 500:
        at = _moment(number * step)
        midnight = (at.hour, at.minute) == (0, 0)
        found.append((number * step, at.strftime("%m-%d" if midnight else "%H:%M")))
        number += 1
    return found


def _days(start: datetime, end: datetime, step: int) -> list[datetime]:
    """Every so many days of a month; the last ones keep away from the next first."""
    found = []
    for month in _months(start, end, 1):
        for number in range(0, 31 - step // 2, step):
            at = month + timedelta(days=number)
            if at.month == month.month:
                found.append(at)
    return found


def _months(start: datetime, end: datetime, step: int) -> list[datetime]:
    number = (start.year * 12 + start.month - 1) // step * step
    found: list[datetime] = []
    while number <= end.year * 12 + end.month - 1 and len(found) < 500:
        found.append(datetime(number // 12, number % 12 + 1, 1, tzinfo=UTC))
        number += step
    return found


def _written(moments: list[datetime], first: float, last: float, form: str) -> list[Tick]:
    return [
        (at.timestamp(), at.strftime("%Y-%m" if form == "%m-%d" and at.day == 1 else form))
        for at in moments
        if first <= at.timestamp() <= last
    ]

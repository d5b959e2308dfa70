"""Thermal frames and the visible pictures of the same shot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gisapp.model.frame import FrameFacts

_SECONDS = 1.5  # between the two files of one shot
_ROLES = ("_T", "_W", "_V", "_Z", "_R", "_D", "_S")  # thermal, wide, visible, zoom ...


def visible_twins(frames: Sequence[FrameFacts]) -> Mapping[str, str]:
    """Name of the thermal frame -> name of the visible picture of the same shot.

    First by the maker's name (same date and number, another letter at the end), the wide picture
    before the zoomed one; else the nearest in time within 1.5 s whose number is the same or next.
    A visible picture is given away once, to the frame that is nearest.
    """
    visible = [f for f in frames if f.kind != "thermal"]
    by_shot: dict[str, list[FrameFacts]] = {}
    for picture in visible:
        by_shot.setdefault(_shot(picture.name), []).append(picture)
    found: dict[str, str] = {}
    left: list[FrameFacts] = []
    for frame in (f for f in frames if f.kind == "thermal"):
        twins = by_shot.get(_shot(frame.name), [])
        if twins:
            found[frame.name] = min(twins, key=_preference).name
        else:
            left.append(frame)
    taken = set(found.values())
    free = sorted(
        (f for f in visible if f.name not in taken and f.taken_at), key=lambda f: str(f.taken_at)
    )
    near = sorted(
        (off, frame.name, picture.name)
        for frame in left
        for picture in _around(frame, free)
        if (off := _apart(frame, picture)) is not None
    )
    for _, frame_name, picture_name in near:
        if frame_name not in found and picture_name not in taken:
            found[frame_name] = picture_name
            taken.add(picture_name)
    return found


def _shot(name: str) -> str:
    """The name without the letter of the camera and the ending."""
    stem = name.rsplit(".", 1)[0]
    return stem[:-2] if stem[-2:].upper() in _ROLES else stem


def _preference(picture: FrameFacts) -> tuple[int, str]:
    role = picture.name.rsplit(".", 1)[0][-2:].upper()
    return (("_W", "_V").index(role) if role in ("_W", "_V") else 2), picture.name


def _around(frame: FrameFacts, free: Sequence[FrameFacts]) -> Sequence[FrameFacts]:
    """Those within the time; `free` is in the order of time."""
    if frame.taken_at is None:
        return ()
    return [f for f in free if f.taken_at and abs(_seconds(frame, f)) <= _SECONDS]


def _seconds(frame: FrameFacts, picture: FrameFacts) -> float:
    if frame.taken_at is None or picture.taken_at is None:
        return float("inf")
    return (picture.taken_at - frame.taken_at).total_seconds()


def _apart(frame: FrameFacts, picture: FrameFacts) -> float | None:
    numbers = frame.number, picture.number
    if numbers[0] is not None and numbers[1] is not None and abs(numbers[0] - numbers[1]) > 1:
        return None
    return abs(_seconds(frame, picture))

"""Frames of a long flight, from a few that are really generated. Nobody measured any of this."""

from __future__ import annotations

import re
from pathlib import Path

from tests.flight_files import make_flight_files, true_poses

_LATITUDE = re.compile(rb'GpsLatitude="\+(\d+\.\d{8})"')
_STEP = 18 / 110_800  # degrees of two lines


def make_frames(folder: Path, lines: int) -> None:
    """`lines` times ten frames; whole when the folder has its name."""
    half = folder.with_name(f"{folder.name}.part")
    half.mkdir(parents=True, exist_ok=True)
    truth = make_flight_files(half, poses=true_poses(2, 5), visible=False)
    first = [(half / name).read_bytes() for name in truth.names]
    for line in range(1, lines):
        for number, content in enumerate(first):
            found = _LATITUDE.search(content)
            if found is None:
                raise ValueError("a generated frame has no latitude")
            moved = b'GpsLatitude="+%.8f"' % (float(found.group(1)) - line * _STEP)
            shot = line * len(first) + number
            name = f"DJI_202501{3 + shot // 80_000:02d}{shot % 80_000:06d}_{shot:06d}_T.JPG"
            (half / name).write_bytes(content.replace(found.group(0), moved))
    half.rename(folder)

"""flight.json and offsets.csv: a flight as it was placed, for other programs and for later."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gisapp.io.map_file import write_file
from gisapp.io.safe_path import existing_file
from gisapp.model.errors import ReadError
from gisapp.model.flight import Flight, FlightFrame, LeftOut
from gisapp.model.frame import Lens, Pose
from gisapp.model.text import tr

VERSION = 1


def write_flight(path: Path, flight: Flight) -> None:
    """Write flight.json, all of it or nothing. Raises WriteError."""
    lens, frames = flight.lens, flight.frames
    data = {
        "version": VERSION,
        "crs": flight.crs,
        "camera": flight.camera,
        "lens": {
            "columns": lens.columns,
            "rows": lens.rows,
            "focal_px": _round(lens.focal_px, 3),
            "shift_x": _round(lens.shift_x, 3),
            "shift_y": _round(lens.shift_y, 3),
        },
        "elevation": flight.elevation,
        "frames": [_frame_data(frame) for frame in frames]
        + [{"file": o.file, "verdict": o.verdict, "message": o.message} for o in flight.left_out],
        "fit": flight.fit or {},
        "mosaic": flight.mosaic,
    }
    text = json.dumps(data, ensure_ascii=False, indent=1, allow_nan=False)
    write_file(path, f"{text}\n".encode())


def read_flight(path: Path) -> Flight:
    """Raises ReadError when it is missing, no flight, or of a newer version."""
    found = existing_file(path)
    try:
        data = json.loads(found.read_bytes())
        if data["version"] > VERSION:
            raise ReadError(
                tr("{file} was written by a newer version of the program").format(file=found.name),
                hint=tr("Open it with that version, or place the flight again."),
            )
        rows = data["frames"]
        return Flight(
            crs=str(data["crs"]),
            camera=str(data["camera"]),
            lens=Lens(**data["lens"]),
            frames=tuple(_frame_of(row) for row in rows if row["verdict"] == "used"),
            left_out=tuple(
                LeftOut(row["file"], row["verdict"], row["message"])
                for row in rows
                if row["verdict"] != "used"
            ),
            fit=data["fit"],
            elevation=str(data["elevation"]),
            mosaic=str(data["mosaic"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ReadError(
            tr("{file} is no flight of this program, or damaged").format(file=found.name),
            hint=tr("Place the flight again from the folder of its frames."),
        ) from error


def _frame_data(frame: FlightFrame) -> dict[str, Any]:
    pose = frame.pose
    return {
        "file": frame.file,
        "taken_at": frame.taken_at,
        "affine": None if frame.affine is None else [_round(value, 9) for value in frame.affine],
        "corners": [[_round(x, 3), _round(y, 3)] for x, y in frame.corners],
        "offset_c": _round(frame.offset_c, 4),
        "decoder": frame.decoder,
        "accuracy_c": frame.accuracy_c,
        "parameters": dict(frame.parameters or {}),
        "verdict": "used",
        "pose": {
            "x": _round(pose.x, 3),
            "y": _round(pose.y, 3),
            "z": _round(pose.z, 3),
            "yaw": _round(pose.yaw, 4),
            "pitch": _round(pose.pitch, 4),
            "roll": _round(pose.roll, 4),
        },
        "part": frame.part,
        "visible": frame.twin,
    }


def _frame_of(row: Mapping[str, Any]) -> FlightFrame:
    return FlightFrame(
        file=str(row["file"]),
        taken_at=str(row["taken_at"]),
        pose=Pose(**row["pose"]),
        corners=tuple((float(x), float(y)) for x, y in row["corners"]),
        affine=None if row["affine"] is None else tuple(map(float, row["affine"])),
        offset_c=float(row["offset_c"]),
        part=int(row["part"]),
        decoder=str(row["decoder"]),
        accuracy_c=row["accuracy_c"],
        parameters=row["parameters"],
        twin=str(row["visible"]),
    )


def write_offsets(path: Path, flight: Flight) -> None:
    """The offset of each frame as a table: file, time, offset, part, overlap. Raises WriteError."""
    alone = set((flight.fit or {}).get("drift", {}).get("without_overlap", ()))
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(("file", "taken_at", "offset_c", "part", "overlaps"))
    for frame in flight.frames:
        overlaps = "no" if frame.name in alone else "yes"
        writer.writerow((frame.file, frame.taken_at, f"{frame.offset_c:.4f}", frame.part, overlaps))
    write_file(path, buffer.getvalue().encode("utf-8-sig"))


def _round(value: float, digits: int) -> float:
    return round(float(value), digits)

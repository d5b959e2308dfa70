"""What a picture of a drone says about itself: EXIF and XMP, read from the head of the file.

Only the segments before the picture are walked, so a file costs a few reads whatever its size.
XMP is searched and not parsed: makers write it with prefixes declared twice, which no XML parser
takes, as attributes or as elements, with leading plus signs and with misspelt names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from math import isfinite
from pathlib import Path
from typing import BinaryIO

from gisapp.io.flight_exif import Exif, read_exif
from gisapp.io.safe_path import existing_file
from gisapp.model.errors import ReadError
from gisapp.model.frame import FrameFacts, FrameKind, FramePosition
from gisapp.model.text import tr

PICTURES = (".jpg", ".jpeg")
_MOST_HEAD = 16 << 20  # bytes: no maker writes more before the picture
_RAW_AT_LEAST = 100_000  # bytes of APP3 or APP4 together: a thermal raw, not a note of the maker
_EXIF = b"Exif\0\0"
_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_NUMBER = r"\s*([-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?)"
_KEYS = {
    # GpsLongtitude is no mistake of ours: the Phantom 4 RTK spells it so.
    "latitude": "GpsLatitude|GPSLatitude",
    "longitude": "GpsLongitude|GPSLongitude|GpsLongtitude|GPSLongtitude",
    "height": "AbsoluteAltitude",
    "relative": "RelativeAltitude",
    "gimbal_yaw": "GimbalYawDegree",
    "gimbal_pitch": "GimbalPitchDegree",
    "gimbal_roll": "GimbalRollDegree",
    "flight_yaw": "FlightYawDegree",
    "rtk": "RtkFlag",
    "laser": "LRFTargetDistance",
}
_PATTERNS = {
    name: re.compile(
        rf"(?:drone-dji|DJI|drone):(?:{keys})\s*(?:=\s*[\"']|>){_NUMBER}\s*(?:[\"']|<)"
    )
    for name, keys in _KEYS.items()
}
_RTK_FIXED = 50  # RtkFlag: 0 none, 16 single, 34 floating, 50 fixed


@dataclass(frozen=True, slots=True)
class _Head:
    size: tuple[int, int]
    exif: bytes
    xmp: str
    raw_bytes: int
    flir: bool


def read_frame_facts(path: Path) -> FrameFacts:
    """EXIF and XMP of one JPEG, about a millisecond a file.

    Raises ReadError when it is missing, empty, no JPEG, or ends before the picture begins. Damaged
    EXIF is not an error: what it would have said is None.
    """
    found = existing_file(path)
    try:
        with found.open("rb") as file:
            head = _head(file, found.name)
    except OSError as error:
        raise ReadError(
            tr("{file} cannot be read: {reason}").format(file=found.name, reason=error.strerror),
            hint=tr("Check that you may read it and that the disk is still connected."),
        ) from error
    exif = read_exif(head.exif)
    said = {name: _value(pattern, head.xmp) for name, pattern in _PATTERNS.items()}
    facts = FrameFacts(
        name=found.name,
        taken_at=exif.taken_at or _time_of_name(found.name),
        camera=exif.model or _xmp_model(head.xmp),
        kind=_kind(head, exif, said["gimbal_pitch"] is not None),
        size=head.size,
        exif=_position(exif.longitude, exif.latitude, exif.height),
        xmp=_position(said["longitude"], said["latitude"], said["height"]),
        relative_height_m=said["relative"],
        gimbal_yaw=said["gimbal_yaw"],
        gimbal_pitch=said["gimbal_pitch"],
        gimbal_roll=said["gimbal_roll"],
        flight_yaw=said["flight_yaw"],
        focal_mm=exif.focal_mm,
        focal_35=exif.focal_35,
        zoom=exif.zoom,
        rtk=said["rtk"] == _RTK_FIXED,
        laser_m=said["laser"] if said["laser"] and said["laser"] > 0 else None,
        compass=exif.heading,
        orientation=exif.orientation,
    )
    return facts if facts.camera else replace(facts, camera=exif.make)


def _head(file: BinaryIO, name: str) -> _Head:
    if file.read(2) != b"\xff\xd8":
        raise ReadError(
            tr("{file} is not a JPEG picture").format(file=name),
            hint=tr("Frames of a flight are the JPEG files that the camera wrote."),
        )
    size, exif, xmp, raw, flir = (0, 0), b"", "", 0, False
    while file.tell() < _MOST_HEAD:
        mark = file.read(2)
        while mark == b"\xff\xff":  # fill bytes are allowed
            mark = b"\xff" + file.read(1)
        if len(mark) < 2 or mark[0] != 0xFF:
            break
        if mark[1] in (0xDA, 0xD9):
            return _checked(_Head(size, exif, xmp, raw, flir), name)
        if mark[1] in (0x01, *range(0xD0, 0xD9)):
            continue  # marks without a body
        length = int.from_bytes(file.read(2), "big") - 2
        if length < 0:
            break
        if mark[1] == 0xE1:
            body = file.read(length)
            if body.startswith(_EXIF):
                exif = exif or body[len(_EXIF) :]
            elif body.startswith(_XMP):
                xmp += body[len(_XMP) :].decode("utf-8", "replace")
            flir = flir or body.startswith(b"FLIR\0")
        elif mark[1] in (0xC0, 0xC1, 0xC2) and length >= 5:
            body = file.read(length)
            size = int.from_bytes(body[3:5], "big"), int.from_bytes(body[1:3], "big")
        else:
            raw += length if mark[1] in (0xE3, 0xE4) else 0
            file.seek(length, 1)
    raise ReadError(
        tr("{file} ends before its picture begins").format(file=name),
        hint=tr("The copy was probably interrupted. Copy it again."),
    )


def _checked(head: _Head, name: str) -> _Head:
    if min(head.size) <= 0:
        raise ReadError(
            tr("{file} does not say how large its picture is").format(file=name),
            hint=tr("The copy was probably interrupted. Copy it again."),
        )
    return head


def _kind(head: _Head, exif: Exif, gimbal: bool) -> FrameKind:
    if head.flir or head.raw_bytes >= _RAW_AT_LEAST:
        return "thermal"
    return "visible" if gimbal or exif.make.strip().upper() == "DJI" else "photo"


def _value(pattern: re.Pattern[str], text: str) -> float | None:
    found = pattern.search(text)
    if found is None:
        return None
    value = float(found.group(1))
    return value if isfinite(value) else None


def _position(
    longitude: float | None, latitude: float | None, height: float | None
) -> FramePosition | None:
    """None for what is no place: (0, 0) is written when there was no fix."""
    if longitude is None or latitude is None or (longitude == 0 and latitude == 0):
        return None
    if not (-180 <= longitude <= 180 and -90 <= latitude <= 90):
        return None
    return FramePosition(longitude, latitude, height)


def _xmp_model(xmp: str) -> str:
    found = re.search(r"tiff:Model\s*(?:=\s*[\"']|>)\s*([^\"'<]{1,60})", xmp)
    return found.group(1).strip() if found else ""


def _time_of_name(name: str) -> datetime | None:
    """Makers write the time into the name: DJI_20250117111418_0161_T.JPG."""
    found = re.search(r"(?<!\d)(20\d{12})(?!\d)", name)
    try:
        return datetime.strptime(found.group(1), "%Y%m%d%H%M%S") if found else None
    except ValueError:
        return None

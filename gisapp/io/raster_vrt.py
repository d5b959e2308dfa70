"""Mosaics that are described in a .vrt file: checked first, and never opened as they are.

Such a file may name addresses in the network, other descriptions, and programs to run for each
pixel. Only plain mosaics of raster files on this computer are taken; what is opened is a new
description that holds nothing but what was understood.
"""

from __future__ import annotations

from pathlib import Path
from xml.etree.ElementTree import Element, ParseError, fromstring, tostring

from gisapp.io.raster_opening import Opened
from gisapp.io.safe_path import existing_file, first_bytes, format_of
from gisapp.model.errors import ReadError
from gisapp.model.text import tr

MAX_BYTES = 50 * 1024 * 1024
MAX_SOURCES = 100_000
SOURCES = ("SimpleSource", "ComplexSource")
FORMATS = ("geotiff", "png", "jpeg", "grid")
# Parts that are copied with everything in them: numbers and names only.
PLAIN = frozenset(
    (
        "SRS",
        "GeoTransform",
        "NoDataValue",
        "NODATA",
        "ColorInterp",
        "ColorTable",
        "Entry",
        "Scale",
        "Offset",
        "UnitType",
        "Description",
        "ScaleOffset",
        "ScaleRatio",
        "SrcMin",
        "SrcMax",
        "DstMin",
        "DstMax",
        "Exponent",
        "LUT",
        "UseMaskBand",
        "SourceBand",
        "SrcRect",
        "DstRect",
        "SourceProperties",
        "HideNoDataValue",
    )
)
NESTED = frozenset(("VRTDataset", "VRTRasterBand", "MaskBand", *SOURCES))
LEFT_OUT = frozenset(  # harmless, and not needed
    (
        "Metadata",
        "Histograms",
        "OverviewList",
        "Overview",
        "GCPList",
        "CategoryNames",
        "BlockXSize",
        "BlockYSize",
    )
)


def is_mosaic(path: Path) -> bool:
    if path.suffix.lower() != ".vrt":
        return False  # a description under another name is looked for by nobody
    head = first_bytes(path).removeprefix(b"\xef\xbb\xbf").lstrip()
    return head.startswith(b"<") and b"<VRTDataset" in head


def checked_mosaic(path: Path) -> Opened:
    """What may be opened instead of a .vrt file. Raises ReadError when it is no plain mosaic."""
    if path.stat().st_size > MAX_BYTES:
        raise _refused(path, tr("it is too large"))
    text = path.read_bytes()
    plain = text.replace(b"\0", b"")  # UTF-16 writes ASCII with zeros between
    if b"<!DOCTYPE" in plain or b"<!ENTITY" in plain:
        raise _refused(path, tr("it contains a document type declaration"))
    try:
        root = fromstring(text)
    except (ParseError, ValueError) as error:
        raise _refused(path, str(error)[:100]) from error
    files: dict[Path, None] = {}
    copy = _copy(root, path, files)
    if root.tag != "VRTDataset" or not files:
        raise _refused(path, tr("it names no files"))
    return Opened(path, tostring(copy, "unicode"), "VRT", (path, *files))


def _copy(part: Element, path: Path, files: dict[Path, None]) -> Element:
    kept = {k: v for k, v in part.attrib.items() if k not in ("shared", "relativeToVRT")}
    if "subClass" in kept or part.tag not in NESTED:
        raise _refused(
            path,
            tr("it computes its pixels ({part})").format(part=kept.get("subClass", part.tag)[:40]),
        )
    copy = Element(part.tag, kept)
    copy.text = part.text
    for child in part:
        if child.tag == "SourceFilename":
            if len(files) >= MAX_SOURCES:
                raise _refused(path, tr("it names too many files"))
            file = _source(child, path)
            files[file] = None
            name = Element("SourceFilename", {"relativeToVRT": "0", "shared": "0"})
            name.text = str(file)
            copy.append(name)
        elif child.tag in NESTED:
            copy.append(_copy(child, path, files))
        elif child.tag in PLAIN:
            if any(inner.tag not in PLAIN for inner in child.iter()):
                raise _refused(path, tr("it computes its pixels ({part})").format(part=child.tag))
            copy.append(child)
        elif child.tag not in LEFT_OUT:
            raise _refused(path, tr("it computes its pixels ({part})").format(part=child.tag[:40]))
    return copy


def _source(part: Element, path: Path) -> Path:
    """A raster file on this computer, by what it holds."""
    text = (part.text or "").strip()
    if part.get("relativeToVRT") == "1" and "://" not in text and not text.startswith("/vsi"):
        text = str(path.parent / text)
    try:
        file = existing_file(text)
        known = format_of(file) in FORMATS
    except ReadError as error:
        raise ReadError(
            tr("{file} needs another file: {reason}").format(file=path.name, reason=error.message),
            hint=error.hint,
        ) from error
    if not known:
        raise _refused(path, tr("{file} in it is not a GeoTIFF").format(file=file.name[:80]))
    return file


def _refused(path: Path, reason: str) -> ReadError:
    return ReadError(
        tr("{file} is not opened: {reason}").format(file=path.name, reason=reason),
        hint=tr("Only plain mosaics of raster files on this computer are. Or add their folder."),
    )

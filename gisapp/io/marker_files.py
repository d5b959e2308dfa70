"""SVG drawings of a project, made safe: only shapes and colours are read, nothing that acts,
points elsewhere or grows without end. What is left is written anew.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from xml.etree import ElementTree

from gisapp.io.map_file import write_file
from gisapp.io.project_database import write_error
from gisapp.io.safe_path import existing_file, first_bytes
from gisapp.model.errors import ReadError
from gisapp.model.text import tr

FOLDER = "markers"  # of a project
MAX_BYTES = 200_000
MAX_SHAPES = 2000
MAX_DEPTH = 40

_SVG = "{http://www.w3.org/2000/svg}"
_SHAPES = frozenset(
    (
        *("svg", "g", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon"),
        *("defs", "linearGradient", "radialGradient", "stop"),
    )
)
_VALUES = frozenset(
    (
        *("id", "viewBox", "width", "height", "d", "x", "y", "rx", "ry", "cx", "cy", "r"),
        *("x1", "y1", "x2", "y2", "fx", "fy", "points", "transform", "opacity", "color", "fill"),
        *("fill-opacity", "fill-rule", "stroke", "stroke-width", "stroke-opacity"),
        *("stroke-linecap", "stroke-linejoin", "stroke-miterlimit", "stroke-dasharray"),
        *("stroke-dashoffset", "offset", "stop-color", "stop-opacity", "gradientUnits"),
        *("gradientTransform", "spreadMethod", "display", "visibility", "style"),
    )
)


def read_marker(path: Path | str) -> str:
    """The drawing as SVG text for `gisapp.render.markers.bring_marker`.

    Raises ReadError for files that are too large, no SVG, or have nothing that can be drawn.
    """
    found = existing_file(path)
    content = first_bytes(found, MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise ReadError(
            tr("{file} is too large for a marker (more than {n} kB)").format(
                file=found.name, n=MAX_BYTES // 1000
            ),
            hint=tr("Simplify the drawing, or leave out pictures inside it."),
        )
    return safe_svg(content, found.name)


def safe_svg(content: bytes, name: str) -> str:
    """Of an SVG file the shapes, gradients and colours. `name` is for messages."""
    try:
        text = content.decode("utf-8-sig")
        if "<!ENTITY" in text.upper():  # entities of entities fill the memory
            raise _no_marker(name)
        root = ElementTree.fromstring(text)
    except (ElementTree.ParseError, ValueError) as error:
        raise _no_marker(name) from error
    if root.tag not in (f"{_SVG}svg", "svg"):
        raise _no_marker(name)
    left = [MAX_SHAPES]
    clean = _clean(root, left, 0)
    if clean is None or left[0] < 0 or not any(_draws(part) for part in clean.iter()):
        raise _no_marker(name)
    clean.set("xmlns", "http://www.w3.org/2000/svg")
    if "viewBox" not in clean.attrib:
        width, height = (clean.get(side, "").removesuffix("px") for side in ("width", "height"))
        if _is_number(width) and _is_number(height):
            clean.set("viewBox", f"0 0 {width} {height}")
    return ElementTree.tostring(clean, encoding="unicode")


def _clean(part: ElementTree.Element, left: list[int], depth: int) -> ElementTree.Element | None:
    """The part without what is not known to be harmless; None: nothing of it."""
    tag = part.tag.removeprefix(_SVG) if isinstance(part.tag, str) else ""
    left[0] -= 1
    if tag not in _SHAPES or depth > MAX_DEPTH or left[0] < 0:
        return None
    values = {
        name: value for name, value in part.attrib.items() if name in _VALUES and _harmless(value)
    }
    clean = ElementTree.Element(tag, values)
    for inner in part:
        kept = _clean(inner, left, depth + 1)
        if kept is not None:
            clean.append(kept)
    return clean


def _harmless(value: str) -> bool:
    """It may name a gradient of the same file, and nothing else."""
    rest = value.replace("url(#", "").lower()
    return not any(word in rest for word in ("url", "@", "\\", "//", "data:", "expression"))


def _draws(part: ElementTree.Element) -> bool:
    return part.tag in ("path", "rect", "circle", "ellipse", "line", "polyline", "polygon")


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).isdigit()


def _no_marker(name: str) -> ReadError:
    return ReadError(
        tr("{file} is not a drawing that can be a marker").format(file=name),
        hint=tr("Save it as plain SVG with paths only: no pictures, texts, links or scripts."),
    )


def keep_marker(text: str, name: str, project: Path) -> str:
    """Write a drawing that `read_marker` made into the project; returns its name there.

    The name says what is in it, so that another drawing never has the same. Raises WriteError.
    """
    stem = "".join(c if c.isalnum() or c in "-_" else "-" for c in Path(name).stem)[:40]
    content = text.encode()
    kept = f"{FOLDER}/{stem or 'marker'}-{sha256(content).hexdigest()[:8]}.svg"
    place = project / kept
    if not place.exists():
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise write_error(error, place.parent) from error
        write_file(place, content)
    return kept


def kept_marker(name: str, project: Path) -> str:
    """The text of a drawing that the project keeps. Raises ReadError, also for other places."""
    place = project / name
    if not name.startswith(f"{FOLDER}/") or not place.resolve().is_relative_to(
        (project / FOLDER).resolve()
    ):
        raise _no_marker(name)
    return read_marker(place)

"""What is looked at and in which colours: read by our side and by the Python of QGIS alike."""

from __future__ import annotations

CRS = "EPSG:4547"
EAST, NORTH, SIDE = 450_000.0, 2_500_000.0, 100_000.0  # left, bottom and side of the data, metres
WIDTH, HEIGHT = 1920, 1080

VIEWS = {"full": 1.0, "w8": 8.0, "w64": 64.0}  # name: times closer than all of it

POINT_COLOURS = ("#1b9e77", "#d95f02", "#7570b3", "#e7298a", "#66a61e", "#e6ab02")
POINT_SIZE = 6.0  # px
CROWDED = 0.35  # points on the area of a symbol; with more, gisapp.render.rims shades the rims
AREA_COLOURS = (
    "#8dd3c7",
    "#ffffb3",
    "#bebada",
    "#fb8072",
    "#80b1d3",
    "#fdb462",
    "#b3de69",
    "#fccde5",
    "#d9d9d9",
    "#bc80bd",
    "#ccebc5",
    "#ffed6f",
)
AREA_OUTLINE = "#505050"
LINE_COLOUR, LINE_WIDTH = "#1f5fbf", 1.0
WIDE = 4.0  # px of the widest reach, where width tells the order
LOW, HIGH, RAMP = 5.0, 25.0, "inferno"

# What is drawn: the data set, and how. "all" is all of them, the last on top.
LAYERS = {"points": "A", "lines": "B", "widths": "B", "areas": "C", "thermal": "D", "picture": "E"}
TOGETHER = ("picture", "thermal", "areas", "lines", "points")


def extent(zoom: float) -> tuple[float, float, float, float]:
    """Left, bottom, right, top of a view around the middle."""
    x, y = EAST + SIDE / 2, NORTH + SIDE / 2
    tall = SIDE / zoom
    wide = tall * WIDTH / HEIGHT
    return x - wide / 2, y - tall / 2, x + wide / 2, y + tall / 2


def point_rims(count: int, view: tuple[float, float, float, float]) -> tuple[str, ...]:
    """The rim of each of POINT_COLOURS, as gisapp.render.rims has them where so many points lie on
    the whole square: the same picture is asked of both sides."""
    on_symbol = count / SIDE**2 * (POINT_SIZE * (view[3] - view[1]) / HEIGHT) ** 2
    if on_symbol <= CROWDED:
        return ("#ffffff",) * len(POINT_COLOURS)
    return tuple(
        "#" + "".join(f"{round(int(color[at : at + 2], 16) * 0.68):02x}" for at in (1, 3, 5))
        for color in POINT_COLOURS
    )


def width_of(order: int, most: int = 6) -> float:
    """Of a reach, in px: as gisapp.render.painters draws a line whose width a field tells."""
    step: int = round((order / most) ** 0.5 * 7)
    return WIDE * (0.25 + 0.75 * step / 7)

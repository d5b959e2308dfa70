"""Line icons of one family, drawn from SVG in the colours of the theme and sharp at any scale."""

from __future__ import annotations

from functools import cache, lru_cache
from importlib.resources import files

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from gisapp.ui.theme import Tokens

SIZES = (16, 20, 24, 32, 40, 48, 64, 72, 96, 144)  # device pixels: 16 to 48 at 100 to 300 %


@cache
def _drawing(name: str) -> str:
    return files("gisapp").joinpath("icons", f"{name}.svg").read_text("utf-8")


def names() -> list[str]:
    folder = files("gisapp").joinpath("icons")
    return sorted(entry.name[:-4] for entry in folder.iterdir() if entry.name.endswith(".svg"))


@lru_cache(maxsize=512)
def pixmap(name: str, color: str, size: int) -> QPixmap:
    """The icon in one colour, `size` device pixels wide."""
    svg = _drawing(name).replace("currentColor", color)
    made = QPixmap(QSize(size, size))
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    QSvgRenderer(QByteArray(svg.encode())).render(painter, QRectF(0, 0, size, size))
    painter.end()
    return made


@lru_cache(maxsize=512)
def _icon(name: str, normal: str, chosen: str, disabled: str) -> QIcon:
    made = QIcon()
    for size in SIZES:
        made.addPixmap(pixmap(name, normal, size), QIcon.Mode.Normal, QIcon.State.Off)
        made.addPixmap(pixmap(name, chosen, size), QIcon.Mode.Normal, QIcon.State.On)
        made.addPixmap(pixmap(name, disabled, size), QIcon.Mode.Disabled, QIcon.State.Off)
    return made


def icon(name: str, tokens: Tokens) -> QIcon:
    """In the colour of text; of the accent when switched on; faint when it cannot be used."""
    return _icon(name, tokens.text, tokens.accent, faint(tokens))


def faint(tokens: Tokens) -> str:
    """Between the dim text and the card: for what cannot be used now."""
    pairs = ((1, 3), (3, 5), (5, 7))
    mixed = ((int(tokens.dim[a:b], 16) + int(tokens.panel[a:b], 16)) // 2 for a, b in pairs)
    return "#" + "".join(f"{part:02x}" for part in mixed)


def dim_icon(name: str, tokens: Tokens) -> QIcon:
    """Beside dim words."""
    return _icon(name, tokens.dim, tokens.dim, faint(tokens))


def accent_icon(name: str, tokens: Tokens) -> QIcon:
    """For a primary button."""
    return _icon(name, tokens.on_accent, tokens.on_accent, tokens.dim)

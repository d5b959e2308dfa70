"""Line icons of one family, drawn from SVG in the colours of the theme and sharp at any scale."""

from __future__ import annotations

from functools import cache, lru_cache
from importlib.resources import files

from PySide6.QtCore import QByteArray, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from gisapp.ui.theme import Tokens


@cache
def _drawing(name: str) -> str:
    return files("gisapp").joinpath("icons", f"{name}.svg").read_text("utf-8")


def names() -> list[str]:
    folder = files("gisapp").joinpath("icons")
    return sorted(entry.name[:-4] for entry in folder.iterdir() if entry.name.endswith(".svg"))


@lru_cache(maxsize=512)
def pixmap(name: str, color: str, size: int) -> QPixmap:
    """The icon in one colour, `size` device pixels wide."""
    made = QPixmap(QSize(size, size))
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    _draw(painter, name, color, QRectF(0, 0, size, size))
    painter.end()
    return made


def _draw(painter: QPainter, name: str, color: str, rect: QRectF) -> None:
    svg = _drawing(name).replace("currentColor", color)
    QSvgRenderer(QByteArray(svg.encode())).render(painter, rect)


class LineIcon(QIconEngine):
    """Draws when it is shown, in whatever size that is: a window has a hundred icons."""

    def __init__(self, name: str, normal: str, chosen: str, disabled: str) -> None:
        super().__init__()
        self._name = name
        self._colors = (normal, chosen, disabled)

    def clone(self) -> QIconEngine:
        return LineIcon(self._name, *self._colors)

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        _draw(painter, self._name, self._color(mode, state), QRectF(rect))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        return pixmap(self._name, self._color(mode, state), min(size.width(), size.height()))

    def _color(self, mode: QIcon.Mode, state: QIcon.State) -> str:
        normal, chosen, disabled = self._colors
        if mode == QIcon.Mode.Disabled:
            return disabled
        return chosen if state == QIcon.State.On else normal


@lru_cache(maxsize=512)
def _icon(name: str, normal: str, chosen: str, disabled: str) -> QIcon:
    return QIcon(LineIcon(name, normal, chosen, disabled))


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

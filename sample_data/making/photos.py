"""Small drawn pictures of outfalls, marked as synthetic, with place and time in their EXIF."""

from __future__ import annotations

import io
import struct
import warnings
from pathlib import Path

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QLinearGradient, QPainter, QPen, QPolygonF
from rasterio.errors import NotGeoreferencedWarning
from rasterio.io import MemoryFile

WIDTH, HEIGHT = 320, 240
# Letters of the mark, five dots wide, so that no font is needed.
LETTERS = {
    "S": "01111 10000 10000 01110 00001 00001 11110",
    "Y": "10001 10001 01010 00100 00100 00100 00100",
    "N": "10001 11001 10101 10011 10001 10001 10001",
    "T": "11111 00100 00100 00100 00100 00100 00100",
    "H": "10001 10001 10001 11111 10001 10001 10001",
    "E": "11111 10000 10000 11110 10000 10000 11111",
    "I": "01110 00100 00100 00100 00100 00100 01110",
    "C": "01111 10000 10000 10000 10000 10000 01111",
}


def draw(rng: np.random.Generator, mode: str, flowing: bool, restored: bool) -> np.ndarray:
    """A picture as (height, width, 3) uint8: sky, bank, water, and the outlet of this mode."""
    image = QImage(WIDTH, HEIGHT, QImage.Format.Format_RGB888)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    horizon, edge = int(rng.integers(48, 70)), int(rng.integers(150, 172))
    _fill(painter, 0, horizon, QColor(176, 196, 212), QColor(220, 226, 226))
    green = int(rng.integers(92, 120))
    bank = QColor(150, 148, 140) if restored else QColor(118, green, 70)
    _fill(painter, horizon, edge, bank.lighter(112), bank.darker(122))
    _fill(painter, edge, HEIGHT, QColor(84, 108, 104), QColor(52, 78, 84))
    painter.setBrush(QColor(58, 84, 48))
    for x in np.arange(-10, WIDTH + 10, 9):
        size = float(rng.uniform(8, 22))
        painter.drawEllipse(QPointF(float(x), horizon - 2.0), size, size * 0.8)
    if restored:
        painter.setPen(QPen(QColor(128, 126, 118), 1.2))
        for y in range(horizon + 20, edge, 16):
            painter.drawLine(0, y, WIDTH, y)
        painter.setPen(Qt.PenStyle.NoPen)
        _sign(painter, 250.0, horizon + 26.0)
    else:
        for _ in range(260):
            x, y = float(rng.uniform(0, WIDTH)), float(rng.uniform(horizon + 12, edge))
            painter.setPen(QPen(QColor(70, int(rng.integers(90, 140)), 50), 1.4))
            painter.drawLine(QPointF(x, y), QPointF(x + float(rng.uniform(-4, 4)), y - 9.0))
        painter.setPen(Qt.PenStyle.NoPen)
    _outlet(painter, rng, mode, flowing, edge)
    _mark(painter)
    painter.end()
    bits = np.frombuffer(image.constBits(), np.uint8).reshape(HEIGHT, image.bytesPerLine())
    picture = bits[:, : WIDTH * 3].reshape(HEIGHT, WIDTH, 3).astype(float)
    ripple = np.sin(np.arange(HEIGHT) ** 1.35 / 6.0)[:, None] * rng.normal(1.0, 0.4, (1, WIDTH))
    picture[edge:] += 5.0 * ripple[edge:, :, None]
    picture += rng.normal(0.0, 2.2, (HEIGHT, WIDTH, 1))
    return np.clip(picture, 0, 255).astype(np.uint8)


def _fill(painter: QPainter, top: int, bottom: int, first: QColor, last: QColor) -> None:
    shade = QLinearGradient(0.0, float(top), 0.0, float(bottom))
    shade.setColorAt(0.0, first)
    shade.setColorAt(1.0, last)
    painter.fillRect(QRectF(0, top, WIDTH, bottom - top), shade)


def _sign(painter: QPainter, x: float, y: float) -> None:
    painter.setBrush(QColor(210, 212, 214))
    painter.drawRect(QRectF(x + 14, y + 26, 4, 34))
    painter.setBrush(QColor(30, 92, 168))
    painter.drawRect(QRectF(x, y, 32, 26))
    painter.setBrush(QColor(245, 245, 245))
    for line in range(3):
        painter.drawRect(QRectF(x + 5, y + 6 + 6 * line, 22 - 5 * line, 2))


def _outlet(
    painter: QPainter, rng: np.random.Generator, mode: str, flowing: bool, edge: int
) -> None:
    x, y = float(rng.uniform(110, 190)), float(edge - rng.uniform(18, 42))
    murky = QColor(
        *(int(v) for v in rng.choice([[150, 142, 108], [120, 112, 92], [176, 182, 172]]))
    )
    murky.setAlpha(200)
    if mode in ("箱涵", "涵闸", "泵站"):
        painter.setBrush(QColor(168, 166, 158))
        painter.drawRect(QRectF(x - 34, y - 30, 68, 44))
        painter.setBrush(QColor(30, 32, 32))
        painter.drawRect(QRectF(x - 22, y - 18, 44, 32))
        if mode == "涵闸":
            painter.setBrush(QColor(92, 74, 60))
            painter.drawRect(QRectF(x - 22, y - 26, 44, 18))
        half = 20.0
    elif mode == "明渠":
        painter.setBrush(QColor(96, 88, 70))
        painter.drawPolygon(
            QPolygonF(
                [
                    QPointF(x - 8, y - 50),
                    QPointF(x + 6, y - 50),
                    QPointF(x + 34, edge),
                    QPointF(x - 30, edge),
                ]
            )
        )
        half = 14.0
    else:
        painter.setBrush(QColor(146, 144, 138))
        painter.drawEllipse(QPointF(x, y), 21.0, 21.0)
        painter.setBrush(QColor(24, 26, 26))
        painter.drawEllipse(QPointF(x + 2, y + 1), 16.0, 16.0)
        half = 10.0
    if flowing:
        painter.setBrush(murky)
        painter.drawPolygon(
            QPolygonF(
                [
                    QPointF(x - half, y + 8),
                    QPointF(x + half, y + 8),
                    QPointF(x + half + 8, edge + 6),
                    QPointF(x - half - 4, edge + 6),
                ]
            )
        )
        for ring in range(5):
            murky.setAlpha(90 - 14 * ring)
            painter.setBrush(murky)
            painter.drawEllipse(
                QPointF(x + 14.0 * ring, edge + 10.0 + 3 * ring), 24.0 + 15 * ring, 6.0 + 3.2 * ring
            )


def _mark(painter: QPainter) -> None:
    painter.fillRect(QRectF(6, HEIGHT - 24, 126, 18), QColor(0, 0, 0, 120))
    painter.setBrush(QColor(255, 236, 130))
    for place, letter in enumerate("SYNTHETIC"):
        for row, dots in enumerate(LETTERS[letter].split()):
            for column, dot in enumerate(dots):
                if dot == "1":
                    painter.drawRect(
                        QRectF(12 + 13 * place + 2 * column, HEIGHT - 22 + 2 * row, 2, 2)
                    )


def jpeg(picture: np.ndarray, longitude: float, latitude: float, taken: str) -> bytes:
    """JPEG bytes with an EXIF block; `taken` is "YYYY:MM:DD hh:mm:ss", local time."""
    with warnings.catch_warnings(), MemoryFile() as memory:
        warnings.simplefilter("ignore", NotGeoreferencedWarning)  # a photo has no map position
        with memory.open(
            driver="JPEG", width=WIDTH, height=HEIGHT, count=3, dtype="uint8", quality=72
        ) as raster:
            raster.write(np.moveaxis(picture, 2, 0))
        plain = bytes(memory.getbuffer())
    exif = _exif(longitude, latitude, taken)
    return plain[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + plain[2:]


def _exif(longitude: float, latitude: float, taken: str) -> bytes:
    """APP1 content: IFD0, Exif IFD and GPS IFD, little endian (EXIF 2.32, CIPA DC-008)."""
    ascii_, long_, rational = 2, 4, 5
    description = b"SYNTHETIC sample picture\0"
    when = taken.encode("ascii") + b"\0"
    gps = [
        (0, 1, bytes([2, 3, 0, 0]), 4),
        (1, ascii_, b"N\0" if latitude >= 0 else b"S\0", 2),
        (2, rational, _degrees(abs(latitude)), 3),
        (3, ascii_, b"E\0" if longitude >= 0 else b"W\0", 2),
        (4, rational, _degrees(abs(longitude)), 3),
        (18, ascii_, b"CGCS2000\0", 9),
    ]
    photo = [(0x9000, 7, b"0232", 4), (0x9003, ascii_, when, len(when))]
    top = [
        (0x010E, ascii_, description, len(description)),
        (0x0132, ascii_, when, len(when)),
        (0x8769, long_, b"\0\0\0\0", 1),
        (0x8825, long_, b"\0\0\0\0", 1),
    ]
    first = 8
    second = first + len(_ifd(top, first))
    third = second + len(_ifd(photo, second))
    top[2] = (0x8769, long_, struct.pack("<I", second), 1)
    top[3] = (0x8825, long_, struct.pack("<I", third), 1)
    out = io.BytesIO()
    out.write(b"Exif\0\0II*\0" + struct.pack("<I", first))
    out.write(_ifd(top, first) + _ifd(photo, second) + _ifd(gps, third))
    return out.getvalue()


def _degrees(value: float) -> bytes:
    total = round(value * 3_600_000)  # thousandths of a second of arc
    degree, rest = divmod(total, 3_600_000)
    minute, milli = divmod(rest, 60_000)
    return struct.pack("<6I", degree, 1, minute, 1, milli, 1000)


def _ifd(entries: list[tuple[int, int, bytes, int]], offset: int) -> bytes:
    table = struct.pack("<H", len(entries))
    extra = b""
    after = offset + 2 + 12 * len(entries) + 4
    for tag, kind, data, count in entries:
        if len(data) <= 4:
            place = data.ljust(4, b"\0")
        else:
            place = struct.pack("<I", after + len(extra))
            extra += data + b"\0" * (len(data) % 2)
        table += struct.pack("<HHI", tag, kind, count) + place
    return table + struct.pack("<I", 0) + extra


def write_photo(
    path: Path,
    rng: np.random.Generator,
    mode: str,
    flowing: bool,
    restored: bool,
    longitude: float,
    latitude: float,
    taken: str,
) -> None:
    """Draw one picture and write it with its place and time."""
    path.write_bytes(jpeg(draw(rng, mode, flowing, restored), longitude, latitude, taken))

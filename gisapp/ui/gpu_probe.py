"""`python -m gisapp.ui.gpu_probe`: draws something small through OpenGL and says what drew it."""

from __future__ import annotations

import json
import sys

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import (
    QColor,
    QGuiApplication,
    QImage,
    QOffscreenSurface,
    QOpenGLContext,
    QPainter,
    QSurfaceFormat,
)
from PySide6.QtOpenGL import QOpenGLFramebufferObject, QOpenGLPaintDevice

GL_RENDERER = 0x1F01
SIDE = 64


def main() -> int:
    """One line of JSON: `renderer`, and whether it `draws` the colours it is told."""
    app = QGuiApplication(sys.argv[:1])
    context, surface = QOpenGLContext(), QOffscreenSurface()
    wanted = QSurfaceFormat.defaultFormat()
    wanted.setStencilBufferSize(8)
    context.setFormat(wanted)
    if not context.create():
        return 1
    surface.setFormat(context.format())
    surface.create()
    if not surface.isValid() or not context.makeCurrent(surface):
        return 1
    renderer = str(context.functions().glGetString(GL_RENDERER))
    whole = QOpenGLFramebufferObject.Attachment.CombinedDepthStencil
    buffer = QOpenGLFramebufferObject(QSize(SIDE, SIDE), whole)
    buffer.bind()
    tile = QImage(SIDE // 2, SIDE, QImage.Format.Format_RGB32)
    tile.fill(QColor("#2596d1"))
    device = QOpenGLPaintDevice(QSize(SIDE, SIDE))
    painter = QPainter(device)
    painter.fillRect(0, 0, SIDE, SIDE, Qt.GlobalColor.white)
    painter.drawImage(0, 0, tile)
    painter.end()
    drawn = buffer.toImage()
    buffer.release()
    left, right = drawn.pixelColor(SIDE // 4, SIDE // 2), drawn.pixelColor(SIDE - 4, SIDE // 2)
    draws = left.name() == "#2596d1" and right.name() == "#ffffff"
    sys.stdout.write(json.dumps({"renderer": renderer, "draws": draws}) + "\n")
    context.doneCurrent()
    del app
    return 0


if __name__ == "__main__":
    sys.exit(main())

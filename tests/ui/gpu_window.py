"""Run on a screen of its own: a map painted through OpenGL. Says in JSON what came of it.

    python -m tests.ui.gpu_window STATE.ini NAME

NAME: "good"; "fails": the third picture raises; "wrong": pictures lack the layers.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from PySide6.QtCore import QEventLoop, QSettings, QTimer
from PySide6.QtGui import QPaintEngine, QPainter
from PySide6.QtWidgets import QApplication, QLabel

from gisapp.io.gpu_probing import probe_gpu
from gisapp.ui.gpu_compositor import GpuMemory, compose_with_gpu
from gisapp.ui.map_widget import MapWidget
from tests.ui.map_setting import (
    RIVERS,
    make_setting,
    project_with,
    rivers,
    runner,
    scattered,
    table_of,
)

PICTURES = 40


class Spoilt(MapWidget):
    """Counts what is painted through OpenGL, and spoils it."""

    how = "good"
    painted = 0

    def paint_layers(self, painter: QPainter, marks: Any = None) -> None:
        if painter.paintEngine().type() == QPaintEngine.Type.OpenGL2:
            self.painted += 1
            if self.how == "fails" and self.painted == 3:
                raise RuntimeError("spoilt")
            if self.how == "wrong":
                painter.fillRect(self.rect(), 0xFF0000FF)
                return
        super().paint_layers(painter, marks)


def main() -> None:
    state = QSettings(sys.argv[1], QSettings.Format.IniFormat)
    Spoilt.how = sys.argv[2]
    app = QApplication(sys.argv[:1])
    driver = probe_gpu()
    if not driver:
        print(json.dumps({"driver": ""}))
        return
    GpuMemory(state).driver = driver
    _main, jobs = runner()
    setting = make_setting(jobs, project_with(table_of(scattered(400))), {RIVERS: rivers()})
    screen = Spoilt(setting.view, setting.desk)
    screen.resize(500, 400)
    card = QLabel("card", screen)
    card.setStyleSheet("background: #ff00ff; border-radius: 8px")
    card.setGeometry(20, 20, 90, 40)
    reasons: list[str] = []
    sheet = compose_with_gpu(screen, "on", state, jobs, reasons.append)
    screen.show()
    loop = QEventLoop()
    beat = QTimer(interval=10)
    turns = 0

    def turn() -> None:
        nonlocal turns
        turns += 1
        screen._moved(screen.camera.panned(3, 1) if turns < PICTURES else screen.camera)
        if turns > PICTURES + 5 and setting.view.complete:
            loop.quit()

    beat.timeout.connect(turn)
    beat.start()
    loop.exec()
    window = app.primaryScreen().grabWindow(screen.winId()).toImage()
    if len(sys.argv) > 3:
        window.save(sys.argv[3])
    told = {
        "driver": driver,
        "attached": sheet is not None,
        "painted": screen.painted,
        "composed": screen.painted_by is not None,
        "reasons": reasons,
        "refused": GpuMemory(state).refuses(driver),
        "trying": str(state.value("gpu/trying", "")),
        "card": window.pixelColor(65, 28).name(),
    }
    screen.painted_by, kept = None, screen.painted_by
    plain = screen.grab().toImage() if kept is None else _plain(screen)
    far = sum(
        abs(window.pixelColor(x, y).red() - plain.pixelColor(x, y).red()) > 60
        for x in range(120, 500, 3)
        for y in range(70, 400, 3)
    )
    told["differs"] = far
    print(json.dumps(told), flush=True)
    screen.close_map()
    setting.widget.close_map()
    setting.view.close()
    jobs.close()


def _plain(screen: MapWidget):
    """The same without OpenGL."""
    from PySide6.QtGui import QImage

    image = QImage(screen.size(), QImage.Format.Format_RGB32)
    painter = QPainter(image)
    screen.paint_on(painter, screen.rect())
    painter.end()
    return image


if __name__ == "__main__":
    main()

"""A start of the window on the sample project that says when what was there, and ends."""

from __future__ import annotations

import importlib
import json
import resource
import sys
import time
from pathlib import Path

importlib.import_module("gisapp.main")  # as every start does, before it knows what is wanted

from PySide6.QtCore import QSettings, QTimer  # noqa: E402

from gisapp.app.settings import Settings  # noqa: E402
from gisapp.ui.later import load_in_steps  # noqa: E402
from gisapp.ui.program import Program  # noqa: E402
from gisapp.ui.start import application, warm_up  # noqa: E402

REST = 0.5  # seconds without a new picture: all of the map is there


def main() -> None:
    sample, started = Path(sys.argv[1]), float(sys.argv[2])
    app = application()
    warm_up()
    state = QSettings(str(sample.parent / "state.ini"), QSettings.Format.IniFormat)
    program = Program(Settings(), lambda settings: None, state)
    program.window.show()
    load_in_steps(program, program.jobs)
    app.processEvents()
    times = {"window": time.time() - started, "drawn": 0.0}
    program.open_sample(sample)
    watch = QTimer(program, interval=50)

    def look() -> None:
        view = program.map_view
        if view is not None and not times["drawn"]:
            view.picture_ready.subscribe(lambda made: times.update(drawn=time.time() - started))
            times["drawn"] = -1.0
        if times["drawn"] > 0 and time.time() - started - times["drawn"] > REST:
            app.quit()

    watch.timeout.connect(look)
    watch.start()
    app.exec()
    program.window.close()
    program.close()
    times["memory_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(json.dumps(times) + "\n")


main()

"""From nothing to a window: the application, its settings, fonts and the first project."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import (
    QHashSeed,
    QLocale,
    QSettings,
    QStandardPaths,
    QTimer,
)
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from gisapp import __version__
from gisapp.app.compiled_loops import bring_in
from gisapp.app.jobs import Job
from gisapp.app.settings import Settings, read_settings, settings_text
from gisapp.io.crash_log import end_crash_log, start_crash_log
from gisapp.io.text_file import write_text
from gisapp.model.text import LANGUAGES, tr
from gisapp.render.qt_canvas import warm_up
from gisapp.ui.context import Message
from gisapp.ui.crash_report import CrashReports
from gisapp.ui.later import GarbageSearch, load_in_steps
from gisapp.ui.program import Program

COMPILED_AFTER = 3000  # ms after the start, when the first map is there; only then is compiled
SAMPLE_FOLDER = "gisapp sample basin"


def run_window(
    folder: Path | None, *, sample: bool = False, read_only: bool = False, language: str = ""
) -> int:
    """Show the window and stay until it is closed; the exit code of the application.

    `language` (as --lang says it) is used this time; empty: as chosen in the window.
    """
    app = application()
    config = Path(
        QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppConfigLocation)
    )
    left = start_crash_log(config)
    settings_file = config / "settings.toml"
    first = not settings_file.exists()
    settings, problems = read_settings(settings_file)
    if first and not QLocale.system().name().startswith("zh"):
        settings = Settings(language="en")
    if language in LANGUAGES:
        settings = replace(settings, language=language)  # type: ignore[arg-type]
    warm_up()

    def save(changed: Settings) -> None:
        write_text(settings_file, settings_text(changed))

    program = Program(settings, save, QSettings("gisapp", "gisapp"))
    reports = CrashReports(program.window)
    reports.install()
    program.window.show()
    load_in_steps(program, program.jobs)
    GarbageSearch(application())
    getting_ready = tr("Getting ready to draw faster")
    program.jobs.start(Job(getting_ready, lambda progress: bring_in(), quiet=True))
    QTimer.singleShot(COMPILED_AFTER, program.load_compiled)
    for problem in problems:
        program.say(Message(problem, "warning"))
    if left:
        program.say(Message(tr("The program ended unexpectedly last time. No edit was lost.")))
    if sample:
        QTimer.singleShot(0, lambda: program.open_sample(sample_place()))
    elif folder is not None:
        QTimer.singleShot(0, lambda: program.open(folder, read_only=read_only))
    code = app.exec()
    program.close()
    reports.remove()
    end_crash_log()
    return code


def application() -> QApplication:
    """The one application object, named so that its settings and folders have a place."""
    app = QApplication.instance()
    if isinstance(app, QApplication):
        return app
    QHashSeed.setDeterministicGlobalSeed()  # the parts of a PDF come in the order of hashes
    app = QApplication(sys.argv[:1])
    app.setApplicationName("gisapp")
    app.setApplicationVersion(__version__)
    app.setDesktopFileName("gisapp")
    app.setWindowIcon(QIcon())
    return app


def sample_place() -> Path:
    """Where the sample project is made: among the user's documents."""
    documents = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    return Path(documents) / SAMPLE_FOLDER

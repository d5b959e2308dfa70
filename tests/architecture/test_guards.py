"""A guard that never barks is no guard: each rule is broken in a copy, and must be caught.

All culprits of one checker stand in one copy, so the checker runs once; each must be named.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from tests.architecture.checkout import copy_sources, lint_imports, ruff


class Culprit(NamedTuple):
    path: str  # of the new file in the copy
    code: str
    said: str  # what the checker's report must hold


LAYERS = {
    "io imports its sibling render": Culprit(
        "gisapp/io/culprit_render.py",
        "import gisapp.render.camera\n",
        "gisapp.io.culprit_render -> gisapp.render.camera",
    ),
    "model imports app inside a function": Culprit(
        "gisapp/model/culprit_app.py",
        "def late():\n    import gisapp.app.store\n",
        "gisapp.model.culprit_app -> gisapp.app.store",
    ),
    "app imports ui": Culprit(
        "gisapp/app/culprit_ui.py",
        "import gisapp.ui.form\n",
        "gisapp.app.culprit_ui -> gisapp.ui.form",
    ),
    "app imports the api": Culprit(
        "gisapp/app/culprit_api.py",
        "import gisapp.api\n",
        "gisapp.app.culprit_api -> gisapp.api",
    ),
    "Qt in app": Culprit(
        "gisapp/app/culprit_qt.py",
        "import PySide6.QtCore\n",
        "gisapp.app.culprit_qt -> PySide6",
    ),
    "pyqtgraph in analysis": Culprit(
        "gisapp/analysis/culprit_plot.py",
        "def late():\n    import pyqtgraph\n",
        "gisapp.analysis.culprit_plot -> pyqtgraph",
    ),
    "Qt by the back door": Culprit(
        "gisapp/app/culprit_canvas.py",
        "import gisapp.render.qt_canvas\n",
        "gisapp.app.culprit_canvas -> gisapp.render.qt_canvas",
    ),
    "a reader of files in analysis": Culprit(
        "gisapp/analysis/culprit_file.py",
        "def late():\n    import rasterio\n",
        "gisapp.analysis.culprit_file -> rasterio",
    ),
    "SQLite in the window": Culprit(
        "gisapp/ui/culprit_sql.py",
        "import sqlite3\n",
        "gisapp.ui.culprit_sql -> sqlite3",
    ),
    "the window imports the command line": Culprit(
        "gisapp/ui/culprit_cli.py",
        "def late():\n    import gisapp.cli\n",
        "gisapp.ui.culprit_cli -> gisapp.cli",
    ),
    "a plugin imports app": Culprit(
        "gisapp_plugins/culprit/__init__.py",
        "import gisapp.app.store\n",
        "gisapp_plugins.culprit -> gisapp.app.store",
    ),
    "a plugin imports model": Culprit(
        "gisapp_plugins/culprit/sums.py",
        "from gisapp.model import table\n",
        "gisapp_plugins.culprit.sums -> gisapp.model.table",
    ),
    "a plugin's algorithm imports Qt": Culprit(
        "gisapp_plugins/culprit/algorithm.py",
        "from PySide6 import QtCore\n",
        "gisapp_plugins.culprit.algorithm -> PySide6",
    ),
    "a plugin's algorithm imports the panel's names": Culprit(
        "gisapp_plugins/culprit/other.py",
        "import gisapp.panel_api\n",
        "gisapp_plugins.culprit.other -> gisapp.panel_api",
    ),
    "gisapp imports a plugin": Culprit(
        "gisapp/app/culprit_plugin.py",
        "import gisapp_plugins.culprit\n",
        "gisapp.app.culprit_plugin -> gisapp_plugins.culprit",
    ),
}

STYLE = {
    "widgets outside ui": Culprit(
        "gisapp/app/widgets.py", "from PySide6.QtWidgets import QLabel\n", "TID251"
    ),
    "a slow import at module level": Culprit(
        "gisapp/io/slow.py", "import geopandas\n", "TID253"
    ),
    "an own import inside a function": Culprit(
        "gisapp/model/late.py", "def late():\n    from gisapp.model import table\n", "PLC0415"
    ),
    "print": Culprit("gisapp/app/loud.py", 'print("done")\n', "T201"),
    "a blind except": Culprit(
        "gisapp/app/blind.py", "try:\n    pass\nexcept Exception:\n    pass\n", "BLE001"
    ),
    "an f-string in a translation": Culprit(
        "gisapp/app/spoken.py",
        'from gisapp.model.text import tr\n\nn = 3\ntr(f"{n} rows")\n',
        "INT001",
    ),
    "format in a translation": Culprit(
        "gisapp/app/formed.py",
        'from gisapp.model.text import tr\n\ntr("{n} rows".format(n=3))\n',
        "INT002",
    ),
    "an import from the parent's side": Culprit(
        "gisapp/app/sideways.py", "from ..model import table\n", "TID252"
    ),
    "an old-fashioned type": Culprit(
        "gisapp/app/old.py", "from typing import List\n", "UP035"
    ),
    "widgets in a plugin's algorithm": Culprit(
        "plugins/culprit/algorithm.py", "from PySide6.QtWidgets import QLabel\n", "TID251"
    ),
}  # fmt: skip

STRANGERS = ("gisapp/utils/__init__.py", "gisapp/helpers.py")


def place(copy: Path, culprits: dict[str, Culprit]) -> None:
    for culprit in culprits.values():
        path = copy / culprit.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(culprit.code)


@pytest.fixture(scope="module")
def layer_report(tmp_path_factory: pytest.TempPathFactory) -> str:
    copy = copy_sources(tmp_path_factory.mktemp("layers") / "copy")
    (copy / "gisapp_plugins" / "culprit").mkdir()
    place(copy, LAYERS)
    return lint_imports(copy).stdout


@pytest.fixture(scope="module")
def style_report(tmp_path_factory: pytest.TempPathFactory) -> str:
    copy = copy_sources(tmp_path_factory.mktemp("style") / "copy")
    place(copy, STYLE)
    return ruff("check", "--output-format=concise", "--no-cache", ".", cwd=copy).stdout


@pytest.mark.parametrize("name", LAYERS)
def test_the_layer_guard_barks(layer_report: str, name: str) -> None:
    assert LAYERS[name].said in layer_report


@pytest.mark.parametrize("name", STYLE)
def test_the_style_guard_barks(style_report: str, name: str) -> None:
    culprit = STYLE[name]
    said = [line for line in style_report.splitlines() if line.startswith(culprit.path + ":")]
    assert any(f" {culprit.said} " in line for line in said), said


def test_a_new_folder_that_is_no_layer_is_refused(tmp_path: Path) -> None:
    copy = copy_sources(tmp_path / "copy")
    for stranger in STRANGERS:
        (copy / stranger).parent.mkdir(exist_ok=True)
        (copy / stranger).write_text("")
    done = lint_imports(copy)
    assert done.returncode != 0
    for name in ("gisapp.utils", "gisapp.helpers"):
        assert name in done.stdout


def test_gdal_beside_the_live_project_file_is_refused(tmp_path: Path) -> None:
    copy = copy_sources(tmp_path / "copy")
    with (copy / "gisapp" / "io" / "project_file.py").open("a") as file:
        file.write("\n\ndef late():\n    import pyogrio\n")
    done = lint_imports(copy)
    assert done.returncode != 0
    assert "gisapp.io.project_file -> pyogrio" in done.stdout

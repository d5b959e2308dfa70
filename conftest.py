"""For all tests, also those beside the plugins: what is always watched, and in which order."""

from __future__ import annotations

import os
import sys
import types
from pathlib import Path

import pytest

ROOT = Path(__file__).parent

# Before anything imports Qt. With GISAPP_TEST_DISPLAY the windows appear on the real display.
if not os.environ.get("GISAPP_TEST_DISPLAY"):
    os.environ["QT_QPA_PLATFORM"] = "offscreen"

pytest_plugins = ["pytester", "tests.leaks", "tests.log_watch", "tests.samples"]

# The lowest broken floor fails first.
FLOORS = ("model", "io", "render", "analysis", "app", "ui", "plugins", "stories", "architecture")

# A plugin's modules are imported as gisapp_plugins.<id>, wherever its folder lies.
if "gisapp_plugins" not in sys.modules:
    package = types.ModuleType("gisapp_plugins")
    package.__path__ = [str(ROOT / "plugins")]
    sys.modules["gisapp_plugins"] = package


def floor_of(path: Path) -> int:
    parts = path.relative_to(ROOT).parts if path.is_relative_to(ROOT) else path.parts
    names = parts[1:2] if parts[:1] == ("tests",) else parts[:1]
    floor = names[0] if names else ""
    return FLOORS.index(floor) if floor in FLOORS else FLOORS.index("stories")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        if "qapp" in fixtures:
            item.add_marker("gui")
        if "shared_data" in fixtures:
            item.add_marker("real_data")
    items.sort(key=lambda item: floor_of(item.path))

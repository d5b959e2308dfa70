"""Where the program keeps what belongs to one person on one machine, not to a project."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def config_folder() -> Path:
    """For what was allowed and chosen. GISAPP_CONFIG names another place."""
    return _folder(
        "GISAPP_CONFIG", "APPDATA", "~/Library/Preferences", "XDG_CONFIG_HOME", ".config"
    )


def cache_folder() -> Path:
    """For what can be fetched again. GISAPP_CACHE names another place."""
    return _folder("GISAPP_CACHE", "LOCALAPPDATA", "~/Library/Caches", "XDG_CACHE_HOME", ".cache")


def _folder(ours: str, windows: str, mac: str, xdg: str, home: str) -> Path:
    if given := os.environ.get(ours):
        return Path(given)
    if sys.platform == "win32":
        return Path(os.environ.get(windows, "~")).expanduser() / "gisapp"
    if sys.platform == "darwin":
        return Path(mac).expanduser() / "gisapp"
    return Path(os.environ.get(xdg) or f"~/{home}").expanduser() / "gisapp"

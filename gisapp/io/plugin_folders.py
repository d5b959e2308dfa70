"""Where plugins lie on the disk, and their manifests as data. Nothing is imported here."""

from __future__ import annotations

import os
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from gisapp.model.errors import PluginError
from gisapp.model.manifest import PluginManifest, parse_manifest
from gisapp.model.text import tr

MANIFEST = "plugin.toml"
LARGEST = 1_000_000  # bytes; a manifest is a page of text
_PACKAGE = Path(__file__).resolve().parents[1]


def builtin_manifest() -> PluginManifest:
    """What gisapp itself brings, in the words a plugin uses."""
    return read_manifest(_PACKAGE / "builtin.toml")


def read_manifest(path: Path) -> PluginManifest:
    """The manifest in a file. Raises PluginError when it cannot be read or says what it may not."""
    where = f"{path.parent.name}/{path.name}"
    try:
        if path.stat().st_size > LARGEST:
            raise ValueError(tr("it is too large"))
        data = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:  # TOML and UTF-8 mistakes are ValueErrors
        raise PluginError(
            tr("{where} cannot be read: {why}").format(where=where, why=error),
            hint=tr("The plugin is switched off; its author can correct the file plugin.toml."),
        ) from error
    return parse_manifest(data, where)


def plugin_folders() -> tuple[Path, ...]:
    """Where plugins are looked for: those that came with gisapp first, then the user's own."""
    brought = _PACKAGE / "bundled_plugins"
    if not brought.is_dir():  # a checkout
        brought = _PACKAGE.parent / "plugins"
    return (brought, user_plugin_folder())


def user_plugin_folder() -> Path:
    """Where a user puts plugins of their own; it need not exist."""
    if given := os.environ.get("GISAPP_PLUGINS"):
        return Path(given)
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA", "~")).expanduser() / "gisapp" / "plugins"
    if sys.platform == "darwin":
        return Path("~/Library/Application Support/gisapp/plugins").expanduser()
    return Path(os.environ.get("XDG_DATA_HOME") or "~/.local/share").expanduser() / "gisapp/plugins"


def manifest_files(folder: Path) -> Iterator[Path]:
    """The manifests in a folder of plugins, by name; none when the folder is not there."""
    yield from sorted(folder.glob(f"*/{MANIFEST}"))

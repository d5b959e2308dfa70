"""What a plugin says of itself in its plugin.toml: plain data, read without importing anything."""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gisapp.model.errors import PluginError
from gisapp.model.text import language, tr

API_VERSION = 1
KINDS = ("algorithm", "reader", "exporter", "style", "tool", "panel", "rule", "command")
BUILTIN = "gisapp"  # the id of what gisapp itself brings

_ID = re.compile(r"[a-z][a-z0-9_]{0,40}")
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,60}")
_KEYS = {"id", "title", "title_zh_CN", "version", "api", *KINDS}
_ENTRY_KEYS = {
    "title",
    "title_zh_CN",
    "object",
    "name",
    "formats",
    "patterns",
    "style",
    "kinds",
    "shortcut",
    "icon",
}


@dataclass(frozen=True, slots=True)
class Contribution:
    """One thing a plugin adds.

    `object` says where it is: `module:name`, the module counted from the plugin's folder, or,
    for gisapp's own, by its full name. `name` is what commands and tests call it.
    """

    plugin: str
    kind: str
    name: str
    title: str
    title_zh_CN: str  # noqa: N815  (named as in the manifests)
    object: str
    formats: tuple[str, ...] = ()  # of a reader: values of Source.format
    patterns: tuple[str, ...] = ()  # of a reader or exporter: file names such as *.gpkg
    style: str = ""  # of a painter: the Style it draws, `module:name`
    kinds: tuple[str, ...] = ()  # of a reader: what may come out, of vector, raster
    shortcut: str = ""
    icon: str = ""

    @property
    def caption(self) -> str:
        """The title in the user's language."""
        return (language() == "zh_CN" and self.title_zh_CN) or self.title


@dataclass(frozen=True, slots=True)
class PluginManifest:
    id: str
    title: str
    title_zh_CN: str  # noqa: N815
    version: str
    contributions: tuple[Contribution, ...]

    @property
    def caption(self) -> str:
        """The title in the user's language."""
        return (language() == "zh_CN" and self.title_zh_CN) or self.title


def parse_manifest(data: Mapping[str, Any], where: str) -> PluginManifest:
    """The manifest in the data of a TOML file; `where` names the file in messages.

    Raises PluginError for another API version and for anything a manifest may not say.
    """
    _only(data, _KEYS, where)
    if data.get("api") != API_VERSION:
        raise PluginError(
            tr("{where} is made for API {asked}, this program has {ours}").format(
                where=where, asked=data.get("api"), ours=API_VERSION
            ),
            hint=tr("Look for a version of the plugin that fits this program."),
        )
    plugin = _text(data, "id", where)
    if not _ID.fullmatch(plugin) or keyword.iskeyword(plugin):
        raise _bad(where, tr("the id {id} is not a plain lower-case name").format(id=repr(plugin)))
    contributions = tuple(
        _contribution(plugin, kind, entry, where)
        for kind in KINDS
        for entry in _tables(data, kind, where)
    )
    named: set[tuple[str, str]] = set()
    for c in contributions:
        if (c.kind, c.name) in named:
            raise _bad(where, tr("{kind} {name} is there twice").format(kind=c.kind, name=c.name))
        named.add((c.kind, c.name))
    return PluginManifest(
        plugin,
        _text(data, "title", where),
        _text(data, "title_zh_CN", where, ""),
        _text(data, "version", where),
        contributions,
    )


def _contribution(plugin: str, kind: str, entry: Any, where: str) -> Contribution:
    _only(entry, _ENTRY_KEYS, where)
    target = _target(entry, "object", where)
    name = _text(entry, "name", where, target.partition(":")[2].replace("_", "-").lower())
    if not _NAME.fullmatch(name):
        raise _bad(where, tr("{name} is not a plain name").format(name=repr(name)))
    return Contribution(
        plugin,
        kind,
        name,
        _text(entry, "title", where),
        _text(entry, "title_zh_CN", where, ""),
        target,
        _texts(entry, "formats", where),
        _texts(entry, "patterns", where),
        _target(entry, "style", where) if "style" in entry else "",
        _texts(entry, "kinds", where),
        _text(entry, "shortcut", where, ""),
        _text(entry, "icon", where, ""),
    )


def _target(entry: Mapping[str, Any], key: str, where: str) -> str:
    """`module:name` of identifiers only, so that nothing outside the plugin can be named."""
    target = _text(entry, key, where)
    module, colon, name = target.partition(":")
    if not colon or not all(part.isidentifier() for part in (*module.split("."), name)):
        raise _bad(where, tr("{target} is not module:name").format(target=repr(target)))
    return target


def _text(data: Mapping[str, Any], key: str, where: str, default: str | None = None) -> str:
    value = data.get(key, default)
    if not isinstance(value, str) or (default is None and not value.strip()):
        raise _bad(where, tr("{key} is missing or is not text").format(key=key))
    return value


def _texts(data: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
    value = data.get(key, [])
    if not isinstance(value, list) or not all(isinstance(v, str) and v for v in value):
        raise _bad(where, tr("{key} is not a list of texts").format(key=key))
    return tuple(value)


def _tables(data: Mapping[str, Any], kind: str, where: str) -> list[Any]:
    value = data.get(kind, [])
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise _bad(where, tr("write [[{kind}]], with two brackets").format(kind=kind))
    return value


def _only(data: Mapping[str, Any], keys: set[str], where: str) -> None:
    if unknown := sorted(set(data) - keys):
        raise _bad(where, tr("it does not know {key}").format(key=repr(unknown[0])))


def _bad(where: str, why: str) -> PluginError:
    return PluginError(
        tr("{where} is not a plugin's manifest: {why}").format(where=where, why=why),
        hint=tr("The plugin is switched off; its author can correct the file plugin.toml."),
    )

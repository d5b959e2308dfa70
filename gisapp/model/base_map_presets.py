"""Base maps known by name, as data: gisapp/standards/base_maps.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from gisapp.model.text import language

SERVERS = tuple(f"t{n}" for n in range(8))  # what {s} stands for in the addresses of 天地图
DEGREES, SQUARE = "EPSG:4490", "EPSG:3857"


@dataclass(frozen=True, slots=True)
class MapPublisher:
    """Who offers maps, and what its terms are."""

    id: str
    title: str
    attribution: str
    may_download: bool
    why_not: str
    test: tuple[int, int, int]  # zoom, column and row of a tile that is certainly there
    key_page: str = ""
    key_words: str = ""


@dataclass(frozen=True, slots=True)
class BaseMapPreset:
    id: str
    service: MapPublisher
    title: str
    url: str
    zooms: tuple[int, int]
    url_degrees: str = ""  # the same map in tiles of degrees
    over: str = ""  # the preset with the names that belong on top

    @property
    def needs_key(self) -> bool:
        return "{key}" in self.url

    @property
    def servers(self) -> tuple[str, ...]:
        return SERVERS if "{s}" in self.url else ()

    @property
    def addresses(self) -> tuple[str, ...]:
        return (self.url, self.url_degrees) if self.url_degrees else (self.url,)

    def address(self, crs: str) -> str:
        return self.url_degrees if crs == DEGREES and self.url_degrees else self.url


def presets() -> tuple[BaseMapPreset, ...]:
    """In the order of the file, in the language in use."""
    return _presets(language())


def preset(name: str) -> BaseMapPreset:
    """Raises KeyError."""
    return next((one for one in presets() if one.id == name), None) or _missing(name)


def _missing(name: str) -> BaseMapPreset:
    raise KeyError(name)


@lru_cache(maxsize=4)
def _presets(spoken: str) -> tuple[BaseMapPreset, ...]:
    data = tomllib.loads(files("gisapp").joinpath("standards", "base_maps.toml").read_text("utf-8"))

    def words(of: dict[str, Any], name: str) -> str:
        return str(of.get(f"{name}_{spoken}") or of.get(name, ""))

    services = {}
    for name, one in data["service"].items():
        terms = data["terms"][name]
        zoom, column, row = one["test"]
        services[name] = MapPublisher(
            name,
            words(one, "title"),
            terms["attribution"],
            terms["download"],
            words(terms, "why"),
            (zoom, column, row),
            one.get("key_page", ""),
            words(one, "key_words"),
        )
    return tuple(
        BaseMapPreset(
            one["id"],
            services[one["service"]],
            words(one, "title"),
            one["url"],
            (one["zooms"][0], one["zooms"][1]),
            one.get("url_c", ""),
            one.get("over", ""),
        )
        for one in data["map"]
    )

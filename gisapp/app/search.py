"""The one search box: commands, features by code and name, and places by coordinates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from gisapp.app.actions import Action, menu_title
from gisapp.app.feature_words import feature_title
from gisapp.app.identify import is_features
from gisapp.app.search_index import LayerIndex, find_in_texts
from gisapp.model.coordinates import format_place, parse_place
from gisapp.model.errors import ParameterError
from gisapp.model.features import FeatureId, FeatureSet
from gisapp.model.geometry import Point
from gisapp.model.layer import Layer, LayerId
from gisapp.model.progress import Progress, Silent
from gisapp.model.project import Project
from gisapp.model.survey import layer_title
from gisapp.model.text import tr
from gisapp.render.request import Data

Known = tuple[LayerIndex, frozenset[FeatureId]]  # and what was changed since it was made
Kind = Literal["place", "view", "command", "feature"]
PER_LAYER = 8  # features of one layer; a person reads no more
MOST = 30
_FIELDS = (
    "code_local", "code_national", "name", "name_en", "code", "title", "名称", "NAME",
    "river", "county", "township", "village", "landmark", "responsible_party",
)  # fmt: skip
_ENDINGS = ("_id", "_code", "_name")


@dataclass(frozen=True, slots=True)
class SearchResult:
    kind: Kind
    title: str
    note: str = ""
    rank: int = 0  # 0: exactly so, 1: begins so, 2: a word begins so, 3: somewhere in it
    action: str = ""
    layer: LayerId | None = None
    feature: FeatureId | None = None
    place: Point | None = None  # in the project's system
    bookmark: str = ""  # a view of the project, by its name


def find_place(text: str, crs: str) -> list[SearchResult]:
    """The place meant by coordinates, in any form people write them."""
    if sum(letter.isdigit() for letter in text) < 4:
        return []
    try:
        place = parse_place(text, crs)
    except ParameterError:
        return []
    title = tr("Go to {place}").format(place=format_place(place, crs))
    return [SearchResult("place", title, tr("Coordinates"), 0, place=place)]


def find_views(text: str, project: Project) -> list[SearchResult]:
    """Bookmarks of the project with the text in their names."""
    wanted = text.strip().lower()
    found = [
        SearchResult("view", one.name, tr("Bookmark"), _rank(wanted, low), bookmark=one.name)
        for one in project.bookmarks
        if wanted and wanted in (low := one.name.lower())
    ]
    return sorted(found, key=lambda one: one.rank)[:PER_LAYER]


def find_commands(text: str, actions: Iterable[Action]) -> list[SearchResult]:
    """Commands that can be used now and have every word of the text."""
    words = text.lower().split()
    found = []
    for action in actions:
        menu = menu_title(action.menu) if action.menu else ""
        whole = f"{action.text} {action.submenu} {menu} {action.id.replace('.', ' ')}".lower()
        if words and all(word in whole for word in words) and action.enabled():
            rank = 1 + _rank(text.lower(), action.text.lower())
            note = " · ".join(part for part in (tr("Command"), menu, *action.keys[:1]) if part)
            title = action.full_text
            found.append(SearchResult("command", title, note, min(rank, 3), action=action.id))
    return sorted(found, key=lambda one: (one.rank, len(one.title)))[:PER_LAYER]


def find_features(
    text: str,
    project: Project,
    data: Mapping[LayerId, Data],
    progress: Progress | None = None,
    known: Mapping[LayerId, Known] | None = None,
) -> list[SearchResult]:
    """Features whose code, name or place holds the text, or sounds so. Call it in a job.

    `known` are layers whose texts lie ready; all rows of others are looked through.
    """
    progress = progress or Silent()
    wanted = text.strip().lower()
    if not wanted:
        return []
    found: list[SearchResult] = []
    layers = [layer for layer in reversed(project.layers) if layer.id in data]
    layers.sort(key=lambda layer: layer.role == "candidates")  # after what was made of them
    for number, layer in enumerate(layers):
        progress.report(number / len(layers))
        source = data[layer.id]
        if is_features(source):
            ready = (known or {}).get(layer.id)
            if ready is not None:
                found += _in_index(wanted, layer, source, ready)
            else:
                found += _in_layer(wanted, layer, source, progress)
    return sorted(found, key=lambda one: one.rank)[:MOST]


def _in_layer(
    wanted: str, layer: Layer, data: FeatureSet, progress: Progress
) -> list[SearchResult]:
    best: dict[int, int] = {}  # number of the feature and rank
    for name in searched_fields(data):
        progress.report(0.5)
        for number, value in enumerate(data.column(name).tolist()):
            if isinstance(value, str) and wanted in (low := value.lower()):
                rank = _rank(wanted, low)
                if rank < best.get(number, 9):
                    best[number] = rank
    chosen = sorted(best, key=lambda number: (best[number], number))[:PER_LAYER]
    ids = data.ids_at(np.array(chosen, np.int64)).tolist()
    ranked = [(best[number], FeatureId(str(fid))) for number, fid in zip(chosen, ids, strict=True)]
    return _told(layer, data, ranked)


def _in_index(wanted: str, layer: Layer, data: FeatureSet, known: Known) -> list[SearchResult]:
    """What the index knows, and of the features changed since what they say now."""
    index, changed = known
    ranked = [(r, FeatureId(f)) for r, f in index.find(wanted, PER_LAYER, changed)]
    names = searched_fields(data)
    for fid in changed:
        row = data.row(fid)
        if row is not None:
            rank = find_in_texts(wanted, [str(row[n]) for n in names if row.get(n)])
            ranked += [(rank, fid)] if rank < 9 else []
    return _told(layer, data, sorted(ranked, key=lambda entry: entry[0])[:PER_LAYER])


def _told(
    layer: Layer, data: FeatureSet, ranked: Sequence[tuple[int, FeatureId]]
) -> list[SearchResult]:
    results = []
    for rank, fid in ranked:
        row = data.row(fid) or {}
        title = feature_title(layer, data, fid)
        beside = [str(row[f]) for f in searched_fields(data) if row.get(f)]
        note = " · ".join([layer_title(layer), *(word for word in beside if word != title)][:3])
        results.append(SearchResult("feature", title, note, rank, layer=layer.id, feature=fid))
    return results


def searched_fields(data: FeatureSet) -> Sequence[str]:
    """Fields that hold codes, names and places."""
    names = [field.name for field in data.fields if field.kind in ("text", "choice")]
    names = [name for name in names if name != "outfall_id"]  # nobody knows it
    return [n for n in names if n in _FIELDS or n.lower().endswith(_ENDINGS)][:9]


def _rank(wanted: str, value: str) -> int:
    if value == wanted:
        return 0
    if value.startswith(wanted):
        return 1
    return 2 if f" {wanted}" in value or f"-{wanted}" in value else 3

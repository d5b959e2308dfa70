"""Finding features by their texts at once, also by the sound of Chinese names.

The texts of a field lie one behind the other as numbers of characters. A search first looks for
its first letter everywhere, then only goes on where it was found. Chinese is also found by its
initials (`cjq` for 蔡家桥), by its full pinyin (`caijiaqiao`) and by both mixed (`cjqiao`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from gisapp.model.features import Column, FeatureId, FeatureSet
from gisapp.model.progress import Progress, Silent

Chars = npt.NDArray[np.uint16]
Numbers = npt.NDArray[np.int64]
AT_ONCE = 8192  # texts made ready in one go, so that other threads get their turn
FEW = 64  # of the best texts whose rows are looked up
_BREAKS = np.zeros(65_536, bool)
_BREAKS[[ord(sign) for sign in " -_/·()（）、，,"]] = True


@lru_cache(maxsize=1)
def syllables() -> Mapping[str, Chars]:
    """Characters by their toneless reading."""
    text = files("gisapp").joinpath("standards", "pinyin.tsv").read_text("utf-8")
    found = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            sound, characters = line.split("\t")
            found[sound] = np.array([ord(one) for one in characters], np.uint16)
    return found


@lru_cache(maxsize=512)
def _sounds(start: str) -> npt.NDArray[np.bool_]:
    """For each character whether one of its readings begins so: all 65,536."""
    out = np.zeros(65_536, bool)
    for sound, characters in syllables().items():
        if sound.startswith(start):
            out[characters] = True
    return out


@lru_cache(maxsize=512)
def _sound(whole: str) -> npt.NDArray[np.bool_]:
    out = np.zeros(65_536, bool)
    out[syllables()[whole]] = True
    return out


@dataclass(frozen=True, eq=False)
class TextIndex:
    """The different texts of one field. Text k is `chars[starts[k]:starts[k + 1] - 1]` (a zero
    ends it) and stands in the rows `rows[firsts[k]:firsts[k + 1]]`."""

    chars: Chars
    starts: Numbers
    rows: npt.NDArray[np.int32]
    firsts: Numbers
    chinese: bool
    frequent: Numbers  # how often each of the 65,536 characters stands in the texts

    @classmethod
    def of(cls, column: Column, progress: Progress | None = None) -> TextIndex:
        progress = progress or Silent()
        seen: dict[object, int] = {}
        codes = np.empty(len(column), np.int32)
        for at in range(0, len(column), AT_ONCE):
            progress.report(0.5 * at / len(column))
            some = column[at : at + AT_ONCE].tolist()
            codes[at : at + len(some)] = [seen.setdefault(value, len(seen)) for value in some]
        texts = list(seen)
        parts: list[Chars] = []
        starts = np.zeros(len(texts) + 1, np.int64)
        for at in range(0, len(texts), AT_ONCE):
            progress.report(0.5 + 0.5 * at / len(texts))
            coded = [
                (text.lower() if isinstance(text, str) else "").replace("\0", " ")
                for text in texts[at : at + AT_ONCE]
            ]
            joined = "\0".join(coded) + "\0"
            some_chars = np.frombuffer(joined.encode("utf-16-le", "replace"), np.uint16)
            ends = np.flatnonzero(some_chars == 0) + 1
            starts[at + 1 : at + 1 + len(coded)] = starts[at] + ends
            parts.append(some_chars)
        chars = np.concatenate(parts) if parts else np.empty(0, np.uint16)
        order = np.argsort(codes, kind="stable").astype(np.int32)
        firsts = np.zeros(len(texts) + 1, np.int64)
        np.cumsum(np.bincount(codes, minlength=len(texts)), out=firsts[1:])
        chinese = bool(((chars >= 0x4E00) & (chars <= 0x9FFF)).any())
        frequent = np.bincount(chars, minlength=65_536)
        return cls(chars, starts, order, firsts, chinese, frequent)

    def find(self, wanted: str, most: int) -> list[tuple[int, int]]:
        """Ranks and rows of the best: 0 the whole text, 1 begins so, 2 a word does, 3 in it."""
        low = wanted.strip().lower()
        if not low or not len(self.chars):
            return []
        places, ends = self._literal(low)
        found = self._ranked(places, ends, worst=0)
        letters = low.replace(" ", "").replace("'", "")
        if self.chinese and len(letters) > 1 and letters.isascii() and letters.isalpha():
            found += self._ranked(*self._by_sound(letters, self.starts[:-1]), worst=1)
            if len(found) < most:  # where no text begins so
                found += self._ranked(*self._by_sound(letters, None), worst=1)
        best: dict[int, int] = {}
        for rank, text in found:
            for row in self.rows[self.firsts[text] : self.firsts[text + 1]][:most].tolist():
                best[row] = min(rank, best.get(row, 9))
        return sorted((rank, row) for row, rank in best.items())[:most]

    def _literal(self, low: str) -> tuple[Numbers, Numbers]:
        """Where the letters stand; looked for from the one that is seldom."""
        codes = np.frombuffer(low.encode("utf-16-le", "replace"), np.uint16)
        seldom = int(np.argmin(self.frequent[codes]))
        places = np.flatnonzero(self.chars == codes[seldom]) - seldom
        places = places[(places >= 0) & (places + len(codes) <= len(self.chars))]
        for step, code in enumerate(codes.tolist()):
            if step != seldom:
                places = places[self.chars[places + step] == code]
        return places, places + len(codes)

    def _by_sound(self, letters: str, among: Numbers | None) -> tuple[Numbers, Numbers]:
        """Where the letters begin and end: each character takes its initial or a whole reading,
        the last one also the beginning of a reading."""
        begins = _sounds(letters[0])
        if among is None:
            among = np.flatnonzero(begins[self.chars])
        else:
            among = among[begins[self.chars[among]]]
        ahead: dict[int, list[tuple[Numbers, Numbers]]] = {0: [(among, among)]}
        ends: list[tuple[Numbers, Numbers]] = []
        for used in range(len(letters)):
            entries = ahead.pop(used, [])
            if not entries:
                continue
            first = np.concatenate([entry[0] for entry in entries])
            now = np.concatenate([entry[1] for entry in entries])
            rest = letters[used:]
            takes = {1: _sounds(rest[0])}
            takes |= {
                n: _sound(rest[:n]) for n in range(2, min(len(rest), 6) + 1)
                if rest[:n] in syllables()
            }  # fmt: skip
            if len(rest) > 1:
                takes[len(rest)] = _sounds(rest) | takes.get(len(rest), False)
            chars = self.chars[now]
            for taken, reading in takes.items():
                there = reading[chars]
                entry = (first[there], now[there] + 1)
                if len(entry[0]) and taken == len(rest):
                    ends.append(entry)
                elif len(entry[0]):
                    ahead.setdefault(used + taken, []).append(entry)
        if not ends:
            nothing = np.empty(0, np.int64)
            return nothing, nothing
        return np.concatenate([e[0] for e in ends]), np.concatenate([e[1] for e in ends])

    def _ranked(self, places: Numbers, ends: Numbers, worst: int) -> list[tuple[int, int]]:
        """Rank and number of the best texts; `worst` is the best rank there can be."""
        if not len(places):
            return []
        ahead = self.chars[places - 1]  # before the first text stands the end of the last one
        begins = ahead == 0
        whole = begins & (self.chars[ends] == 0)
        rank = np.where(whole, 0, np.where(begins, 1, np.where(_BREAKS[ahead], 2, 3)))
        rank = np.minimum(rank + worst, 3)
        found: list[tuple[int, int]] = []
        for one in range(worst, 4):
            some = places[rank == one]
            room = FEW - len(found)
            if len(some) > room:
                some = np.partition(some, room - 1)[:room]
            texts = np.searchsorted(self.starts, np.sort(some), "right") - 1
            found += [(one, text) for text in texts.tolist()]
            if len(found) >= FEW:
                break
        return found


@dataclass(frozen=True, eq=False)
class LayerIndex:
    """The searched fields of one snapshot of a layer's features."""

    data: FeatureSet
    fields: tuple[TextIndex, ...]

    @classmethod
    def of(
        cls, data: FeatureSet, names: Sequence[str], progress: Progress | None = None
    ) -> LayerIndex:
        return cls(data, tuple(TextIndex.of(data.column(name), progress) for name in names))

    def find(self, wanted: str, most: int, without: frozenset[FeatureId]) -> list[tuple[int, str]]:
        """Ranks and ids of the best features, those left out that were changed since."""
        best: dict[int, int] = {}
        for field in self.fields:
            for rank, row in field.find(wanted, most + len(without)):
                best[row] = min(rank, best.get(row, 9))
        chosen = sorted(best, key=lambda row: (best[row], row))
        ids = self.data.ids_at(np.array(chosen, np.int64)).tolist()
        kept = [(best[row], str(fid)) for row, fid in zip(chosen, ids, strict=True)]
        return [entry for entry in kept if entry[1] not in without][:most]


def find_in_texts(wanted: str, texts: Iterable[str]) -> int:
    """The best rank of a few texts; 9 when none holds it."""
    column = np.empty(len(listed := list(texts)), object)
    column[:] = listed
    found = TextIndex.of(column).find(wanted, 1)
    return found[0][0] if found else 9

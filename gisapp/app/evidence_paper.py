"""The file of an outfall for printing (一口一档): what stands on its pages, and its map."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

from gisapp.app.evidence_page import HIDDEN, change_words, fields_of, value_words
from gisapp.app.feature_words import group_title
from gisapp.app.ledger import MAKER
from gisapp.io.photo_files import photo_path
from gisapp.io.photo_pictures import small_picture
from gisapp.model.coordinates import format_place
from gisapp.model.crs import CGCS2000, metres_per_unit, transform_point
from gisapp.model.errors import GisError
from gisapp.model.geometry import Point
from gisapp.model.layer import LayerId
from gisapp.model.progress import Progress
from gisapp.model.project import Project
from gisapp.model.style import Style
from gisapp.model.survey import HISTORY, OUTFALL_TABLE, PHOTOS, table_title
from gisapp.model.text import tr
from gisapp.render.camera import Camera
from gisapp.render.canvas import Canvas, Draw, Press
from gisapp.render.evidence_sheet import (
    A4,
    EvidencePhoto,
    EvidenceText,
    Pair,
    evidence_sheets,
    map_size,
)
from gisapp.render.request import Data, Painter, RenderRequest

RESOLUTION = 150.0  # dots an inch of pictures and photos
SCALE = 5_000.0  # of the map
ONLINE = ("xyz", "wmts", "wms")
FACTS = ("code_national", "code_local", "name", "category", "state", "county", "town", "river",
         "bank", "discharging", "responsible_party", "permit_no", "responsible_body",
         "deadline")  # fmt: skip


def printed_project(project: Project) -> Project:
    """The project without maps from servers: a pack of many outfalls asks none, and is the same
    tomorrow."""
    layers = (
        replace(one, visible=one.visible and one.source.format not in ONLINE)
        for one in project.layers
    )
    return replace(project, layers=tuple(layers))


@dataclass(frozen=True, eq=False)
class EvidencePaper:
    """What pages are made with: a `printed_project`, data of its layers, painters, a press."""

    project: Project
    folder: Path
    data: Mapping[LayerId, Data]
    painters: Mapping[type[Style], Painter]
    press: Press

    def pages(
        self, record: Mapping[str, Any], history: Sequence[Mapping[str, Any]], progress: Progress
    ) -> Sequence[Draw]:
        """What draws the pages of one outfall; `record` and `history` as in an evidence pack."""
        words = self._words(record, history)
        return evidence_sheets(words, self._map(record["place"]), RESOLUTION, progress)

    def printed(self, draws: Sequence[Draw], progress: Progress) -> bytes:
        """A PDF of these pages: the same pages, the same bytes."""

        def counted(number: int, draw: Draw, canvas: Canvas) -> None:
            progress.report(number / len(draws))
            draw(canvas)

        listed = [partial(counted, number, draw) for number, draw in enumerate(draws)]
        return self.press.pdf_pages(A4, RESOLUTION, listed)

    def _map(self, place: Mapping[str, Any] | None) -> RenderRequest | None:
        """Everything that is visible around the outfall, north up."""
        if place is None:
            return None
        crs = self.project.crs
        try:
            middle = transform_point(Point(place["lon"], place["lat"]), CGCS2000, crs)
        except GisError:
            return None
        metres = SCALE * 0.0254 / RESOLUTION  # on the ground for a dot
        resolution = metres / metres_per_unit(crs, middle)
        camera = Camera(middle, resolution, map_size(RESOLUTION), crs, RESOLUTION / 96)
        if not camera.is_sound:
            return None
        return RenderRequest(camera, self.project.layers, self.data, self.painters)

    def _words(
        self, record: Mapping[str, Any], history: Sequence[Mapping[str, Any]]
    ) -> EvidenceText:
        row, title = record["outfall"], str(record["title"])
        name = str(row.get("name") or "")
        about = [name if name != title else "", tr("File of the outfall"), self.project.title]
        return EvidenceText(
            title=title,
            subtitle=" · ".join(part for part in about if part),
            facts_title=group_title("identity"),
            facts=tuple(self._facts(record)),
            sections=tuple(self._sections(record)),
            photos_title=table_title(PHOTOS),
            photos=tuple(self._photos(record["photos"])),
            no_picture=tr("This file cannot be shown as a picture"),
            history_title=tr("History"),
            history=tuple(self._history(history)),
            no_place=tr("The place of this outfall is not known"),
            foot=f"{tr('Id')} {record['id']} · {MAKER}",
        )

    def _history(self, history: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str, str]]:
        """One line an entry of the log, whatever rows of the record it touched."""
        for _, group in groupby(history, key=lambda change: change["number"]):
            changes = list(group)
            said = (words for change in changes for words in change_words(self.project, change))
            first = changes[0]
            at, who = str(first["at"])[:19].replace("T", " "), str(first["who"])
            yield at, who, "; ".join(dict.fromkeys(said))

    def _facts(self, record: Mapping[str, Any]) -> Iterator[Pair]:
        fields, row = fields_of(self.project, OUTFALL_TABLE), record["outfall"]
        for name in FACTS:
            if name in fields and row.get(name) not in (None, ""):
                yield fields[name].caption, value_words(fields[name], row[name])
        place = record["place"]
        if place is not None:
            at = Point(place["lon"], place["lat"])
            yield tr("Place"), f"{at.x:.6f}, {at.y:.6f}"
            yield "", format_place(at, CGCS2000)

    def _sections(self, record: Mapping[str, Any]) -> Iterator[tuple[str, tuple[Pair, ...]]]:
        """The record's own groups, then the related rows, the newest first."""
        fields, row = fields_of(self.project, OUTFALL_TABLE), record["outfall"]
        for group in dict.fromkeys(field.group for field in fields.values()):
            own = {n: f for n, f in fields.items() if f.group == group and n not in FACTS}
            pairs = tuple(_pairs(own, row))
            if pairs:
                yield group_title(group), pairs
        for table, rows in record["related"].items():
            if table == HISTORY:
                continue  # the history at the end says the same with more
            fields = fields_of(self.project, table)
            for number, one in enumerate(rows):
                pairs = tuple(_pairs(fields, one))
                count = f" {len(rows) - number}" if len(rows) > 1 else ""
                if pairs:
                    yield table_title(table) + count, pairs

    def _photos(self, photos: Sequence[Mapping[str, Any]]) -> Iterator[EvidencePhoto]:
        for number, photo in enumerate(photos, 1):
            facts = [str(photo.get("taken_at") or "").replace("T", " "), photo.get("original_name")]
            words = " · ".join([str(number), *(str(fact) for fact in facts if fact)])
            try:
                path = photo_path(self.folder, str(photo["file"]))
            except GisError:
                yield EvidencePhoto(words, "", lambda wide, tall: None)
                continue
            seal = f"SHA-256 {photo['sha256']}"
            yield EvidencePhoto(words, seal, partial(small_picture, path))


def _pairs(fields: Mapping[str, Any], row: Mapping[str, Any]) -> Iterator[Pair]:
    for name, field in fields.items():
        value = row.get(name)
        if name not in HIDDEN and value not in (None, ""):
            unit = f" {field.unit}" if field.unit else ""
            yield field.caption, f"{value_words(field, value)}{unit}"

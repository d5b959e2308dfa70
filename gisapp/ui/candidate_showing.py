"""Evidence of candidates, made on workers: of the one shown, and of the next before it is asked."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSize, QTimer
from PySide6.QtGui import QImage, QImageReader

from gisapp.app.base_maps import is_base_map
from gisapp.app.candidate_evidence import Evidence, evidence_of
from gisapp.app.candidate_search import thermal_layers
from gisapp.app.candidate_table import Candidate
from gisapp.app.identify import is_raster
from gisapp.app.jobs import Job
from gisapp.io.file_kinds import MOSAIC
from gisapp.io.thermal_layers import is_raster as is_raster_format
from gisapp.io.tile_raster import TileRaster
from gisapp.model.features import FeatureId
from gisapp.model.geometry import Extent, Size
from gisapp.model.layer import Layer, LayerId
from gisapp.model.progress import Progress
from gisapp.model.style import PictureStyle
from gisapp.model.text import tr
from gisapp.render.request import Raster
from gisapp.ui.candidate_pictures import image_of
from gisapp.ui.context import WindowContext
from gisapp.ui.layer_facts import data_of

PICTURE = Size(420, 320)  # pixels of a cut-out; twice what it is shown in
KEPT = 64  # candidates
SOON = 300  # ms until tiles that came are looked at together


@dataclass(frozen=True, eq=False)
class Shown:
    """Evidence with its pictures as the window draws them."""

    evidence: Evidence
    thermal: QImage
    visible: QImage


class Showing:
    """`loaded` is told the candidate whose evidence is there now. On the main thread."""

    def __init__(self, context: WindowContext, loaded: Callable[[FeatureId], None]) -> None:
        self._context, self._told = context, loaded
        self._kept: OrderedDict[FeatureId, Shown] = OrderedDict()
        self._state: object = None
        self._open = True
        self._wanted: tuple[Candidate, Candidate | None, str] | None = None
        self._heard: dict[int, Any] = {}  # base maps that tell when more of them came
        self._later = QTimer(singleShot=True, interval=SOON)
        self._later.timeout.connect(self._look_again)

    def close(self) -> None:
        self._open = False
        self._later.stop()
        for base in self._heard.values():
            base.arrived.remove(self._came)
        self._heard.clear()

    def of(self, fid: FeatureId) -> Shown | None:
        return self._kept.get(fid)

    def evidence_of(self, fid: FeatureId) -> Evidence | None:
        found = self._kept.get(fid)
        return found.evidence if found is not None else None

    def layer_arrived(self, layer: LayerId) -> None:
        """More can be seen than before."""
        if self._wanted is not None:
            self.show(*self._wanted)

    def show(self, candidate: Candidate, following: Candidate | None, flight: str) -> None:
        """Ask for the evidence of one, and then of the one that follows."""
        self._wanted = (candidate, following, flight)
        self._forget_if_other()
        for one, name in ((candidate, "evidence"), (following, "next evidence")):
            if one is not None and one.fid not in self._kept:
                self._ask(one, flight, name)

    def _came(self, extent: Extent, crs: str) -> None:
        """From any thread: more of a base map is here."""
        self._context.deliver(self._ask_later)

    def _ask_later(self) -> None:
        if self._open and not self._later.isActive():
            self._later.start()

    def _look_again(self) -> None:
        """Cut-outs that lacked some of the base map are made anew."""
        lacking = [fid for fid, shown in self._kept.items() if shown.evidence.partly]
        for fid in lacking:
            del self._kept[fid]
        if lacking and self._wanted is not None:
            self.show(*self._wanted)

    def _forget_if_other(self) -> None:
        """Layers that are loaded now, and outfalls that are there now, decide what is seen."""
        thermals, visibles = self._layers()
        bases = self._base_maps()
        outfalls = self._context.workspace.store.project.tables.get("outfalls")
        state = (
            tuple((one.source, one.style, id(data)) for one, data in thermals + visibles + bases),
            id(outfalls),
        )
        if state != self._state:
            self._kept.clear()
            self._state = state

    def _layers(self) -> tuple[list[tuple[Layer, Raster]], list[tuple[Layer, Raster]]]:
        project = self._context.workspace.store.project
        pictures = [
            layer
            for layer in reversed(project.layers)
            if isinstance(layer.style, PictureStyle)
            and (is_raster_format(layer.source.format) or layer.source.format == MOSAIC)
        ]
        return self._loaded(thermal_layers(project)), self._loaded(pictures)

    def _base_maps(self) -> list[tuple[Layer, Any]]:
        """Those that the map shows, the topmost first."""
        found = []
        for layer in reversed(self._context.workspace.store.project.layers):
            data: Any = data_of(self._context, layer) if layer.visible else None
            if is_base_map(layer) and isinstance(data, TileRaster):
                found.append((layer, data))
                if id(data) not in self._heard:
                    self._heard[id(data)] = data
                    data.arrived.append(self._came)
        return found

    def _loaded(self, layers: list[Layer]) -> list[tuple[Layer, Raster]]:
        found = []
        for layer in layers:
            data = data_of(self._context, layer)
            if is_raster(data):
                found.append((layer, data))
        return found

    def _ask(self, candidate: Candidate, flight: str, name: str) -> None:
        (thermals, visibles), bases = self._layers(), self._base_maps()
        project, folder = self._context.workspace.store.project, self._context.folder
        state = self._state

        def work(progress: Progress) -> Shown:
            found = evidence_of(
                candidate, thermals, visibles, bases, project, folder, flight, PICTURE, progress
            )
            thermal, visible = QImage(), QImage()
            if found.thermal is not None:
                thermal = image_of(found.thermal)
            elif found.kept:
                thermal = QImage.fromData(found.kept)
            if found.visible is not None:
                visible = image_of(found.visible)
            elif found.twin is not None:
                visible = _small(found.twin)
            return Shown(found, thermal, visible)

        def done(made: Shown) -> None:
            if self._open and state is self._state:
                self._kept[candidate.fid] = made
                while len(self._kept) > KEPT:
                    self._kept.popitem(last=False)
                self._told(candidate.fid)

        job = Job(tr("Cut-outs of {candidate}").format(candidate=candidate.name), work, quiet=True)
        job.done.subscribe(done)
        self._context.jobs.start(job, instead_of=name)


def _small(path: Path) -> QImage:
    """A large picture in the size it is shown in; JPEGs are decoded small."""
    reader = QImageReader(str(path))
    reader.setAutoTransform(True)
    size = reader.size()
    if size.isValid() and size.width() > 2 * PICTURE.width:
        factor = 2 * PICTURE.width / size.width()
        reader.setScaledSize(QSize(round(size.width() * factor), round(size.height() * factor)))
    return reader.read()

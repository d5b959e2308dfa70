"""One picture a layer, kept, so that a change paints only what it changes.

A restyled layer is painted anew and laid between the others as they are. Among very many
points, an edit of a few paints only the small squares around where they were and are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from gisapp.model.errors import GisError
from gisapp.model.features import FeatureId, Shapes
from gisapp.model.geometry import Pixel, Size
from gisapp.model.layer import Layer, LayerId
from gisapp.model.progress import Progress
from gisapp.model.style import PointStyle, Style
from gisapp.model.table import GEOMETRY, FeatureTable
from gisapp.render.camera import Camera
from gisapp.render.canvas import Canvas, Image, Press
from gisapp.render.labels import Label, measure_of, place_labels, write_labels
from gisapp.render.parts import in_view
from gisapp.render.request import Data, RenderRequest
from gisapp.render.room import MANY

FEW = 50  # changed features; for more, the whole layer is painted
MEMORY = 400_000_000  # bytes of kept pictures; beyond it the layers are painted into one

Changed = Mapping[LayerId, frozenset[FeatureId]]
Box = tuple[int, int, int, int]  # left, top, right, bottom, in pixels


@dataclass(frozen=True, eq=False)
class Painted:
    """A layer as it was painted."""

    style: Style
    data: Data
    image: Image


@dataclass(frozen=True, eq=False)
class Picture:
    camera: Camera
    layers: tuple[tuple[LayerId, float], ...]  # and their opacity, first at the bottom
    image: Image
    painted: Mapping[LayerId, Painted]
    labels: tuple[Label, ...] = ()
    failed: tuple[tuple[Layer, GisError], ...] = ()


class LayerPictures:
    """`keep` on the main thread; `paint` on any thread, it reads the last picture kept."""

    def __init__(self, press: Press) -> None:
        self._press = press
        self._last: Picture | None = None

    def keep(self, picture: Picture) -> None:
        self._last = picture

    def paint(self, request: RenderRequest, changed: Changed, progress: Progress) -> Picture:
        """Paint what differs from the last picture: `changed` names the features that do."""
        last = self._last if self._last and self._last.camera == request.camera else None
        painted: dict[LayerId, Painted] = {}
        for layer in request.layers:
            old = last.painted.get(layer.id) if last else None
            if old and old.style == layer.style and old.data is request.data[layer.id]:
                painted[layer.id] = old
        failed: list[tuple[Layer, GisError]] = []
        repainted: dict[LayerId, tuple[Box, ...] | None] = {}  # None: all of it
        for done, layer in enumerate(request.layers):
            progress.report(done / len(request.layers), layer.name)
            data = request.data[layer.id]
            if layer.id in painted:
                continue
            old = last.painted.get(layer.id) if last else None
            boxes = _damage(layer, old, data, request.camera, changed.get(layer.id))
            try:
                if boxes is None or old is None:
                    image = self._layer(layer, request, request.camera, progress)
                else:
                    image = self._mended(old.image, boxes, layer, request, progress)
            except GisError as error:
                failed.append((layer, error))
                continue
            repainted[layer.id] = boxes
            painted[layer.id] = Painted(layer.style, data, image)
        layers = tuple((la.id, la.opacity) for la in request.layers if la.id in painted)
        damage = [box for boxes in repainted.values() for box in boxes or ()]
        kept = self._last.labels if self._last and last is None else ()  # the map is moved
        labels = self._placed(request, kept, progress)
        same = last is not None and last.layers == layers and last.labels == labels
        if last and same and None not in repainted.values():
            image = last.image
            if damage:
                image = image.copy()
                for box in damage:
                    _cut(image, box)[:] = self._composed(
                        request.camera, layers, painted, labels, box
                    )
        else:
            image = self._composed(
                request.camera, layers, painted, labels, (0, 0, *request.camera.size)
            )
        size = request.camera.size
        if len(painted) * size.width * size.height * 4 > MEMORY:
            painted = {}
        return Picture(request.camera, layers, image, painted, labels, tuple(failed))

    def _placed(
        self, request: RenderRequest, kept: tuple[Label, ...], progress: Progress
    ) -> tuple[Label, ...]:
        labels: tuple[Label, ...] = ()

        def measured(canvas: Canvas) -> None:
            nonlocal labels
            labels = place_labels(request, measure_of(canvas), kept, progress)

        self._press.picture(Size(1, 1), measured)
        return labels

    def _layer(
        self, layer: Layer, request: RenderRequest, camera: Camera, progress: Progress
    ) -> Image:
        painter = request.painters.get(type(layer.style))

        def draw(canvas: Canvas) -> None:
            if painter is not None:
                painter(layer, request.data[layer.id], camera, canvas, progress)

        return self._press.picture(camera.size, draw)

    def _mended(
        self,
        image: Image,
        boxes: Iterable[Box],
        layer: Layer,
        request: RenderRequest,
        progress: Progress,
    ) -> Image:
        assert isinstance(layer.style, PointStyle)
        plain = replace(layer, style=replace(layer.style, label="", inside=""))
        image = image.copy()
        for box in boxes:
            left, top, right, bottom = box
            part = request.camera.part(left, top, right - left, bottom - top)
            _cut(image, box)[:] = self._layer(plain, request, part, progress)
        return image

    def _composed(
        self,
        camera: Camera,
        layers: tuple[tuple[LayerId, float], ...],
        painted: Mapping[LayerId, Painted],
        labels: tuple[Label, ...],
        box: Box,
    ) -> Image:
        def draw(canvas: Canvas) -> None:
            for layer, opacity in layers:
                with canvas.layer(opacity) as sheet:
                    sheet.image(_cut(painted[layer].image, box), Pixel(0, 0), 1)
            with canvas.frame(Pixel(-left, -top), Size(right, bottom)) as whole:
                write_labels(whole, labels, camera)

        left, top, right, bottom = box
        return self._press.picture(Size(right - left, bottom - top), draw)


def _cut(image: Image, box: Box) -> Image:
    left, top, right, bottom = box
    return image[top:bottom, left:right]


def _damage(
    layer: Layer,
    old: Painted | None,
    data: Data,
    camera: Camera,
    changed: frozenset[FeatureId] | None,
) -> tuple[Box, ...] | None:
    """The squares that a change of few among many points can have touched; None: all."""
    if (
        old is None
        or not changed
        or len(changed) > FEW
        or old.style != layer.style
        or not isinstance(layer.style, PointStyle)
        or not isinstance(data, FeatureTable)
        or not isinstance(old.data, FeatureTable)
        or old.data.crs != data.crs
        or len(in_view(data.shapes_in(camera.crs), camera, 0)) <= 2 * MANY  # labels may be there
    ):
        return None
    places = [
        (row[GEOMETRY].x, row[GEOMETRY].y)
        for table in (old.data, data)
        for row in map(table.row, changed)
        if row is not None and row[GEOMETRY] is not None and not row[GEOMETRY].is_empty
    ]
    own = Shapes("point", np.array(places, np.float64).reshape(-1, 2), _NONE, _NONE)
    at = camera.to_pixels(own.transformed(data.crs, camera.crs).coords)
    room = layer.style.size * camera.pixel_ratio + 2
    boxes = []
    for x, y in at.tolist():
        left, right = max(0, int(x - room)), min(camera.size.width, int(x + room) + 1)
        top, bottom = max(0, int(y - room)), min(camera.size.height, int(y + room) + 1)
        if left < right and top < bottom:
            boxes.append((left, top, right, bottom))
    return tuple(dict.fromkeys(boxes))


_NONE = np.empty(0, np.int64)

"""The map without its widget: camera, store and threads in; squares of the picture out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count
from time import monotonic
from typing import Literal

from gisapp.app.drawing_threads import Piece, Ready
from gisapp.app.events import Event
from gisapp.app.jobs import JobRunner
from gisapp.app.map_labels import Labels, has_labels, labels_of
from gisapp.app.seen_changes import edited_features, shows_another
from gisapp.app.store import Change, Store
from gisapp.app.tile_pictures import Composed, Stack, TilePictures
from gisapp.model.edit import Edit
from gisapp.model.errors import GisError
from gisapp.model.features import FeatureId
from gisapp.model.geometry import Extent
from gisapp.model.layer import TABLE, Layer, LayerId
from gisapp.model.progress import Progress
from gisapp.model.project import Project
from gisapp.model.style import Style
from gisapp.model.text import tr
from gisapp.render.camera import Camera
from gisapp.render.canvas import Press
from gisapp.render.label_words import Place
from gisapp.render.request import Data, Painter, RenderRequest
from gisapp.render.tiles import Coarse, Frame, TilePlace

OpenData = Callable[[Layer], Data | None]  # None: not there yet; refresh when it is
MEMORY = 512_000_000  # bytes
AFTER_THE_VIEW = 1000.0  # rank of what may be needed soon, behind the squares of all views
BEFORE_THE_REST = 900.0  # rank of labels
FIRST = -1.0  # rank of a coarse picture of the whole view
SLOW = 0.4  # seconds that a view may take; if it is likely to take longer a coarse one comes first

Stage = Literal["squares", "labels", "complete"]


class MapView:
    """Use on the main thread. Painting happens on the threads for drawing, square by square.

    `frame` holds what is there of the present view. The squares come from the middle outward;
    when all are there the labels are placed, and then the picture is complete.
    """

    def __init__(
        self,
        store: Store,
        jobs: JobRunner,
        painters: Mapping[type[Style], Painter],
        open_data: OpenData,
        press: Press,
        camera: Camera,
        *,
        shown: Callable[[Layer], bool] | None = None,
        pictures: TilePictures | None = None,
        memory: int = MEMORY,
        ground: int = 0,
    ) -> None:
        """`shown` chooses among the visible layers; `memory` in bytes of pictures to be kept;
        `ground`: see `lie_on`."""
        self._store, self._jobs, self._painters = store, jobs, painters
        self._open, self._press, self._camera = open_data, press, camera
        self._shows = shown
        self.sieve: Callable[[Layer, Data], Data] | None = None  # a part of what a layer has
        self._pictures = pictures or TilePictures(press, painters, memory)
        self._squares = jobs.drawing.queue(self._squares_came)
        self._writing = jobs.drawing.queue(self._labels_came)
        self._trials: dict[LayerId, Layer] = {}
        self._selected: Mapping[LayerId, frozenset[FeatureId]] = {}
        self._ground = ground
        self._stack = Stack((), ())
        self._serial = 0  # of the stack: pieces for an older one are not wanted any more
        self._serials = count(1)
        self._right: set[TilePlace] = set()  # squares of the frame that show the present stack
        self._missing: set[TilePlace] = set()
        self._around: list[tuple[float, TilePlace]] = []  # to be painted when there is time
        self._labels: Labels | None = None
        self.covered: tuple[Place, ...] = ()  # pixels of the view where cards hide names
        self._resting: Camera | None = None  # where the map came to rest last
        self._said: set[tuple[LayerId, str]] = set()
        self._again = False
        self._pace = 0.0  # seconds that squares took lately
        self._stage: Stage = "complete"
        self.frame = Frame(camera, self._pictures.grids.of(camera), {})
        self.last: Frame | None = None  # the newest that was complete, of this scale or another
        self.tiles_changed: Event[None] = Event()  # there is more to show
        self.layers_ready: Event[Frame] = Event()  # all squares are there, labels may come yet
        self.picture_ready: Event[Frame] = Event()  # and the labels
        self.camera_changed: Event[Camera] = Event()
        self.layer_failed: Event[tuple[Layer, GisError]] = Event()  # left out of the picture
        self._leave = [
            store.changed.subscribe(self._project_changed),
            self._pictures.more.subscribe(self._more_came),
        ]

    def another(self, shown: Callable[[Layer], bool] | None = None) -> MapView:
        """A second view of the same map, of other layers perhaps; what is painted is shared."""
        same = self._store, self._jobs, self._painters, self._open, self._press, self._camera
        made = MapView(*same, shown=shown, pictures=self._pictures, ground=self._ground)
        made.sieve = self.sieve
        return made

    @property
    def camera(self) -> Camera:
        return self._camera

    @camera.setter
    def camera(self, camera: Camera) -> None:
        if camera != self._camera and camera.is_sound:
            self._camera = camera
            self.camera_changed(camera)
            self.refresh()

    @property
    def complete(self) -> bool:
        """Whether the frame is all of the picture of the present camera and project."""
        return self.frame.complete

    def try_out(self, *layers: Layer | None) -> None:
        """Draw layers otherwise than the project has them, while a hand is still on a slider."""
        trials = {layer.id: layer for layer in layers if layer is not None}
        if trials != self._trials:
            self._trials = trials
            self.refresh()

    def show_layers(self, shown: Callable[[Layer], bool] | None) -> None:
        """Choose other layers among the visible ones; None: all of them."""
        self._shows = shown
        self.refresh()

    def prefer(self, selected: Mapping[LayerId, frozenset[FeatureId]]) -> None:
        """Features whose labels come before all others."""
        if selected != self._selected:
            self._selected = selected
            self.refresh()

    def keep_at_most(self, memory: int) -> None:
        """So many bytes of pictures, of all views that share them."""
        self._pictures.memory.limit = memory

    def settle(self) -> None:
        """The map has come to rest: names that its edge cuts are placed anew or left out."""
        self._resting = self._camera
        if self._stage == "complete" and self._labels_are_cut():
            self._stage = "labels"
            self._label()

    def _labels_are_cut(self) -> bool:
        made = self._labels
        rests = self._resting == self._camera
        return made is not None and rests and made.cut_by(self._camera, self.covered)

    def lie_on(self, ground: int) -> None:
        """The lowest layer may be painted on this opaque colour (0xAARRGGBB), so that whoever shows
        the squares has less to mix; 0: it is not. Nobody may count on it: it is for speed."""
        if ground != self._ground:
            self._ground = ground
            self.refresh()

    def close(self) -> None:
        """Hear nothing more of the store, and stop what is being drawn."""
        for leave in self._leave:
            leave()
        self._leave.clear()
        self._squares.close()
        self._writing.close()

    def shown(self) -> tuple[tuple[Layer, Data], ...]:
        """What is drawn, first at the bottom: visible layers whose data is there."""
        project = self._store.project
        found = []
        for layer in project.layers:
            layer = self._trials.get(layer.id, layer)
            if layer.visible and (self._shows is None or self._shows(layer)):
                table = project.table_of(layer)
                data = self._open(layer) if table is None else table
                if data is not None:
                    found.append((layer, self.sieve(layer, data) if self.sieve else data))
        return tuple(found)

    def request(self) -> RenderRequest:
        """All that is needed to draw the present view on any canvas."""
        shown = self.shown()
        layers = tuple(layer for layer, _ in shown)
        data = {layer.id: data for layer, data in shown}
        return RenderRequest(self._camera, layers, data, self._painters, self._selected)

    def repaint(self, layer: LayerId, extent: Extent, crs: str) -> None:
        """More of a layer's data is there, in an extent of a system: said once for all views."""
        self._pictures.changes.arrived(layer, extent, crs)
        self._pictures.more(None)

    def _more_came(self, nothing: None) -> None:
        if self.frame.complete:
            self.refresh()
        else:
            self._again = True  # when the picture under way is there: it is not begun anew

    def refresh(self) -> None:
        """Ask for what is missing; what is still being drawn and not needed is dropped."""
        self._again, self._stage = False, "squares"
        self._take_stock()
        self.frame.complete = False
        grid = self.frame.grid
        view = grid.places(self._camera)
        self._forget_beyond(grid.places(self._camera, 1))
        self._missing = set(view) - self._right
        pieces = self._needed(list(enumerate(view)))
        self._around = self._ring(view)
        if not any(place in self.frame.tiles for place in view):
            if self._is_slow(len(view)):
                pieces.append(self._coarse())
        else:  # the hand moves on: what comes next is wanted as soon as there is time
            pieces += self._needed(self._around)
            self._around = []
        self.tiles_changed(None)
        self._squares.ask(pieces)
        self._go_on()

    def look_around(self) -> None:
        """Paint what lies beside a complete view, for when it moves. Whoever shows the picture says
        so when it is on the screen: until then nothing is to hold it up."""
        if self.frame.complete and self._around:
            wanted, self._around = self._needed(self._around), []
            self._squares.ask(wanted)

    def _ring(self, view: list[TilePlace]) -> list[tuple[float, TilePlace]]:
        """The squares around a view, if there is room for them, and their ranks."""
        around = self.frame.grid.places(self._camera, 1)
        if not self._has_room_for(len(around)):
            return []
        ring = [place for place in around if place not in set(view)]
        return [(AFTER_THE_VIEW + rank, place) for rank, place in enumerate(ring)]

    def _needed(self, wanted: list[tuple[float, TilePlace]]) -> list[Piece]:
        """What must be painted of these; what is kept is shown."""
        pieces = []
        for rank, place in wanted:
            if place in self._right:
                continue
            kept = self._pictures.kept(self._stack, self.frame.grid, place)
            if kept is None:
                pieces.append(self._piece(place, rank))
            else:
                self._put(place, kept)
        return pieces

    def _take_stock(self) -> None:
        """What is to be shown now; another scale or turn begins another frame."""
        shown = self.shown()
        states = tuple(self._pictures.changes.of(layer.id, data) for layer, data in shown)
        stack = Stack(tuple(layer for layer, _ in shown), states, self._ground)
        if not stack.is_as(self._stack):
            self._stack, self._serial = stack, next(self._serials)
            self._right.clear()
            self._said.clear()
        if not self.frame.grid.suits(self._camera):
            self._right.clear()
            grid = self._pictures.grids.of(self._camera)
            self.frame = Frame(self._camera, grid, {}, self.frame.labels)
        self.frame.camera = self._camera

    def _forget_beyond(self, around: list[TilePlace]) -> None:
        """Squares far from the view are left to the memory for pictures."""
        tiles = self.frame.tiles
        for place in tiles.keys() - set(around):
            del tiles[place]
            self._right.discard(place)

    def _has_room_for(self, squares: int) -> bool:
        width, height = self.frame.grid.side
        needed = squares * (len(self._stack.layers) + 1) * width * height * 4
        return needed < self._pictures.memory.limit

    def _piece(self, place: TilePlace, rank: float) -> Piece:
        pictures, stack, grid = self._pictures, self._stack, self.frame.grid

        def work(progress: Progress) -> Composed:
            start = monotonic()
            made = pictures.tile(stack, grid, place, progress)
            self._pace += (monotonic() - start - self._pace) / 4
            return made

        return Piece((self._serial, grid, place), rank, work)

    def _is_slow(self, squares: int) -> bool:
        return squares * self._pace / self._jobs.drawing.count > SLOW

    def _coarse(self) -> Piece:
        """The whole view with a few pixels, to be seen stretched until the squares are there."""
        pictures, stack, grid = self._pictures, self._stack, self.frame.grid
        camera = grid.aligned(self._camera)

        def work(progress: Progress) -> Coarse | None:
            return pictures.coarse(stack, camera, progress)

        return Piece((self._serial, grid, None), FIRST, work)

    def _put(self, place: TilePlace, made: Composed) -> None:
        self.frame.tiles[place] = made.tile
        self.frame.revision += 1
        self._right.add(place)
        self._missing.discard(place)
        for layer, error in made.failures:
            if (layer.id, str(error)) not in self._said:
                self._said.add((layer.id, str(error)))
                self.layer_failed((layer, error))

    def _squares_came(self, ready: list[Ready]) -> None:
        wanted = False
        for key, result in ready:
            serial, grid, place = key
            if serial != self._serial or grid != self.frame.grid:
                continue
            wanted = True
            if isinstance(result, Exception):
                self._jobs.tell_failure(tr("Drawing"), result)
                self._missing.discard(place)
            elif place is None:
                self.frame.coarse = result
            else:
                self._put(place, result)
        if wanted:
            self.tiles_changed(None)
            self._go_on()

    def _go_on(self) -> None:
        """When the squares are there, labels; when these are there, the picture is complete."""
        if self._missing or self._stage != "squares":
            return
        if self._again:
            self.refresh()
            return
        self._stage = "labels"
        self.layers_ready(self.frame)
        if self._stage == "labels":  # nobody who heard it asked for another picture
            self._label()

    def _label(self) -> None:
        request, stack, before = self.request(), self._stack, self._labels
        rests, cut = self._resting == self._camera, self._labels_are_cut()
        if not has_labels(stack.layers):
            self._labels = self.frame.labels = None
            self._finish()
        elif before is not None and not cut and before.suit(request, stack):
            self._finish()
        elif not cut and before and (same := before.after_edit(request, stack)) is not None:
            self._labels = same
            self._finish()
        else:
            press, kept = self._press, () if before is None else before.labels
            grid, covered = self.frame.grid, self.covered

            def work(progress: Progress) -> Labels:
                return labels_of(request, stack, grid, kept, press, progress, rests, covered)

            key = (self._serial, request.camera, tuple(request.selected.items()), rests)
            self._writing.ask([Piece(key, BEFORE_THE_REST, work)])

    def _labels_came(self, ready: list[Ready]) -> None:
        made = ready[-1].result
        if isinstance(made, Labels):
            self._labels, self.frame.labels = made, made.sheet
            self.tiles_changed(None)
            if self._stage == "labels":
                self._label()
        else:
            if not isinstance(made, GisError):
                self._jobs.tell_failure(tr("Drawing"), made)
            if self._stage == "labels":
                self._finish()

    def _finish(self) -> None:
        self._stage = "complete"
        self.frame.complete = True
        self.last = self.frame
        self.picture_ready(self.frame)

    def _project_changed(self, change: Change) -> None:
        before, after = change.before, change.after
        if before.layers is after.layers and before.tables is after.tables:
            return
        for layer in after.layers:
            if layer.source.format == TABLE:
                self._note(layer, before, after, change.edit)
        self._pictures.changes.keep({layer.id for layer in after.layers})
        if shows_another(before, after):
            self.refresh()

    def _note(self, layer: Layer, before: Project, after: Project, edit: Edit) -> None:
        """Say which features of the layer differ from the last picture."""
        ids = edited_features(edit, layer.source.path)
        old, new = before.table_of(layer), after.table_of(layer)
        if ids and old is not None and new is not None and old is not new:
            self._pictures.changes.edited(layer.id, old, new, ids)

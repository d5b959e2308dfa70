"""What a window can do with photos: import them, place outfalls from them, write evidence."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from gisapp.analysis.photo_matching import CameraView, look_place
from gisapp.app.actions import Action
from gisapp.app.jobs import Job
from gisapp.app.photo_deciding import PhotoProposal
from gisapp.app.photo_import import PhotoImport, import_edit, import_photos, status_words
from gisapp.app.photo_links import FoundAgain, PhotoLink, bring_back_photos, broken_links
from gisapp.app.photo_placing import outfall_of_photo, outfalls_of_track
from gisapp.app.project_session import ProjectSession
from gisapp.app.tools import Preview
from gisapp.app.workspace import Selection
from gisapp.io.photo_batch import PhotoBatch, TakenPhoto, pictures_in
from gisapp.io.photo_files import ENDINGS
from gisapp.io.photo_track import PhotoTrack, read_track
from gisapp.model.crs import CGCS2000, transform_point
from gisapp.model.edit import Edit
from gisapp.model.errors import GisError
from gisapp.model.features import FeatureId
from gisapp.model.geometry import Point
from gisapp.model.layer import Layer
from gisapp.model.progress import Progress
from gisapp.model.table import FeatureTable
from gisapp.model.text import tr
from gisapp.ui.context import Level, Message, WindowContext
from gisapp.ui.evidence_commands import EvidenceCommands, evidence_actions
from gisapp.ui.file_choice import choose_folder, choose_photos, choose_track
from gisapp.ui.messages import of_error
from gisapp.ui.photo_card import PhotoCard
from gisapp.ui.photo_headings import PhotoHeadings
from gisapp.ui.project_page import ProjectPage

if TYPE_CHECKING:
    from gisapp.ui.main_window import MainWindow

AHEAD_M = 25.0  # length of the line that shows where the camera looked


class PhotoCommands:
    def __init__(self, context: WindowContext, page: ProjectPage) -> None:
        self._context, self._page = context, page
        self.headings = PhotoHeadings(context, page.map_area.map)
        self.evidence = EvidenceCommands(context, page)
        self.close = self.headings.close

    # ---- import and review

    def show_card(self) -> None:
        self._open_card()

    def _open_card(self) -> PhotoCard:
        card = PhotoCard(self._context)
        card.folder_wanted.connect(self.choose_folder)
        card.relink_wanted.connect(self.look_for_missing)
        card.shown.connect(self._show_on_map)
        self._page.open_card(card)
        return card

    def choose_folder(self) -> None:
        choose_folder(self._page, tr("Folder with the photos"), self.import_folder)

    def choose_relink(self) -> None:
        choose_folder(self._page, tr("Where the photos are now"), self.relink)

    def import_folder(self, folder: Path) -> None:
        """Every photo below it, in the background; then what is to be decided."""
        self._import(folder, lambda: pictures_in(folder)[0])

    def import_files(self, paths: Sequence[Path]) -> None:
        self._import(paths[0].parent, lambda: list(paths))

    def _import(self, folder: Path, sources: Callable[[], Sequence[Path]]) -> None:
        session = self._writable()
        if session is None:
            return
        project = self._context.workspace.store.project

        def work(progress: Progress) -> PhotoImport:
            return import_photos(session.file, project, folder, sources(), progress)

        job = Job(tr("Importing photos"), work)
        job.done.subscribe(self._imported)
        self._context.jobs.start(job)

    def _imported(self, made: PhotoImport) -> None:
        context, words, counts = self._context, status_words(), made.counts()
        edit = import_edit(context.workspace.store.project, made)
        if edit is not None:
            context.workspace.store.apply(edit)
        said = ", ".join(f"{words[name]}: {n}" for name, n in counts.items() if n)
        wrong = counts["refused"] + counts["failed"] > 0
        text = tr("Photos: {counts}").format(counts=said or "0")
        context.say(Message(text, "warning" if wrong else "ok", key="photos"))
        card = self._page.side.card
        if not isinstance(card, PhotoCard):
            card = self._open_card()
        card.show_verdicts(made.verdicts, words)

    def look_for_missing(self) -> None:
        """Whether every photo lies in the project, unchanged; where some do not, a way to them."""
        session = self._context.session
        if session is None:
            return

        def work(progress: Progress) -> list[PhotoLink]:
            return broken_links(session.file, progress)

        def done(broken: list[PhotoLink]) -> None:
            if not broken:
                self._context.say_done(tr("All photos are there, unchanged"), "photos")
                return
            words = tr("{n} photos are missing in the project or were changed")
            hint = tr("Show where they are: they are known by their bytes, whatever their names.")
            message = Message(
                words.format(n=len(broken)),
                "warning",
                tr("Choose a folder"),
                self.choose_relink,
                hint=f"{hint} {', '.join(link.name for link in broken[:5])}",
                key="photos",
            )
            self._context.say(message)

        job = Job(tr("Looking at the photos"), work)
        job.done.subscribe(done)
        self._context.jobs.start(job)

    def relink(self, folder: Path) -> None:
        """Photos that are missing in the project come back from a folder, by their bytes."""
        session = self._writable()
        if session is None:
            return

        def work(progress: Progress) -> FoundAgain:
            return bring_back_photos(session.file, pictures_in(folder)[0], progress)

        def done(found: FoundAgain) -> None:
            text = tr("{n} photos were found again, {missing} are still missing")
            words = text.format(n=len(found.found), missing=len(found.missing))
            level: Level = "warning" if found.missing else "ok"
            names = ", ".join(link.name for link in found.missing[:5])
            self._context.say(Message(words, level, hint=names, key="photos"))

        job = Job(tr("Looking at the photos"), work)
        job.done.subscribe(done)
        self._context.jobs.start(job)

    def _show_on_map(self, shown: PhotoProposal | None) -> None:
        """Where the camera stood and where it looked."""
        desk = self._context.tool_desk
        if desk is None:
            return
        row = shown.row if shown is not None else {}
        lon, lat, heading = row.get("lon"), row.get("lat"), row.get("heading")
        if lon is None or lat is None:
            desk.carry_out((Preview(),))
            return
        crs = self._context.workspace.store.project.crs
        here = transform_point(Point(lon, lat), CGCS2000, crs)
        self._context.bring_into_view(here)
        line: tuple[Point, ...] = ()
        if heading is not None:
            line = here, _ahead(lon, lat, heading, crs)
        desk.carry_out((Preview(line=line, points=(here,)),))

    # ---- outfalls from photos and tracks

    def choose_photo_of_outfall(self) -> None:
        choose_photos(self._page, lambda paths: self.place_photo(paths[0]))

    def place_photo(self, path: Path, dropped: Point | None = None) -> None:
        """The photo into the project; an outfall where it was taken, its form open."""
        session, target = self._writable(), self._target()
        if session is None or target is None:
            return
        layer, _ = target

        def work(progress: Progress) -> TakenPhoto:
            batch = PhotoBatch(session.folder)
            taken = batch.take(path)
            batch.settle()
            session.file.register_photos([taken.photo])
            return taken

        def done(taken: TakenPhoto) -> None:
            desk = self._context.tool_desk
            table = self._context.workspace.store.project.table_of(layer)
            if desk is None or table is None:
                return
            try:
                edit, outfall, place = outfall_of_photo(desk.look(), table, taken, dropped)
            except GisError as error:
                self._say(error)
                return
            self._apply_and_open(edit, layer, table, outfall, place)

        job = Job(tr("Copying photos"), work)
        job.done.subscribe(done)
        self._context.jobs.start(job)

    def choose_track(self) -> None:
        choose_track(self._page, self.take_track)

    def take_track(self, path: Path) -> None:
        """Marks of a track become suspected outfalls; what was walked is said."""
        target = self._target()
        if self._writable() is None or target is None:
            return
        layer, _ = target

        def done(track: PhotoTrack) -> None:
            desk, store = self._context.tool_desk, self._context.workspace.store
            table = store.project.table_of(layer)
            km = f"{track.length_m / 1000:.2f}"
            if desk is None or table is None:
                return
            if not track.waypoints:
                words = tr("{file} holds no marks; {km} km were walked")
                self._context.say(Message(words.format(file=path.name, km=km), key="track"))
                return
            edit, made = outfalls_of_track(desk.look(), table, track.waypoints)
            store.apply(edit)
            words = tr("{n} outfalls from a GPS track; {km} km were walked")
            self._context.say_done(words.format(n=len(made), km=km), "track")

        job = Job(tr("Reading {file}").format(file=path.name), lambda progress: read_track(path))
        job.done.subscribe(done)
        self._context.jobs.start(job)

    def take_dropped(self, paths: Sequence[Path], at: Point | None) -> bool:
        """Photos dropped on the window: one is an outfall where it was taken, several are
        imported. A picture with a world file beside it is a layer and not taken."""
        photos = [path for path in paths if is_photo(path)]
        if not photos or len(photos) < len(paths):
            return False
        if len(photos) == 1:
            self.place_photo(photos[0], at)
        else:
            self.import_files(photos)
        return True

    def _apply_and_open(
        self, edit: Edit, layer: Layer, table: FeatureTable, outfall: FeatureId, place: Point
    ) -> None:
        """The form waits when it is written."""
        context, store = self._context, self._context.workspace.store

        def changed(change: object) -> None:
            kept = store.project.tables.get(table.name)
            if kept is not None and outfall in kept:
                leave()
                context.workspace.select(Selection(layer.id, frozenset([outfall])))
                context.bring_into_view(place)
                self._page.feature.start_typing()

        leave = store.changed.subscribe(changed)
        store.apply(edit)

    # ---- inside

    def _writable(self) -> ProjectSession | None:
        session = self._context.session
        if session is None or self._context.read_only:
            words = tr("The project is open for reading only")
            hint = tr("Open it for editing, or make a working copy.")
            self._context.say(Message(words, "warning", hint=hint, key="photos"))
            return None
        return session

    def _target(self) -> tuple[Layer, FeatureTable] | None:
        project = self._context.workspace.store.project
        layer = project.layer_of_role("outfalls")
        table = project.table_of(layer) if layer is not None else None
        if layer is None or table is None or layer.locked:
            words = tr("There is no layer of outfalls that can be changed")
            self._context.say(Message(words, "warning", key="photos"))
            return None
        return layer, table

    def _say(self, error: GisError) -> None:
        message = of_error(error)
        if message is not None:
            self._context.say(message)


def is_photo(path: Path) -> bool:
    """Whether a dropped file is a photo, and no picture of a map."""
    ending = path.suffix.lower()
    if ending not in ENDINGS or ending in (".tif", ".tiff"):
        return False
    beside = (ending[:2] + ending[-1] + "w", ending + "w", ".wld")
    return not any(path.with_suffix(one).exists() for one in beside)


def _ahead(lon: float, lat: float, heading: float, crs: str) -> Point:
    view = CameraView(lon, lat, heading, -45.0, AHEAD_M)
    return transform_point(Point(*look_place(view)), CGCS2000, crs)


def photo_actions(window: MainWindow) -> Iterator[Action]:
    commands = window.commands.photos

    def entry(name: str, title: str, run: Callable[[], None], *keys: str, icon: str) -> Action:
        made = Action(f"photos.{name}", title, "survey", run, keys, icon=icon, group="photos")
        return replace(made, submenu=tr("Photos"))

    yield entry("review", tr("Photos and their outfalls"), commands.show_card,
                "Ctrl+Shift+I", icon="photo")  # fmt: skip
    yield entry("import", tr("Import a folder of photos"), commands.choose_folder, icon="folder")
    yield entry("outfall", tr("Outfall from a photo"), commands.choose_photo_of_outfall,
                "Ctrl+Shift+P", icon="photo")  # fmt: skip
    yield entry("track", tr("Outfalls from a GPS track"), commands.choose_track, icon="target")
    yield entry("relink", tr("Find missing photos"), commands.look_for_missing, icon="search")
    yield from evidence_actions(commands.evidence)

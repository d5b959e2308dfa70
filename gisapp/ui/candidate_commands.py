"""What a window can do with suspected outfalls in thermal images: search, open, review."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from gisapp.app.actions import Action
from gisapp.app.candidate_import import import_edit
from gisapp.app.candidate_search import CandidateSearch, SearchResult, read_and_keep
from gisapp.app.candidate_table import (
    ACCEPTED,
    BY_RULE,
    DOUBTFUL,
    REJECTED,
    ROLE,
    Candidate,
    candidates_table,
    runs_of,
)
from gisapp.app.jobs import Job
from gisapp.app.store import Change
from gisapp.app.workspace import Selection
from gisapp.model.crs import CGCS2000, metres_per_unit, transform_point
from gisapp.model.edit import LayersEdit
from gisapp.model.errors import GisError
from gisapp.model.features import FeatureId
from gisapp.model.geometry import Point
from gisapp.model.progress import Progress
from gisapp.model.text import tr
from gisapp.ui.candidate_review import CandidateReview
from gisapp.ui.candidate_search_card import CandidateSearchCard, nothing_found
from gisapp.ui.context import Message, WindowContext
from gisapp.ui.file_choice import choose_folder
from gisapp.ui.messages import of_error
from gisapp.ui.project_page import ProjectPage

CLOSE_ENOUGH = 1000.0  # 1 : n, at which a plume of some metres is seen


class CandidateCommands:
    def __init__(self, context: WindowContext, page: ProjectPage) -> None:
        self._context, self._page = context, page
        self._run_to_open = ""
        self._opening = False
        self._search: CandidateSearch | None = None
        self._trouble: list[str] = []  # keys of what was said of searches that did not go
        self._leave = [
            context.workspace.store.changed.subscribe(self._changed),
            context.workspace.selection_changed.subscribe(self._selected),
        ]

    def close(self) -> None:
        for leave in self._leave:
            leave()

    def _selected(self, selection: Selection) -> None:
        """A candidate that is clicked while nothing else is open is reviewed."""
        layer = self._context.workspace.store.project.layer_of_role(ROLE)
        if self._opening or layer is None or selection.layer != layer.id:
            return
        if len(selection.features) == 1:
            self._context.deliver(lambda: self._review_selected(selection))

    def _review_selected(self, selection: Selection) -> None:
        now = self._context.workspace.selection
        if now != selection or self._page.side.card is not None:
            return
        self.show_review(at=next(iter(selection.features)))

    def show_search(self) -> None:
        self._with_plugin(self._open_search)

    def _open_search(self, search: CandidateSearch) -> None:
        card = CandidateSearchCard(self._context, search)
        card.found.connect(self.take)
        card.started.connect(self._forget_trouble)
        card.failed.connect(self._failed)
        card.open_wanted.connect(self.choose_results)
        self._page.open_card(card)

    def _failed(self, error: GisError) -> None:
        message = of_error(error)  # as the window says it
        if message is not None:
            self._trouble.append(message.key)

    def _forget_trouble(self) -> None:
        """A new search answers what an earlier one could not."""
        for key in self._trouble:
            self._context.say(Message("", key=key))
        self._trouble.clear()

    def choose_results(self) -> None:
        words = tr("Folder that gisapp detect wrote")
        choose_folder(self._page, words, self.open_results)

    def open_results(self, output: Path) -> None:
        """Candidates that a search on the command line wrote become part of the project."""
        context = self._context
        project, folder = context.workspace.store.project, context.folder
        if folder is None or context.read_only:
            words = tr("The project is open for reading only")
            hint = tr("Open it for editing, or make a working copy.")
            context.say(Message(words, "warning", hint=hint, key="candidates"))
            return

        def work(progress: Progress) -> SearchResult:
            return read_and_keep(output, project, folder, progress)

        job = Job(tr("Opening the results of a search"), work)
        job.done.subscribe(self.take)
        context.jobs.start(job)

    def take(self, result: SearchResult) -> None:
        """Into the project in one step, and then one by one."""
        context, store = self._context, self._context.workspace.store
        for file, why, hint in result.refused:
            words = tr("{file} was not searched: {why}").format(file=file, why=why)
            key = f"candidates {file}"
            context.say(Message(words, "warning", hint=hint, key=key))
            self._trouble.append(key)
        made = result.made
        if not made.rows:
            said, hint = nothing_found(settings_of(result))
            card = self._page.side.card
            if isinstance(card, CandidateSearchCard):
                card.say(f"{said}\n{hint}")
            else:
                context.say(Message(said, "info", hint=hint, key="candidates"))
            return
        try:
            edit = import_edit(store.project, made)
        except GisError as error:
            message = of_error(error)
            if message is not None:
                context.say(message)
            return
        self._run_to_open = made.run
        store.apply(edit)

    def _changed(self, change: Change) -> None:
        if not self._run_to_open or change.kind != "edit":
            return
        run = next((r for r in runs_of(change.after) if r.id == self._run_to_open), None)
        if run is None:
            return
        self._run_to_open = ""
        self._context.deliver(lambda: self._found(run.id))

    def _found(self, run: str) -> None:
        self.show_review(run)
        card = self._page.side.card
        if not isinstance(card, CandidateReview):
            return
        counted = card.queue.tally
        words = tr("{n} candidates found, {m} rejected by rule").format(
            n=counted.found, m=counted.by_rule
        )
        self._context.say_done(words, "candidates")

    def show_review(self, run: str = "", at: FeatureId | None = None) -> None:
        """Of the newest run or the one named, at its first open candidate or the one given."""
        project = self._context.workspace.store.project
        if candidates_table(project) is None:
            self._say_none()
            return
        self._show_layer()
        words = self._search.reason_words() if self._search is not None else {}
        table = candidates_table(project)
        row = table.row(at) if table is not None and at is not None else None
        self._opening = True
        try:
            card = CandidateReview(
                self._context, self.fly, words, str((row or {}).get("run") or run), at
            )
        finally:
            self._opening = False
        if not card.queue.shown and card.queue.all:
            card.queue.use(status=BY_RULE)
            card.show_all()
        self._page.open_card(card)
        if self._search is None:  # until then reasons are said as the run keeps them
            self._with_plugin(lambda search: card.say_reasons(search.reason_words()))

    def fly(self, candidate: Candidate) -> None:
        """Into the middle of the map, close enough to see a plume; a closer map stays so."""
        screen = self._page.map_area.map
        crs = screen.goal.crs
        place = transform_point(Point(candidate.lon, candidate.lat), CGCS2000, crs)
        camera = replace(screen.goal, center=place)
        if metres_per_unit(crs, place) > 0 and camera.scale > CLOSE_ENOUGH:
            camera = camera.at_scale(CLOSE_ENOUGH)
        screen.move_to(camera)

    def decide(self, decision: str) -> None:
        card = self._page.side.card
        if isinstance(card, CandidateReview):
            card.decide(decision)

    def is_reviewing(self) -> bool:
        card = self._page.side.card
        return isinstance(card, CandidateReview) and not self._context.read_only

    def has_candidates(self) -> bool:
        return candidates_table(self._context.workspace.store.project) is not None

    def _show_layer(self) -> None:
        """What is reviewed is to be seen on the map; a step of its own, only where it is hidden."""
        store = self._context.workspace.store
        layer = store.project.layer_of_role(ROLE)
        if layer is None or layer.visible or store.read_only:
            return
        before = store.project.layers
        after = tuple(replace(one, visible=True) if one is layer else one for one in before)
        store.apply(LayersEdit(tr("Show {layer}").format(layer=layer.name), before, after))

    def _with_plugin(self, then: Callable[[CandidateSearch], None]) -> None:
        """Once the plugin is there: importing it takes longer than a window may wait."""
        plugins = self._context.plugins
        if plugins is None:
            return
        if self._search is not None:
            then(self._search)
            return

        def work(progress: Progress) -> CandidateSearch:
            return CandidateSearch(plugins)

        def done(search: CandidateSearch) -> None:
            self._search = search
            then(search)

        job = Job(tr("Find suspected outfalls"), work, quiet=True)
        job.done.subscribe(done)
        self._context.jobs.start(job, instead_of="candidate plugin")

    def _say_none(self) -> None:
        words = tr("There are no candidates yet")
        hint = tr("Search a thermal mosaic, or open what gisapp detect wrote.")
        action = tr("Find suspected outfalls…")
        self._context.say(
            Message(words, "info", action, self.show_search, hint=hint, key="candidates")
        )


def settings_of(result: SearchResult) -> dict[str, object]:
    """As the run keeps them."""
    found: dict[str, object] = json.loads(str(result.made.run_row.get("settings") or "{}"))
    return found


def candidate_actions(commands: CandidateCommands) -> Iterator[Action]:
    """For the menu Survey and the search. The keys of a decision work while the card is open."""
    yield Action(
        "candidates.find",
        tr("Find suspected outfalls…"),
        "survey",
        commands.show_search,
        icon="thermometer",
        group="candidates",
    )
    yield Action(
        "candidates.open",
        tr("Open the results of a search…"),
        "survey",
        commands.choose_results,
        group="candidates",
    )
    yield Action(
        "candidates.review",
        tr("Review candidates"),
        "survey",
        commands.show_review,
        enabled=commands.has_candidates,
        icon="check",
        group="candidates",
    )
    for decision, title, key in (
        (ACCEPTED, tr("Accept the candidate"), "A"),
        (REJECTED, tr("Reject the candidate"), "R"),
        (DOUBTFUL, tr("The candidate is doubtful"), "D"),
    ):
        yield Action(
            f"candidates.{decision}",
            title,
            "survey",
            lambda decision=decision: commands.decide(decision),  # type: ignore[misc]
            (key,),
            enabled=commands.is_reviewing,
            group="candidates",
            submenu=tr("Decide"),
        )

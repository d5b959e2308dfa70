"""From “what a spill here reaches” on the map to its card, and its way down on the map."""

from __future__ import annotations

from typing import Any

from gisapp.app.jobs import Job, JobState
from gisapp.app.tools import StartTrace
from gisapp.app.traces import ALONG_ALGORITHM, HAND_ALGORITHM, SPILL_ALGORITHM
from gisapp.model.errors import GisError
from gisapp.model.progress import Part, Progress
from gisapp.model.text import tr
from gisapp.ui.context import Message, WindowContext
from gisapp.ui.project_page import ProjectPage
from gisapp.ui.trace_origin import Answered, likeliest, place_of
from gisapp.ui.trace_spill import SpillCard
from gisapp.ui.tracing import NEAR_M, Tracing

ALONG = ("rivers", "stations", "outfalls", "sources", "zones", "repairs", "placements")


def open_spill(
    context: WindowContext, page: ProjectPage, tracing: Tracing, wanted: StartTrace
) -> None:
    """The card with its form; the way down is shown as a trace, coloured by hours."""
    plugins, origin, layers = context.plugins, tracing.origin_of(wanted), tracing.layers()
    rivers = () if origin is None else tracing.rivers_for(origin)
    if plugins is None or origin is None or not rivers:
        tracing.start(wanted)  # says what is missing
        return
    try:
        names = (SPILL_ALGORITHM, ALONG_ALGORITHM, HAND_ALGORITHM)
        spill, along, near = (plugins.algorithm(name) for name in names)
    except GisError as error:
        context.say(Message(error.message, "error", hint=error.hint))
        return
    crs = context.workspace.store.project.crs
    shown = {role: data for role, data in layers.items() if role in ALONG}
    hand = {"repairs": layers.get("repairs"), "crs": crs}
    first = [True]

    def ask(values: dict[str, Any]) -> None:
        def work(progress: Progress) -> tuple[Any, Answered]:
            start: dict[str, Any] = {"start": origin.start}
            at = origin.at or place_of(layers.get(origin.role), origin.feature, crs)
            layer, river = likeliest(rivers, at, crs)[0]
            at_hand = near.run({**hand, "rivers": river}, Part(progress, 0.0, 0.3))
            found = () if at is None else at_hand.near(at, NEAR_M)
            if origin.at is not None and found:
                start = {"start": f"reach#{found[0].feature}", "measure_m": found[0].measure_m}
            given = {**shown, **start, "rivers": river}
            given |= {"velocity_factor": tracing.panel.controls.asked.velocity}
            answer = spill.run({**given, **values}, Part(progress, 0.3, 0.7))
            way = along.run({**given, "direction": "DD"}, Part(progress, 0.7, 1.0))
            return answer, Answered(layer, at_hand, found, way)

        def done(both: tuple[Any, Answered]) -> None:
            if page.side.card is not card:
                return
            answer, way = both
            card.show_answer(answer)
            tracing.panel.controls.show_way("DD")
            tracing.show_way(origin, way, go_there=first[0])
            first[0] = False

        def changed(job: Job[Any]) -> None:
            if job.state is JobState.FAILED and isinstance(job.error, GisError):
                card.show_problem(f"{job.error.message} {job.error.hint}".strip())

        job = Job(tr("Working out what a spill reaches"), work)
        job.done.subscribe(done)
        job.changed.subscribe(changed)
        context.jobs.start(job, instead_of="spill")

    card = SpillCard(context, origin.start, ask)
    page.open_card(card)
    card.work_out()

"""Menu entries and keys of the ways of looking at the map."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from gisapp.app.actions import Action
from gisapp.model.text import tr
from gisapp.ui.map_grid import Shown
from gisapp.ui.map_motion import TURN_STEP

if TYPE_CHECKING:
    from gisapp.ui.main_window import MainWindow


def looking_actions(window: MainWindow) -> Iterator[Action]:
    """In the order of the View menu."""
    page, context = window.project_page, window.context
    screen, looking = page.map_area.map, page.looking

    def entry(name: str, title: str, run: Callable[[], None], *keys: str, icon: str = "") -> Action:
        return Action(f"view.{name}", title, "view", run, keys, icon=icon, group="looking")

    def keep_view() -> None:
        panel = looking.bookmarks()
        page.open_card(panel)
        panel.keep_this()

    yield Action(
        "view.north_up",
        tr("North up"),
        "view",
        screen.north_up,
        ("N",),
        enabled=lambda: bool(screen.goal.rotation),
        icon="north",
        group="looking",
        submenu=tr("Turn the map"),
    )
    for name, title, degrees, key in (
        ("turn_left", tr("Turn to the left"), -TURN_STEP, "["),
        ("turn_right", tr("Turn to the right"), TURN_STEP, "]"),
    ):
        yield Action(
            f"view.{name}",
            title,
            "view",
            lambda degrees=degrees: screen.turn(degrees),  # type: ignore[misc]
            (key,),
            group="looking",
            submenu=tr("Turn the map"),
        )
    grids: tuple[tuple[Shown, str], ...] = (
        ("", tr("No grid")),
        ("plane", tr("Metres of the map's system")),
        ("degrees", tr("Longitude and latitude")),
    )
    for kind, title in grids:
        yield Action(
            f"view.grid_{kind or 'none'}",
            title,
            "view",
            lambda kind=kind: looking.use_grid(kind),  # type: ignore[misc]
            enabled=lambda kind=kind: kind != "plane" or looking.has_plane,  # type: ignore[misc]
            checked=lambda kind=kind: looking.grid == kind,  # type: ignore[misc]
            group="looking",
            submenu=tr("Coordinate grid"),
        )
    yield Action(
        "view.overview",
        tr("Overview map"),
        "view",
        looking.toggle_overview,
        ("O",),
        checked=lambda: looking.overview_shown,
        icon="overview",
        group="looking",
    )
    yield Action(
        "view.split",
        tr("Second map beside"),
        "view",
        looking.toggle_split,
        ("Ctrl+Shift+M",),
        checked=lambda: looking.split is not None,
        icon="split",
        group="looking",
    )
    yield Action(
        "view.time",
        tr("Time slider"),
        "view",
        looking.toggle_time,
        ("T",),
        checked=lambda: looking.time is not None,
        icon="clock",
        group="looking",
    )
    yield Action(
        "view.keep",
        tr("Keep this view as a bookmark"),
        "view",
        keep_view,
        ("Ctrl+B",),
        enabled=lambda: not context.read_only,
        icon="bookmark",
        group="looking",
    )
    yield entry(
        "bookmarks",
        tr("Bookmarks"),
        lambda: page.open_card(looking.bookmarks()),
        "Ctrl+Shift+B",
        icon="list",
    )
    yield entry(
        "copy", tr("Copy the map as a picture"), looking.copy_picture, "Ctrl+Shift+C", icon="copy"
    )


def swipe_action(window: MainWindow, active: Callable[[], bool]) -> Action:
    """Of the active layer."""
    context, looking = window.context, window.project_page.looking

    def on() -> bool:
        layer = context.workspace.active_layer
        return layer is not None and looking.swipe is not None and layer.id in looking.swipe.layers

    def run() -> None:
        layer = context.workspace.active_layer
        if layer is not None:
            looking.start_swipe(layer.id)

    def able() -> bool:
        layer = context.workspace.active_layer
        return active() and layer is not None and layer.visible

    return Action(
        "layer.swipe",
        tr("Swipe this layer"),
        "layer",
        run,
        ("W",),
        enabled=able,
        checked=on,
        icon="swipe",
        group="one",
    )

"""Menu entries and keys of an open project: editing, looking, layers, tools, outputs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from gisapp.app.actions import Action
from gisapp.model.layer import LayerId
from gisapp.model.text import tr
from gisapp.ui.candidate_commands import candidate_actions
from gisapp.ui.flight_commands import flight_actions
from gisapp.ui.looking_actions import looking_actions, swipe_action
from gisapp.ui.record_actions import record_actions
from gisapp.ui.thermal_commands import thermal_actions
from gisapp.ui.top_bar import WORKSPACES, workspace_title

if TYPE_CHECKING:
    from gisapp.ui.main_window import MainWindow


def page_actions(window: MainWindow) -> Iterator[Action]:
    """In the order of the menus."""
    for part in (_edit, _view, _layer, _survey):
        yield from part(window)
    yield from thermal_actions(window.commands.thermal)
    yield from flight_actions(window.commands.flights)
    for part in (_stations, _output):
        yield from part(window)


def _edit(window: MainWindow) -> Iterator[Action]:
    store, page = window.context.workspace.store, window.project_page
    yield Action(
        "edit.undo",
        tr("Undo"),
        "edit",
        window.commands.undo,
        ("Ctrl+Z",),
        enabled=lambda: window.commands.undo_label is not None and not store.read_only,
        says=lambda: (
            tr("Undo {step}").format(step=window.commands.undo_label)
            if window.commands.undo_label
            else tr("Undo")
        ),
        icon="undo",
        group="undo",
    )
    yield Action(
        "edit.redo",
        tr("Redo"),
        "edit",
        window.commands.redo,
        ("Ctrl+Y", "Ctrl+Shift+Z"),
        enabled=lambda: window.commands.redo_label is not None and not store.read_only,
        says=lambda: (
            tr("Redo {step}").format(step=window.commands.redo_label)
            if window.commands.redo_label
            else tr("Redo")
        ),
        icon="redo",
        group="undo",
    )
    yield Action(
        "edit.steps", tr("Steps"), "edit", window.commands.show_steps, icon="clock", group="undo"
    )
    yield Action(
        "edit.search",
        tr("Search"),
        "edit",
        window.search.start,
        ("Ctrl+K", "Ctrl+F"),
        icon="search",
        group="find",
    )
    yield Action(
        "edit.delete",
        tr("Delete feature"),
        "edit",
        page.feature.delete_selected,
        ("Del",),
        enabled=page.feature.can_delete,
        icon="trash",
        group="feature",
    )


def _view(window: MainWindow) -> Iterator[Action]:
    page = window.project_page
    screen, looking = page.map_area.map, page.looking
    looking.changed = window.refresh

    def entry(name: str, title: str, run: Callable[[], None], *keys: str, icon: str = "") -> Action:
        return Action(f"view.{name}", title, "view", run, keys, icon=icon, group="map")

    yield entry("all", tr("Show all"), screen.show_all, "Ctrl+Alt+0", icon="home")
    yield entry(
        "zoom_in", tr("Zoom in"), lambda: screen.zoom(2.0), "Ctrl++", "Ctrl+=", icon="zoom_in"
    )
    yield entry("zoom_out", tr("Zoom out"), lambda: screen.zoom(0.5), "Ctrl+-", icon="zoom_out")
    yield Action(
        "view.back",
        tr("View before"),
        "view",
        screen.go_back,
        ("Alt+Left",),
        enabled=lambda: screen.views.can_go_back,
        icon="chevron_left",
        group="map",
    )
    yield Action(
        "view.forward",
        tr("View after"),
        "view",
        screen.go_forward,
        ("Alt+Right",),
        enabled=lambda: screen.views.can_go_forward,
        icon="chevron_right",
        group="map",
    )
    yield entry(
        "refresh", tr("Read the files again"), window.commands.read_again, "F5", icon="refresh"
    )
    yield entry("go_to", tr("Go to coordinates"), page.status.type_place, "Ctrl+G", icon="target")
    yield from looking_actions(window)
    yield Action(
        "view.crs",
        tr("Coordinate reference system"),
        "view",
        window.commands.choose_crs,
        icon="globe",
        group="map",
    )
    for number, name in enumerate(WORKSPACES, start=1):
        yield Action(
            f"view.{name}",
            workspace_title(name),
            "view",
            lambda name=name: window.commands.use_workspace(name),  # type: ignore[misc]
            (f"Ctrl+{number}",),
            checked=lambda name=name: page.arrangement.workspace == name,  # type: ignore[misc]
            group="workspace",
            submenu=tr("Workspace"),
        )
    panels = {
        "layers": tr("Layers"),
        "scale": tr("Temperature scale"),
        "records": tr("Records"),
        "side": tr("Feature"),
        "trace": tr("Upstream"),
        "output": tr("Map sheet"),
    }
    for panel, title in panels.items():
        yield Action(
            f"view.panel_{panel}",
            title,
            "view",
            lambda panel=panel: window.commands.toggle_panel(panel),  # type: ignore[misc]
            checked=lambda panel=panel: page.arrangement.is_shown(panel),  # type: ignore[misc]
            group="workspace",
            submenu=tr("Panels"),
        )
    yield Action(
        "view.reset", tr("Reset layout"), "view", window.commands.reset_layout, group="workspace"
    )


def _layer(window: MainWindow) -> Iterator[Action]:
    context, panel = window.context, window.project_page.layers

    def active() -> bool:
        return context.workspace.active_layer is not None

    def may_change() -> bool:
        return active() and not context.read_only

    def on(run: Callable[[LayerId], None]) -> Callable[[], None]:
        def do() -> None:
            layer = context.workspace.active_layer
            if layer is not None:
                run(layer.id)

        return do

    def zoom() -> None:
        layer = context.workspace.active_layer
        if layer is not None:
            panel.zoom_to(layer)

    yield Action(
        "layer.add",
        tr("Add layers"),
        "layer",
        window.commands.choose_files,
        ("Ctrl+Shift+O",),
        enabled=lambda: not context.read_only,
        icon="plus",
        group="add",
    )
    yield Action(
        "layer.base_map",
        tr("Add base map"),
        "layer",
        window.commands.add_base_map,
        enabled=lambda: not context.read_only,
        icon="globe",
        group="add",
    )
    yield Action(
        "layer.offline",
        tr("Take a base map along"),
        "layer",
        window.commands.take_base_map_along,
        group="add",
    )
    yield Action(
        "layer.shift",
        tr("Is this layer shifted?"),
        "layer",
        window.commands.test_shift,
        enabled=active,
        group="one",
    )
    yield Action(
        "layer.zoom", tr("Zoom to layer"), "layer", zoom, enabled=active, icon="target", group="one"
    )
    yield Action(
        "layer.table",
        tr("Attribute table"),
        "layer",
        window.project_page.toggle_table,
        ("F6",),
        checked=window.project_page.table.isVisible,
        icon="table",
        group="one",
    )
    yield swipe_action(window, active)
    entries = (
        ("only", tr("Show only this layer"), panel.rows.only, "eye"),
        ("style", tr("Style"), window.commands.show_style, "settings"),
        ("rename", tr("Rename"), panel.rename, "pencil"),
        ("remove", tr("Remove layer"), panel.rows.remove, "trash"),
    )
    for name, title, run, icon in entries:
        yield Action(
            f"layer.{name}",
            title,
            "layer",
            on(run),
            enabled=may_change,
            icon=icon,
            group="one",
        )


def _survey(window: MainWindow) -> Iterator[Action]:
    area, feature = window.project_page.map_area, window.project_page.feature
    for entry in area.toolbox:
        yield Action(
            f"tool.{entry.name}",
            tr(entry.title),
            "survey",
            lambda name=entry.name: area.desk.take(name),  # type: ignore[misc]
            (entry.shortcut,) if entry.shortcut else (),
            checked=lambda name=entry.name: area.strip.tool == name,  # type: ignore[misc]
            icon=entry.icon,
            group="tools",
            submenu=tr("Tools"),
        )
    yield Action(
        "feature.next",
        tr("Next feature"),
        "survey",
        lambda: feature.step(1),
        ("J",),
        enabled=feature.has_one,
        group="feature",
    )
    yield Action(
        "feature.previous",
        tr("Previous feature"),
        "survey",
        lambda: feature.step(-1),
        ("K",),
        enabled=feature.has_one,
        group="feature",
    )
    yield Action(
        "feature.zoom",
        tr("Zoom to feature"),
        "survey",
        feature.zoom_to,
        enabled=feature.has_one,
        icon="target",
        group="feature",
    )
    yield Action(
        "feature.photos",
        tr("Add photos"),
        "survey",
        window.commands.choose_photos,
        ("Ctrl+Alt+P",),
        enabled=feature.can_delete,
        icon="photo",
        group="feature",
    )
    yield from record_actions(window)
    yield from candidate_actions(window.commands.candidates)
    yield Action(
        "thermal.scale",
        tr("Temperature scale"),
        "thermal",
        lambda: window.commands.toggle_panel("scale"),
        icon="thermometer",
        checked=lambda: window.project_page.arrangement.is_shown("scale"),
    )


def _stations(window: MainWindow) -> Iterator[Action]:
    arrangement = window.project_page.arrangement
    yield Action(
        "stations.records",
        tr("Records"),
        "stations",
        lambda: window.commands.toggle_panel("records"),
        icon="chart",
        checked=lambda: arrangement.is_shown("records"),
    )


def _output(window: MainWindow) -> Iterator[Action]:
    project = window.context.workspace.store.project
    yield Action(
        "output.map",
        tr("Export map"),
        "output",
        window.commands.show_output,
        ("Ctrl+P",),
        icon="export",
        group="map",
    )
    if project.layer_of_role("outfalls") is not None:
        yield Action(
            "output.ledger",
            tr("Export the ledger of outfalls"),
            "output",
            window.commands.choose_ledger,
            icon="table",
            group="ledger",
        )

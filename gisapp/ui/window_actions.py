"""What the window offers: every menu entry and shortcut in one list."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from gisapp.app.actions import Action, Actions
from gisapp.app.traces import CHARTS_ALGORITHM, HAND_ALGORITHM, TRACE_ALGORITHM
from gisapp.model.text import LANGUAGES, language, tr
from gisapp.ui.later import page_parts
from gisapp.ui.recent import read_recent
from gisapp.ui.theme import Choice

if TYPE_CHECKING:
    from gisapp.ui.main_window import MainWindow


def window_actions(window: MainWindow) -> Actions:
    """In the order of the menus; what needs an open project is only there with one."""
    actions = Actions()
    for action in _project(window):
        actions.add(action)
    if window.page is not None:
        for action in page_parts().page_actions(window):
            actions.add(action)
    for action in (*_appearance(window), *_help(window)):
        actions.add(action)
    for action in _plugins(window):
        actions.add_yielding(action)
    return actions


def _project(window: MainWindow) -> Iterator[Action]:
    def entry(
        name: str,
        title: str,
        run: Callable[[], None],
        *keys: str,
        icon: str = "",
        group: str = "open",
    ) -> Action:
        return Action(f"project.{name}", title, "project", run, keys, icon=icon, group=group)

    yield entry("new", tr("New project"), window.new_project, "Ctrl+N", icon="folder_plus")
    yield entry("open", tr("Open"), window.open_project, "Ctrl+O", icon="folder")
    yield entry("open_read_only", tr("Open read-only"), lambda: window.open_project(read_only=True))
    for number, one in enumerate(read_recent(window.state)[:8]):
        yield Action(
            f"project.recent_{number}",
            one.title,
            "project",
            lambda one=one: window.open_recent(one),  # type: ignore[misc]
            group="open",
            submenu=tr("Recent"),
            note=one.folder,
        )
    yield entry("sample", tr("Open the sample project"), window.open_sample, icon="basin")
    if window.page is not None:
        yield entry("folder", tr("Show the project folder"), window.show_folder, group="this")
        yield entry("close", tr("Close project"), window.close_project, "Ctrl+W", group="this")
    yield entry("quit", tr("Quit"), window.quit, "Ctrl+Q", group="quit")


def _appearance(window: MainWindow) -> Iterator[Action]:
    themes: dict[Choice, str] = {
        "system": tr("As the system"),
        "light": tr("Light"),
        "dark": tr("Dark"),
    }
    for choice, title in themes.items():
        yield Action(
            f"view.theme_{choice}",
            title,
            "view",
            lambda choice=choice: window.use_theme(choice),  # type: ignore[misc]
            checked=lambda choice=choice: window.context.theme.choice == choice,  # type: ignore[misc]
            group="appearance",
            submenu=tr("Appearance"),
        )
    for code, name in LANGUAGES.items():
        yield Action(
            f"view.language_{code}",
            name,
            "view",
            lambda code=code: window.use_language(code),  # type: ignore[misc]
            checked=lambda code=code: language() == code,  # type: ignore[misc]
            group="appearance",
            submenu=tr("Language"),
        )
    yield Action(
        "view.full_screen",
        tr("Full screen"),
        "view",
        window.full_screen,
        ("F11",),
        checked=window.isFullScreen,
        group="screen",
    )


def _plugins(window: MainWindow) -> Iterator[Action]:
    plugins = window.context.plugins
    if plugins is None:
        return
    if window.page is not None:
        for one in plugins.contributions("algorithm"):
            if one.name in (HAND_ALGORITHM, CHARTS_ALGORITHM):
                continue
            tracing = one.name == TRACE_ALGORITHM or one.plugin == "upstream_tracing"
            yield Action(
                f"algorithm.{one.name}",
                one.caption,
                "trace" if tracing else "plugins",
                lambda one=one: window.commands.show_algorithm(one),  # type: ignore[misc]
                (one.shortcut,) if one.shortcut else (),
                icon="trace" if tracing else "play",
                group="algorithms",
            )
        page = window.page
        yield Action(
            "trace.clear",
            tr("Clear the trace"),
            "trace",
            page.trace.clear,
            enabled=lambda: page.trace.answer is not None,
            group="clear",
        )
        yield Action(
            "plugins.list",
            tr("Plugins"),
            "plugins",
            window.commands.show_plugins,
            icon="plugin",
            group="list",
        )


def _help(window: MainWindow) -> Iterator[Action]:
    def entry(name: str, title: str, run: Callable[[], None], *keys: str, icon: str = "") -> Action:
        return Action(f"help.{name}", title, "help", run, keys, icon=icon)

    yield entry("guide", tr("Guide"), window.show_guide, "F1", icon="help")
    yield entry("keys", tr("All keys"), window.show_keys, "?", icon="keyboard")
    yield entry("messages", tr("Messages"), window.show_messages, icon="info")
    yield entry("about", tr("About"), window.show_about)

"""Every menu entry: title, shortcut, when it can be used, what it does.

One list feeds menus, buttons, shortcuts, the search box and the sheet of keys.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from gisapp.model.text import tr

MENUS = (
    "project",
    "edit",
    "view",
    "layer",
    "survey",
    "thermal",
    "stations",
    "trace",
    "output",
    "plugins",
    "help",
)


def menu_title(menu: str) -> str:
    return {
        "project": tr("Project"),
        "edit": tr("Edit"),
        "view": tr("View"),
        "layer": tr("Layer"),
        "survey": tr("Survey"),
        "thermal": tr("Thermal"),
        "stations": tr("Stations"),
        "trace": tr("Trace"),
        "output": tr("Output"),
        "plugins": tr("Plugins"),
        "help": tr("Help"),
    }[menu]


def always() -> bool:
    return True


@dataclass(frozen=True)
class Action:
    """One thing a person can ask for. Made with titles in the user's language."""

    id: str  # such as "layer.add", unchanging: tests, plugins and rebound keys name it
    title: str
    menu: str  # one of MENUS; empty: only a key, a button or the search box
    run: Callable[[], None]
    shortcuts: tuple[str, ...] = ()  # the first one is shown in the menu
    enabled: Callable[[], bool] = always
    checked: Callable[[], bool] | None = None  # for entries that are on or off
    says: Callable[[], str] | None = None  # a title that changes, such as "Undo Move point"
    icon: str = ""
    group: str = ""  # a line is drawn between groups of one menu
    submenu: str = ""  # title of the submenu it is in
    note: str = ""  # one line more, shown as a tooltip and in the search box

    @property
    def text(self) -> str:
        return self.says() if self.says else self.title

    @property
    def full_text(self) -> str:
        """With the submenu it is in: "Dark" alone says little where it stands alone."""
        return f"{self.submenu}: {self.text}" if self.submenu else self.text

    @property
    def keys(self) -> tuple[str, ...]:
        """The shortcuts as they are shown: `Alt+←`."""
        return tuple(map(keys_shown, self.shortcuts))


ARROWS = {"Left": "←", "Right": "→", "Up": "↑", "Down": "↓"}


def keys_shown(shortcut: str) -> str:
    """The name of a key as it stands on the key: `Alt+Left` is Alt+← in every language."""
    *held, key = shortcut.rsplit("+", 1)
    return "+".join([*held, ARROWS.get(key, key)])


class Actions:
    """The list, in the order of the menus. An id and a key belong to one action only."""

    def __init__(self, actions: Iterable[Action] = ()) -> None:
        self._actions: dict[str, Action] = {}
        self._keys: dict[str, str] = {}
        for action in actions:
            self.add(action)

    def add(self, action: Action) -> None:
        if action.id in self._actions:
            raise ValueError(f"two actions are called {action.id}")
        for key in action.shortcuts:
            if key in self._keys:
                raise ValueError(f"{key} is for {self._keys[key]}, not for {action.id}")
            self._keys[key] = action.id
        self._actions[action.id] = action

    def add_yielding(self, action: Action) -> None:
        """Add it without the keys that are already somebody's: for what plugins bring."""
        free = tuple(key for key in action.shortcuts if key not in self._keys)
        self.add(replace(action, shortcuts=free))

    def __getitem__(self, action_id: str) -> Action:
        return self._actions[action_id]

    def __contains__(self, action_id: object) -> bool:
        return action_id in self._actions

    def __iter__(self) -> Iterator[Action]:
        return iter(self._actions.values())

    def of_menu(self, menu: str) -> list[Action]:
        return [action for action in self if action.menu == menu]

    def with_keys(self) -> list[Action]:
        return [action for action in self if action.shortcuts]

    def run(self, action_id: str) -> bool:
        """Do it if it can be done now; whether it was."""
        action = self._actions[action_id]
        if not action.enabled():
            return False
        action.run()
        return True

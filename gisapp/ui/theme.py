"""Colours and sizes of the window in one place: named tokens for light and dark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from gisapp.app.events import Event

Choice = Literal["system", "light", "dark"]


@dataclass(frozen=True, slots=True)
class Tokens:
    """#RRGGBB colours by what they are for. Text colours have a contrast of 4.5 or more."""

    name: Literal["light", "dark"]
    bg: str  # the window behind the cards
    panel: str  # a card
    line: str  # one-pixel lines between and around cards
    text: str
    dim: str  # notes, units, counts
    accent: str  # the one colour that says: chosen, or: do this
    on_accent: str  # text on it
    hover: str
    canvas: str  # the map where nothing is
    ok: str
    warn: str
    bad: str


LIGHT = Tokens(
    name="light",
    bg="#f6f7f8",
    panel="#ffffff",
    line="#e3e6e9",
    text="#1d2329",
    dim="#5f6a74",
    accent="#0b6e99",
    on_accent="#ffffff",
    hover="#eaf3f7",
    canvas="#eef0f1",
    ok="#127a39",
    warn="#a8480a",
    bad="#b91c1c",
)
DARK = Tokens(
    name="dark",
    bg="#1b1f23",
    panel="#22272c",
    line="#343b42",
    text="#e6e9ec",
    dim="#98a3ad",
    accent="#4db6dd",
    on_accent="#10202a",
    hover="#2b3238",
    canvas="#15181b",
    ok="#4ade80",
    warn="#f59e0b",
    bad="#f87171",
)

RADIUS = 8  # of a card
GAP = 8  # between cards
BASE = 13  # pixels of the usual text
SMALL = 12  # of dim notes

# Kept as the system has them; a desktop without one of these gets the font the program brings.
_GOOD_FONTS = (
    "Segoe UI",
    "Microsoft YaHei",
    "SF Pro",
    ".AppleSystemUIFont",
    "PingFang",
    "Inter",
    "Noto Sans",
    "Ubuntu",
    "Cantarell",
    "Source Han Sans",
)
_CHINESE_FONTS = ("Microsoft YaHei UI", "PingFang SC", "Noto Sans CJK SC", "Source Han Sans SC")


class Theme:
    """The colours in use. Follows the system unless the user chose one."""

    def __init__(self, choice: Choice = "system", families: Sequence[str] = ()) -> None:
        """`families`: fonts the program brings, already loaded, the best first."""
        self.changed: Event[Tokens] = Event()
        self._choice = choice
        self._families = tuple(families)
        hints = QGuiApplication.styleHints()
        self.tokens = tokens_for(choice, hints.colorScheme())

    @property
    def choice(self) -> Choice:
        return self._choice

    def choose(self, choice: Choice) -> None:
        self._choice = choice
        self.apply()

    def follow_system(self) -> None:
        """The system went light or dark."""
        if self._choice == "system":
            self.apply()

    def apply(self) -> None:
        """Dress the whole application and tell those who paint themselves."""
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        scheme = QGuiApplication.styleHints().colorScheme()
        self.tokens = tokens_for(self._choice, scheme)
        app.setStyle("Fusion")
        app.setPalette(palette(self.tokens))
        app.setFont(window_font(self._families))
        app.setStyleSheet(style_sheet(self.tokens))
        self.changed(self.tokens)


def tokens_for(choice: Choice, system: Qt.ColorScheme) -> Tokens:
    dark = choice == "dark" or (choice == "system" and system == Qt.ColorScheme.Dark)
    return DARK if dark else LIGHT


def window_font(families: Sequence[str] = ()) -> QFont:
    """The system's font where it is made for screens, with Chinese and our own behind it."""
    system = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    own = system.family()
    first = [own] if own.startswith(_GOOD_FONTS) else []
    font = QFont(system)
    font.setFamilies([*first, *families, *_CHINESE_FONTS, own])
    font.setPixelSize(BASE)
    return font


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two #RRGGBB colours, 1 to 21 (WCAG 2.1, 1.4.3)."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(color: str) -> float:
    parts = (int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def palette(t: Tokens) -> QPalette:
    """For what no style sheet reaches: native parts, selection, links, disabled text."""
    role = QPalette.ColorRole
    made = QPalette()
    for which, color in (
        (role.Window, t.bg),
        (role.WindowText, t.text),
        (role.Base, t.panel),
        (role.AlternateBase, t.bg),
        (role.Text, t.text),
        (role.Button, t.panel),
        (role.ButtonText, t.text),
        (role.BrightText, t.bad),
        (role.Highlight, t.accent),
        (role.HighlightedText, t.on_accent),
        (role.Link, t.accent),
        (role.PlaceholderText, t.dim),
        (role.ToolTipBase, t.panel),
        (role.ToolTipText, t.text),
        (role.Mid, t.line),
        (role.Dark, t.line),
        (role.Light, t.line),
        (role.Midlight, t.line),
        (role.Shadow, t.line),
        (role.Accent, t.accent),
    ):
        made.setColor(which, QColor(color))
    for which in (role.WindowText, role.Text, role.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, which, QColor(t.dim))
    return made


def style_image(name: str, t: Tokens) -> str:
    """Where a picture of the style sheet is, with forward slashes as the style sheet wants."""
    return str(files("gisapp").joinpath("icons", f"{name}-{t.name}.svg")).replace("\\", "/")


def style_sheet(t: Tokens) -> str:
    arrow, tick = style_image("arrow", t), style_image("tick", t)
    return f"""
QWidget {{ color: {t.text}; }}
QMainWindow, QDialog, QWidget#root, QWidget#page {{ background: {t.bg}; }}
QMenuBar {{ background: {t.panel}; border-bottom: 1px solid {t.line}; padding: 2px 6px; }}
QMenuBar::item {{ padding: 5px 9px; border-radius: 4px; background: transparent; }}
QMenuBar::item:selected, QMenuBar::item:pressed {{ background: {t.hover}; }}
QMenu {{ background: {t.panel}; border: 1px solid {t.line}; padding: 5px; }}
QMenu::item {{ padding: 5px 26px 5px 10px; border-radius: 4px; }}
QMenu::item:selected {{ background: {t.hover}; }}
QMenu::item:disabled {{ color: {t.dim}; }}
QMenu::separator {{ height: 1px; background: {t.line}; margin: 5px 6px; }}
QMenu::icon {{ padding-left: 6px; }}
QToolTip {{ background: {t.panel}; color: {t.text}; border: 1px solid {t.line}; padding: 4px 7px; }}
*[kind="card"] {{
    background: {t.panel}; border: 1px solid {t.line}; border-radius: {RADIUS}px;
}}
*[kind="plain"], QStackedWidget, QScrollArea, QScrollArea > QWidget > QWidget {{
    background: transparent; border: none;
}}
QLabel {{ background: transparent; border: none; }}
QLabel[kind="title"] {{ font-weight: 600; }}
QLabel[kind="headline"] {{ font-size: 22px; font-weight: 600; }}
QLabel[kind="group"] {{ font-weight: 600; padding-top: 6px; }}
QLabel[kind="dim"], *[kind="dim"] {{ color: {t.dim}; font-size: {SMALL}px; }}
QLabel[kind="clause"] {{ color: {t.dim}; font-size: 11px; }}
QLabel[kind="ok"] {{ color: {t.ok}; font-size: {SMALL}px; }}
QLabel[kind="warn"] {{ color: {t.warn}; font-size: {SMALL}px; }}
QLabel[kind="bad"] {{ color: {t.bad}; font-size: {SMALL}px; }}
QLabel[kind="light"] {{ border-radius: 4px; background: {t.ok}; }}
QLabel[kind="light"][state="warn"] {{ background: {t.warn}; }}
QLabel[kind="light"][state="dim"] {{ background: {t.dim}; }}
QLabel[kind="key"] {{
    background: {t.bg}; border: 1px solid {t.line}; border-radius: 4px; padding: 1px 6px;
}}
QPushButton {{
    background: {t.panel}; border: 1px solid {t.line}; border-radius: 6px; padding: 5px 12px;
    outline: none;
}}
QPushButton:hover {{ background: {t.hover}; }}
QPushButton:focus, QToolButton:focus {{ border: 1px solid {t.accent}; }}
QPushButton:disabled {{ color: {t.dim}; background: {t.bg}; }}
QPushButton[kind="primary"] {{
    background: {t.accent}; border-color: {t.accent}; color: {t.on_accent}; font-weight: 600;
}}
QPushButton[kind="primary"]:focus {{ border: 2px solid {t.text}; padding: 4px 11px; }}
QPushButton[kind="primary"]:disabled {{
    background: {t.line}; border-color: {t.line}; color: {t.dim};
}}
QPushButton[kind="tab"] {{
    border: 1px solid transparent; background: transparent; padding: 6px 14px; color: {t.dim};
}}
QPushButton[kind="tab"]:hover {{ color: {t.text}; }}
QPushButton[kind="tab"]:focus {{ border: 1px solid {t.accent}; }}
QPushButton[kind="tab"]:checked {{ color: {t.accent}; font-weight: 600; background: {t.hover}; }}
QPushButton[kind="link"], QPushButton[kind="status"] {{
    border: 1px solid transparent; background: transparent; padding: 2px 5px;
}}
QPushButton[kind="link"] {{ color: {t.accent}; }}
QPushButton[kind="link"][side="left"] {{ text-align: left; }}
QPushButton[kind="link"]:hover {{ background: {t.hover}; }}
QPushButton[kind="status"] {{ color: {t.dim}; font-size: {SMALL}px; }}
QPushButton[kind="status"]:hover {{ color: {t.text}; background: {t.hover}; }}
QPushButton[kind="link"]:focus, QPushButton[kind="status"]:focus {{
    border: 1px solid {t.accent};
}}
QPushButton[kind="tile"] {{ text-align: left; padding: 0; border-radius: {RADIUS}px; }}
QToolButton {{
    border: 1px solid transparent; border-radius: 6px; padding: 5px; background: transparent;
}}
QToolButton:hover, QToolButton:checked, QToolButton:pressed {{ background: {t.hover}; }}
QToolButton[kind="box"] {{ border: 1px solid {t.line}; background: {t.panel}; }}
QToolButton[kind="box"]:hover {{ background: {t.hover}; }}
QToolButton[kind="box"]:focus {{ border: 1px solid {t.accent}; }}
QToolButton[kind="pick"] {{ padding: 1px; }}
QToolButton[kind="pick"]:checked, QToolButton[kind="pick"]:focus {{ border: 1px solid {t.accent}; }}
QToolButton[kind="photo"] {{ padding: 0; border-radius: 4px; background: {t.canvas}; }}
QToolButton::menu-indicator {{ image: none; }}
QLineEdit, QComboBox, QAbstractSpinBox, QPlainTextEdit, QTextEdit, QDateEdit {{
    background: {t.bg}; border: 1px solid {t.line}; border-radius: 6px; padding: 4px 8px;
    selection-background-color: {t.accent}; selection-color: {t.on_accent};
}}
QLineEdit:focus, QComboBox:focus, QAbstractSpinBox:focus, QPlainTextEdit:focus,
QTextEdit:focus, QDateEdit:focus {{ border: 1px solid {t.accent}; background: {t.panel}; }}
QLineEdit:disabled, QComboBox:disabled, QAbstractSpinBox:disabled {{
    color: {t.dim}; background: transparent;
}}
QLineEdit[kind="status"] {{ font-size: {SMALL}px; padding: 1px 5px; background: {t.panel}; }}
QLineEdit[state="wrong"] {{ border: 1px solid {t.bad}; }}
QComboBox {{ padding-right: 22px; }}
QComboBox::drop-down {{ border: none; width: 20px; }}
QComboBox::down-arrow {{ image: url("{arrow}"); width: 12px; height: 12px; }}
QComboBox QAbstractItemView {{
    background: {t.panel}; border: 1px solid {t.line}; padding: 4px; outline: 0;
    selection-background-color: {t.hover}; selection-color: {t.text};
}}
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{ width: 0; border: none; }}
QTextBrowser {{ border: none; background: transparent; padding: 0; }}
QTextBrowser:focus {{ border: none; background: transparent; }}
QAbstractScrollArea::corner {{ background: transparent; border: none; }}
QCheckBox {{ spacing: 8px; background: transparent; }}
QCheckBox::indicator, QTableView::indicator, QListView::indicator {{
    width: 14px; height: 14px; border: 1px solid {t.dim}; border-radius: 4px; background: {t.panel};
}}
QCheckBox::indicator:checked, QTableView::indicator:checked, QListView::indicator:checked {{
    background: {t.accent}; border-color: {t.accent}; image: url("{tick}");
}}
QCheckBox:focus {{ color: {t.accent}; }}
QTreeView, QListView, QTableView {{
    border: 1px solid transparent; border-radius: 6px; background: transparent; outline: 0;
    selection-background-color: {t.hover}; selection-color: {t.text};
}}
QTreeView:focus, QListView:focus, QTableView:focus {{ border: 1px solid {t.line}; }}
QTreeView::item, QListView::item {{ min-height: 26px; }}
QListView::item {{ border-radius: 6px; }}
QTabWidget::pane {{ border: none; border-top: 1px solid {t.line}; }}
QTabBar {{ qproperty-drawBase: 0; }}
QTabBar::tab {{
    padding: 6px 10px; margin: 0 4px 4px 0; border: none; border-radius: 6px;
    background: transparent; color: {t.dim};
}}
QTabBar::tab:selected {{ background: {t.hover}; color: {t.accent}; }}
QTabBar::tab:hover {{ color: {t.text}; }}
QTreeView::item:selected, QListView::item:selected, QTableView::item:selected {{
    background: {t.hover}; color: {t.text};
}}
QHeaderView, QHeaderView::section {{ background: {t.panel}; }}
QHeaderView::section {{
    border: none; border-bottom: 1px solid {t.line}; padding: 4px; color: {t.dim};
    font-size: {SMALL}px;
}}
QSplitter::handle {{ background: transparent; }}
QSplitter::handle:hover {{ background: {t.line}; border-radius: 3px; }}
QScrollBar {{ background: transparent; border: none; margin: 0; }}
QScrollBar:vertical {{ width: 9px; }}
QScrollBar:horizontal {{ height: 9px; }}
QScrollBar::handle {{ background: {t.line}; border-radius: 4px; }}
QScrollBar::handle:vertical {{ min-height: 28px; }}
QScrollBar::handle:horizontal {{ min-width: 28px; }}
QScrollBar::handle:hover {{ background: {t.dim}; }}
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {{
    background: transparent; border: none; width: 0; height: 0;
}}
QSlider::groove:horizontal {{ height: 4px; border-radius: 2px; background: {t.line}; }}
QSlider::sub-page:horizontal {{ height: 4px; border-radius: 2px; background: {t.accent}; }}
QSlider::handle:horizontal {{
    width: 14px; height: 14px; margin: -5px 0; border-radius: 7px; background: {t.accent};
}}
QProgressBar {{ border: none; background: {t.line}; border-radius: 2px; max-height: 4px; }}
QProgressBar::chunk {{ background: {t.accent}; border-radius: 2px; }}
"""

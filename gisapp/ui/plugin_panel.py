"""Which plugins are there, what they bring, and which could not be used."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from gisapp.app.plugins import PluginList
from gisapp.model.text import language, tr
from gisapp.ui.card import label
from gisapp.ui.side_panel import TaskCard
from gisapp.ui.theme import Tokens


class PluginPanel(TaskCard):
    def __init__(self, plugins: PluginList, tokens: Tokens, parent: QWidget | None = None) -> None:
        super().__init__(tr("Plugins"), tokens, parent)
        column = self.scrolled()
        for manifest in plugins.manifests:
            chinese = language() == "zh_CN" and manifest.title_zh_CN
            name = manifest.title_zh_CN if chinese else manifest.title
            column.addWidget(label(f"{name}  {manifest.version}", "group"))
            brings = ", ".join(c.caption for c in manifest.contributions)
            column.addWidget(label(brings, "dim", wrap=True))
        if plugins.failures:
            column.addWidget(label(tr("Switched off"), "group"))
        for failure in plugins.failures:
            column.addWidget(label(failure.message, "warn", wrap=True))
            if failure.hint:
                column.addWidget(label(failure.hint, "dim", wrap=True))
        words = tr("A plugin is a folder with a plugin.toml; put it into the folder of plugins.")
        column.addWidget(label(words, "dim", wrap=True))
        column.addStretch(1)

"""The outfalls as a file for another office: its kind, how places are written, what stays here."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QCheckBox, QGridLayout, QWidget

from gisapp.app.delivery import Delivered, DeliveryOptions, deliver
from gisapp.app.jobs import Job
from gisapp.app.place_columns import Notation, Placing
from gisapp.model.errors import GisError
from gisapp.model.ledger_template import ledger_templates
from gisapp.model.progress import Progress
from gisapp.model.text import tr
from gisapp.ui.card import button, label
from gisapp.ui.context import Message, WindowContext
from gisapp.ui.file_choice import choose_new_file
from gisapp.ui.form import QuietCombo
from gisapp.ui.output_panel import safe_name, say_saved
from gisapp.ui.side_panel import TaskCard

KINDS = (".xlsx", ".shp", ".gpkg", ".geojson", ".kmz", ".kml", ".csv")


class DeliveryPanel(TaskCard):
    """Only what a kind of file asks for is shown. The file is written in the background."""

    def __init__(self, context: WindowContext, parent: QWidget | None = None) -> None:
        super().__init__(tr("Deliver outfalls"), context.theme.tokens, parent)
        self._context = context
        names = {".xlsx": "XLSX", ".shp": "Shapefile", ".gpkg": "GeoPackage", ".kml": "KML",
                 ".geojson": "GeoJSON", ".kmz": tr("KMZ with photos"), ".csv": "CSV"}  # fmt: skip
        self.kind = QuietCombo([(kind, names[kind]) for kind in KINDS])
        templates = [(t.id, t.caption) for t in ledger_templates().values()]
        self.template = QuietCombo([*templates, ("", tr("Every field"))])
        self.notation = QuietCombo(
            [
                ("decimal", tr("Decimal degrees")),
                ("dms", tr("Degrees, minutes, seconds")),
                ("metres", tr("Zone metres")),
            ]
        )
        self.encoding = QuietCombo([("utf-8", "UTF-8"), ("gbk", "GBK")])
        self.public = QCheckBox(tr("For the public"))
        self.public.setToolTip(tr("Rounded places, nothing about people"))
        self.write = button(tr("Write the file"), "primary")
        self.write.clicked.connect(self.ask)
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(1, 1)
        self._lines: dict[str, tuple[QWidget, QWidget]] = {}
        for row, (name, words, widget) in enumerate(
            (
                ("kind", tr("Kind of file"), self.kind),
                ("template", tr("Template"), self.template),
                ("notation", tr("Coordinates"), self.notation),
                ("encoding", tr("Encoding"), self.encoding),
            )
        ):
            caption = label(words, "dim")
            caption.setBuddy(widget)
            widget.setAccessibleName(words)
            grid.addWidget(caption, row, 0)
            grid.addWidget(widget, row, 1)
            self._lines[name] = (caption, widget)
        self.add(grid)
        self.add(self.public)
        self.add(self.write)
        self.body.addStretch(1)
        self.setFocusProxy(self.kind)
        self.kind.currentIndexChanged.connect(lambda index: self._dress())
        self._dress()

    def _dress(self) -> None:
        kind = self.kind.currentData()
        asked = {
            "template": kind == ".xlsx",
            "notation": kind in (".xlsx", ".csv", ".shp", ".gpkg"),
            "encoding": kind == ".shp",
        }
        for name, wanted in asked.items():
            for part in self._lines[name]:
                part.setVisible(wanted)

    def options(self) -> DeliveryOptions:
        """As they are chosen; degrees and minutes only where a place is words."""
        kind, notation = self.kind.currentData(), self.notation.currentData()
        known: Notation = notation
        if kind not in (".xlsx", ".csv") and notation == "dms":
            known = "decimal"
        if kind in (".kml", ".kmz", ".geojson"):
            known = "decimal"
        template = ledger_templates().get(self.template.currentData())
        return DeliveryOptions(
            Placing(known, "", self.public.isChecked()),
            self.encoding.currentData(),
            titles=True,
            template=template,
        )

    def ask(self) -> None:
        """Where to."""
        folder = self._context.folder or Path.home()
        name = safe_name(self._context.workspace.store.project.title)
        suggested = folder / f"{name}{self.kind.currentData()}"
        choose_new_file(self, suggested, self.save)

    def save(self, path: Path) -> None:
        """Write the file in the background and say where it is and what was lost."""
        ending = str(self.kind.currentData())
        if path.suffix.lower() != ending:
            path = path.with_name(path.name + ending)
        project, folder, options = (
            self._context.workspace.store.project, self._context.folder, self.options(),
        )  # fmt: skip

        def work(progress: Progress) -> Delivered | GisError:
            try:
                return deliver(project, path, options, folder=folder, progress=progress)
            except GisError as error:
                return error

        def done(found: Delivered | GisError) -> None:
            if isinstance(found, GisError):
                self._context.say(Message(found.message, "error", hint=found.hint, key="saved"))
                return
            rows = tr("{n} rows").format(n=f"{found.rows:,}")
            say_saved(self._context, path, "\n".join((rows, *found.warnings)))

        job = Job(tr("Saving {file}").format(file=path.name), work)
        job.done.subscribe(done)
        self._context.jobs.start(job)

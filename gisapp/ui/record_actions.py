"""Menu entries of the record of outfalls."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from gisapp.app.actions import Action
from gisapp.app.table_view import ColumnFilter
from gisapp.model.crs import CGCS2000, transform_extent
from gisapp.model.errors import GisError
from gisapp.model.geometry import Extent, Point
from gisapp.model.survey_scheme import SurveyScheme
from gisapp.model.text import tr
from gisapp.ui.coverage_panel import CoveragePanel
from gisapp.ui.delivery_panel import DeliveryPanel
from gisapp.ui.findings_panel import FindingsPanel
from gisapp.ui.import_actions import import_actions
from gisapp.ui.photo_commands import photo_actions
from gisapp.ui.place_panel import PlacePanel
from gisapp.ui.reconcile_panel import ReconcilePanel
from gisapp.ui.rule_settings import RuleSettingsPanel
from gisapp.ui.scheme_panel import SchemePanel
from gisapp.ui.template_card import TemplateCard

if TYPE_CHECKING:
    from gisapp.ui.main_window import MainWindow


def record_actions(window: MainWindow) -> Iterator[Action]:
    page, context = window.project_page, window.context
    feature = page.feature

    def at_a_coordinate() -> None:
        near: Extent | None = None
        if context.map_view is not None:
            camera = context.map_view.camera
            try:
                near = transform_extent(camera.extent, camera.crs, CGCS2000)
            except GisError:
                near = None
        page.open_card(PlacePanel(context, near, feature.start_typing))

    def show(place: Point | None) -> None:
        page.map_area.map.show_cross(place)
        if place is not None:
            page.go_to(place, focus=False)

    def findings() -> None:
        page.open_card(FindingsPanel(context, show))

    def filters() -> tuple[tuple[str, ColumnFilter], ...]:
        """Of the attribute table, when it shows the outfalls."""
        table, layer = page.table, context.workspace.store.project.layer_of_role("outfalls")
        shown = layer is not None and layer.id == table.layer_id and not table.related
        return table.questions.query.filters if shown else ()

    def workflow(draft: SurveyScheme | None = None) -> None:
        page.open_card(SchemePanel(context, draft, workflow))

    def checks(draft: SurveyScheme | None = None) -> None:
        page.open_card(RuleSettingsPanel(context, draft, checks))

    yield Action(
        "survey.at_coordinate",
        tr("Outfall at a coordinate"),
        "survey",
        at_a_coordinate,
        ("Ctrl+Shift+A",),
        icon="target",
        group="record",
    )
    yield Action(
        "survey.templates",
        tr("Templates of outfalls"),
        "survey",
        lambda: page.open_card(TemplateCard(context)),
        ("Ctrl+Shift+T",),
        icon="list",
        group="record",
    )
    yield Action(
        "survey.state",
        tr("Change the state of the outfall"),
        "survey",
        feature.record.state.open_sheet,
        ("Ctrl+Return",),
        enabled=lambda: feature.record.outfall is not None,
        group="record",
    )
    yield Action(
        "survey.next_field",
        tr("To what matters next in the record"),
        "survey",
        feature.start_typing,
        ("Ctrl+J",),
        enabled=feature.has_one,
        group="record",
    )
    yield Action(
        "survey.coverage",
        tr("Progress of the survey"),
        "survey",
        lambda: page.open_card(CoveragePanel(context)),
        icon="chart",
        group="record",
    )
    yield Action(
        "survey.findings",
        tr("Check the survey"),
        "survey",
        findings,
        ("Ctrl+Shift+F",),
        icon="check",
        group="record",
    )
    yield Action(
        "survey.workflow", tr("Workflow of the survey"), "survey", workflow, group="record"
    )
    yield Action("survey.rules", tr("Checks and their numbers"), "survey", checks, group="record")
    yield from import_actions(window)
    yield from photo_actions(window)
    yield Action(
        "survey.reconcile",
        tr("Compare with another ledger"),
        "survey",
        lambda: page.open_card(ReconcilePanel(context, show)),
        icon="split",
        group="record",
    )
    yield Action(
        "output.deliver",
        tr("Deliver outfalls"),
        "output",
        lambda: page.open_card(DeliveryPanel(context, filters)),
        icon="export",
        group="ledger",
    )

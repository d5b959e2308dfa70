"""What the page of a project is built of; loaded by gisapp/ui/later.py."""

from __future__ import annotations

from gisapp.app.base_map_reading import use_press
from gisapp.io.tile_desk import close_desk
from gisapp.ui.flight_project import new_flight_project
from gisapp.ui.page_actions import page_actions
from gisapp.ui.page_commands import PageCommands
from gisapp.ui.project_page import ProjectPage
from gisapp.ui.search_box import SearchBox
from gisapp.ui.series_plot import warm_up_charts
from gisapp.ui.top_bar import TopBar

__all__ = [
    "PageCommands",
    "ProjectPage",
    "SearchBox",
    "TopBar",
    "close_desk",
    "new_flight_project",
    "page_actions",
    "use_press",
    "warm_up_charts",
]

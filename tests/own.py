"""What gisapp itself brings, without any plugin: its painters, tools and readers."""

from gisapp.app.plugins import find_plugins

OWN = find_plugins([])

"""gisapp: a desktop GIS for finding and following pollution along rivers."""

__version__ = "0.1.0"

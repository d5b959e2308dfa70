"""To be imported first: the process starts as the program with its window does."""

from gisapp.main import get_ready, import_qt

get_ready()
import_qt()

"""Imports without a search of every module's source."""

from __future__ import annotations

import sys
from typing import Any

import PySide6.QtCore  # noqa: F401  (brings in what reads the sources)


def import_plainly() -> bool:
    """From now on Qt does not read the source of what is imported; whether it could be told so.

    It looks for its own name there, to know where a module may want other names for its methods
    (`from __feature__ import snake_case`). That is a tenth of the time of importing. Here every
    module counts as one that may; one that says so is heard as before.
    """
    feature: Any = sys.modules.get("shibokensupport.feature")
    if not hasattr(feature, "_mod_uses_pyside"):
        return False
    feature._mod_uses_pyside = lambda module: True
    return True

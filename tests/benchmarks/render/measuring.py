"""What is measured of the drawing, one case after the other."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.benchmarks.render import edits, views
from tests.benchmarks.render.child import has_qgis
from tests.benchmarks.render.comparison import ALL, Comparison, figure
from tests.benchmarks.render.data_sets import default_folder, make
from tests.benchmarks.render.likeness import compare
from tests.benchmarks.render.table import table

ROUNDS = {"quick": 3, "usual": 9, "large": 3}
PARTS = ("first", "warm", "cold", "plain", "edits")
PLAIN = ("lines", "areas", "thermal")  # cases measured without compiled loops too


def measured(
    size: str = "usual",
    folder: Path | None = None,
    only: tuple[str, ...] = (),
    rounds: int = 0,
) -> Iterator[dict[str, Any]]:
    """`only`: cases ("points", "all") or parts ("first", "warm", "cold", "plain", "edits")."""
    figures = []
    for made in _figures(size, folder or default_folder(), only, rounds):
        figures.append(made)
        yield made
    print(table(figures), file=sys.stderr)


def _figures(
    size: str, folder: Path, only: tuple[str, ...], rounds: int
) -> Iterator[dict[str, Any]]:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    files = make(folder, size, "AB" if size == "large" else "ABCDE")
    pictures = folder / "pictures" / size
    both = Comparison(files, folder / "prepared", pictures, has_qgis(), rounds or ROUNDS[size])

    def wanted(*names: str) -> bool:
        parts = set(PARTS)
        asked, told = set(only), set(names)
        return all(not group or told & group for group in (asked & parts, asked - parts))

    cases = [case for case in both.cases() if any(wanted(part, case) for part in PARTS[:3])]
    if wanted("first"):
        shutil.rmtree(both.store, ignore_errors=True)
        for case in cases:
            if case != ALL:
                yield from both.prepare(case)
    for case in cases:
        if wanted("warm", case):
            yield from both.warm(case)
            yield from _likeness(both, case)
    for case in cases if size != "large" else ():
        if wanted("cold", case):
            yield from both.cold(case)
    alone = Comparison(files, both.store, pictures, False, 3, plain=True)
    for case in PLAIN if size != "large" else ():
        if wanted("plain", case):
            yield from alone.warm(case, "plain")
    if wanted("edits") and size != "large" and "edits" in (only or ("edits",)):
        yield from edits.run()


def _likeness(both: Comparison, case: str) -> Iterator[dict[str, Any]]:
    if not both.with_peer:
        return
    from PySide6.QtGui import QGuiApplication

    app = QGuiApplication.instance() or QGuiApplication([])
    for view in views.VIEWS:
        ours, peer = (both.pictures / f"{case}-{view}-{who}.png" for who in ("warm", "qgis"))
        share = compare(peer, ours, both.pictures / f"{case}-{view}-both.png")
        yield figure(f"differs/{case}/{view}", share, None, unit="% of blocks")
    del app

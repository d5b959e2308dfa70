"""The figures as a person reads them, and against what was aimed at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

# Times as fast as QGIS, warm; "all" has a target, the others what a trial of the method reached.
AIMS: Mapping[str, tuple[float, float, float]] = {  # full, w8, w64
    "points": (121, 22, 1.4),
    "lines": (76, 11, 2.3),
    "areas": (12, 3.6, 1.7),
    "thermal": (6.9, 5.2, 6.0),
    "picture": (3, 3, 3),
    "all": (5, 5, 5),
}
VIEWS = ("full", "w8", "w64")


def aim_of(case: str) -> float | None:
    kind, _, rest = case.partition("/")
    name, _, view = rest.partition("/")
    if view not in VIEWS:
        return None
    if kind == "cold":
        return 1.0
    aims = AIMS.get(name) if kind == "warm" else None
    return aims[VIEWS.index(view)] if aims else None


def table(figures: Iterable[Mapping[str, Any]]) -> str:
    lines = [f"{'':34}{'ours':>10}{'QGIS':>10}{'ratio':>8}{'aim':>7}{'':>4}{'MB':>6}{'QGIS MB':>9}"]
    for figure in figures:
        aim, ratio = aim_of(figure["case"]), figure.get("ratio")
        met = "" if aim is None or ratio is None else "yes" if ratio >= aim else "NO"
        lines.append(
            f"{figure['case']:34}{figure['value']:>10}{figure.get('peer_value', ''):>10}"
            f"{ratio if ratio is not None else '':>8}{aim if aim is not None else '':>7}{met:>4}"
            f"{figure.get('memory_mb', ''):>6}{figure.get('peer_memory_mb', ''):>9}"
            f"  {figure['unit']}"
        )
    return "\n".join(lines)

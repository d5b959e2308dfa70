"""Tracing with the layers of a project, through whichever plugin offers it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gisapp.app.layer_reading import LayerReading
from gisapp.app.plugins import PluginList
from gisapp.model.errors import PluginError
from gisapp.model.features import FeatureSet
from gisapp.model.progress import Part, Progress
from gisapp.model.text import tr
from gisapp.render.canvas import Press

TRACE_ALGORITHM = "trace-upstream"
TRACE_EXPORTER = "trace-report"
HAND_ALGORITHM = "rivers-at-hand"  # for a pointer; no form of its own
ALONG_ALGORITHM = "trace-network"
SPILL_ALGORITHM = "spill-downstream"
CATCHMENT_ALGORITHM = "catchment"
REACH_CATCHMENT_ALGORITHM = "catchment-of-reach"  # from unit catchments
RANK_ALGORITHM = "rank-sources"
RANK_EXPORTER = "ranking-report"
CASE_EXPORTER = "ranking-case"
CASE_READER = "open-case"
CASE_RERUN = "rerun-case"
CASE_COMPARER = "compare-cases"
CHARTS_ALGORITHM = "charts-of-ranking"  # for an answer; no form of its own


def trace_in_project(
    plugins: PluginList,
    reading: LayerReading,
    start: str,
    layers: Mapping[str, str],
    values: Mapping[str, Any],
    progress: Progress,
    name: str = TRACE_ALGORITHM,
) -> tuple[Any, FeatureSet]:
    """The trace and the rivers it was made in.

    layers: parameter (rivers, stations, …) to the layer's role, name or id, or a file.
    name: of the algorithm, ALONG_ALGORITHM for other ways than up all tributaries.
    """
    algorithm = plugins.algorithm(name)
    reading_part = Part(progress, 0.0, 0.4)
    read = {role: reading.features(text, reading_part) for role, text in layers.items()}
    trace = algorithm.run({**values, **read, "start": start}, Part(progress, 0.4, 1.0))
    return trace, read["rivers"]


def write_trace(
    plugins: PluginList,
    trace: Any,
    rivers: FeatureSet,
    path: Path,
    date: str,
    progress: Progress,
) -> Path:
    """Write the report; its kind by the ending. Raises WriteError, PluginError."""
    for contribution in plugins.contributions("exporter"):
        if contribution.name == TRACE_EXPORTER:
            plugins.load(contribution)(trace, path, rivers=rivers, date=date, progress=progress)
            return path
    raise PluginError(
        tr("Nothing here writes trace reports"),
        hint=tr("The plugin for upstream tracing is missing or switched off."),
    )


def write_ranking(
    plugins: PluginList,
    ranking: Any,
    path: Path,
    rivers: FeatureSet | None,
    date: str,
    press: Press | None,
    progress: Progress,
    *,
    exporter: str = RANK_EXPORTER,
) -> Path:
    """Write a ranking as a report, or as a case. Raises WriteError, PluginError."""
    for contribution in plugins.contributions("exporter"):
        if contribution.name == exporter:
            write = plugins.load(contribution)
            write(ranking, path, rivers=rivers, date=date, press=press, progress=progress)
            return path
    raise PluginError(
        tr("Nothing here writes rankings"),
        hint=tr("The plugin for upstream tracing is missing or switched off."),
    )


def report_name(words: str, answer: Any, ending: str) -> str:
    """A name for the report of an answer that tells it from others: `2025-03-20 ST09 Candidates`;
    what is not known of it is left out, and what file systems do not take is left off."""
    said = (
        str(getattr(answer, "time", ""))[:10],
        getattr(getattr(answer, "start", None), "title", ""),
    )
    stem = " ".join(str(part) for part in (*said, words) if part)
    plain = re.sub(r"[^\w .-]+", "-", stem)[:80].strip(" .-")
    return f"{plain}.{ending}"

"""Layers for commands: from files, or all of a project's by their roles."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gisapp.api import Desk, FeatureSet, features_of, project_layers, tr

ROLES = ("rivers", "sources", "stations", "repairs", "placements", "pipes")


def rivers_from(path: Path, desk: Desk) -> FeatureSet:
    """A network built before, or any file of features."""
    return features_of(desk.plugins.read(path, desk), path.name)


def add_project(parser: argparse.ArgumentParser) -> None:
    words = tr("a project folder: its rivers, sources, stations, records and what was said by hand")
    parser.add_argument("--project", type=Path, metavar=tr("FOLDER"), help=words)


@contextmanager
def known_of_project(folder: Path | None, desk: Desk) -> Iterator[dict[str, Any]]:
    """What a ranking takes from a project, as long as it is open; nothing without one."""
    if folder is None:
        yield {}
        return
    with project_layers(folder, ROLES, desk.plugins, desk) as project:
        known: dict[str, Any] = dict(project.layers)
        for role, name in (("stations", "records"), ("sources", "source_records")):
            if role in project.records:
                known[name] = str(project.records[role])
        yield known

"""Shared fixtures: a small project, and ways to run jobs without Qt."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import settings
from shapely import Point

from gisapp.app.jobs import JobRunner
from gisapp.model.field import Field
from gisapp.model.layer import TABLE, Layer, LayerId, Source
from gisapp.model.project import Project
from gisapp.model.style import PointStyle
from gisapp.model.table import GEOMETRY, FeatureTable
from gisapp.model.text import use_language

OUTFALLS = LayerId("outfalls")

# How long an example takes says something of the machine, not of the program.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    """Each test begins in English, whatever the one before it spoke."""
    use_language("en")
    yield
    use_language("en")


@pytest.fixture
def outfalls() -> FeatureTable:
    """Two made-up points: A1 North with a flow of 1.5, A2 South with 2.5."""
    fields = (Field("name"), Field("flow", "real", unit="m³/s"))
    return FeatureTable.from_rows(
        "outfalls",
        "EPSG:4490",
        fields,
        {
            "A1": {"name": "North", "flow": 1.5, GEOMETRY: Point(100.0, 30.0)},
            "A2": {"name": "South", "flow": 2.5, GEOMETRY: Point(101.0, 31.0)},
        },
    )


@pytest.fixture
def project(outfalls: FeatureTable) -> Project:
    layer = Layer("Outfalls", Source(TABLE, "outfalls"), PointStyle(), role="outfalls", id=OUTFALLS)
    return Project(layers=(layer,), tables=MappingProxyType({"outfalls": outfalls}))


class Mailbox:
    """Stands in for the main thread: collects what workers post until drained."""

    def __init__(self) -> None:
        self._posts: list[Callable[[], None]] = []

    def __call__(self, action: Callable[[], None]) -> None:
        self._posts.append(action)

    def drain(self) -> None:
        while self._posts:
            self._posts.pop(0)()


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def jobs(mailbox: Mailbox) -> Iterator[JobRunner]:
    """Real workers; what they deliver waits in the mailbox."""
    runner = JobRunner(mailbox, threads=2)
    yield runner
    runner.close()


class AtOnce:
    """An executor without threads."""

    def submit(self, work: Callable[..., Any], *args: Any) -> None:
        work(*args)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """There is nothing to wait for."""


@pytest.fixture
def inline_jobs() -> JobRunner:
    """Each job is done, and heard of, when `start` returns."""
    runner = JobRunner(lambda action: action())
    runner._pool = AtOnce()  # type: ignore[assignment]
    runner.drawing._pool = AtOnce()  # type: ignore[assignment]
    return runner

"""Fails a test during which something was logged at WARNING or above that nobody expected.

Loaded as a pytest plugin. A test that expects such a record takes pytest's `caplog` and looks.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest


class Kept(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture(autouse=True)
def _nothing_unexpected_logged(request: pytest.FixtureRequest) -> Iterator[None]:
    kept = Kept()
    logging.getLogger().addHandler(kept)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(kept)
    if kept.records and "caplog" not in request.fixturenames:
        lines = [
            f"{r.levelname} {r.name}: {r.getMessage()} ({r.pathname}:{r.lineno})"
            for r in kept.records
        ]
        pytest.fail("unexpected log records:\n  " + "\n  ".join(lines), pytrace=False)

"""Made-up events with hidden culprits: the terms together find more than any one of them."""

from __future__ import annotations

import pytest

from tests.benchmarks.ranking import sample_events
from tests.benchmarks.ranking.made_events import compare


@pytest.fixture(scope="module")
def events(sample_files):
    return sample_events(60, seed=3, logged=1.0)


def test_better_than_the_nearest_the_largest_and_chance(events):
    rates = compare(events)
    for other in ("nearest", "largest load", "random"):
        assert rates["ranking"].top3 > rates[other].top3
        assert rates["ranking"].top1 > rates[other].top1


def test_the_same_events_for_the_same_seed(events):
    again = sample_events(60, seed=3, logged=1.0)
    assert [one.culprit for one in again] == [one.culprit for one in events]
    assert again[7].candidates == events[7].candidates
    assert [e.culprit for e in sample_events(60, seed=4)] != [e.culprit for e in events]

"""Mosaics of one place from several nights looked at as one."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from affine import Affine
from gisapp_plugins.outfall_candidates.field_settings import FieldSettings
from gisapp_plugins.outfall_candidates.night import Order, run_night
from gisapp_plugins.outfall_candidates.together import middle_of
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from gisapp.api import Silent
from tests.plugins.test_candidates import LEFT, TO_MAP, plume, river
from tests.plugins.test_candidates_night import corner, the_river, written

TOGETHER = Order(FieldSettings(), together=True)


@pytest.fixture
def nights(tmp_path):
    """A plume every night; another warm spot at the bank in one of them only. Each night has its
    own temperature, the second begins elsewhere."""
    files = []
    for number in range(3):
        celsius = river(number, noise=0.2)
        plume(celsius, 300, 1.2)
        if number == 1:
            plume(celsius, 520, 2.5)
        celsius += 2.0 * number
        to_map = TO_MAP
        if number == 1:
            celsius, to_map = celsius[40:, 25:], TO_MAP * Affine.translation(25, 40)
        files.append(written(tmp_path / f"n{number}.tif", celsius, to_map=to_map))
    return files


def test_what_is_there_every_night_is_found_once_and_what_goes_is_not(nights, tmp_path):
    out = tmp_path / "out"
    found = run_night(nights, the_river(), out, TOGETHER, Silent())
    assert [v.verdict for v in found] == ["done"] * 3
    (one,) = [c for v in found for c in v.found.candidates if c.status == "candidate"]
    x, y = corner(LEFT, 300)
    assert math.hypot(one.x - x, one.y - y) < 3
    facts = found[0].found.facts
    assert facts["nights"] == ["n0.tif", "n1.tif", "n2.tif"]
    assert facts["shifts_c"] == pytest.approx([0, -2, -4], abs=0.05)
    alone = run_night(nights, the_river(), tmp_path / "alone", Order(FieldSettings()), Silent())
    assert sum(c.status == "candidate" for v in alone for c in v.found.candidates) >= 4
    again = run_night(nights, the_river(), out, TOGETHER, Silent())
    assert {v.verdict for v in again} == {"kept"}
    assert [c.id for c in again[0].found.candidates] == [c.id for c in found[0].found.candidates]
    summary = json.loads((out / "summary.json").read_text("utf-8"))
    assert summary["candidates"] == 1
    assert summary["settings"]["together"] is True


def test_nights_that_do_not_fit_say_why(nights, tmp_path):
    other = written(tmp_path / "other.tif", river(), crs="EPSG:4546")
    away = written(tmp_path / "away.tif", river(), to_map=TO_MAP * Affine.translation(9000, 0))
    turned = written(tmp_path / "turned.tif", river(), to_map=TO_MAP * Affine.rotation(3))
    for odd, words in ((other, "coordinate systems"), (away, "no water in common"),
                       (turned, "turned")):  # fmt: skip
        found = run_night([nights[0], odd], the_river(), tmp_path / "out", TOGETHER, Silent())
        assert {v.verdict for v in found} == {"refused"}
        assert words in found[0].message
        assert "one by one" in found[0].hint
    mixed = [tmp_path / "gone.tif", tmp_path / "flight.json", *nights[:2]]
    found = run_night(mixed, the_river(), tmp_path / "out", TOGETHER, Silent())
    assert [v.verdict for v in found] == ["refused", "refused", "done", "done"]


@settings(max_examples=30, deadline=None)
@given(
    arrays.arrays(
        np.float32,
        st.tuples(st.integers(1, 5), st.just(2), st.just(3)),
        elements=st.one_of(st.just(np.nan), st.floats(-20, 40, width=16)),
    )
)
def test_the_middle_of_nights_is_numpys_median(every):
    known = np.isfinite(every).any(axis=0)
    found = middle_of(every)
    assert np.isnan(found[~known]).all()
    if known.any():
        wanted = np.nanmedian(every[:, known].astype(np.float64), axis=0)
        assert found[known] == pytest.approx(wanted, abs=1e-4)

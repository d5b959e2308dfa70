"""The search for garbage pauses and goes on, also after an error, and only if it ran before."""

from __future__ import annotations

import gc

import pytest

from gisapp.model.collecting import nothing_collected


def test_it_goes_on_afterwards_also_after_an_error() -> None:
    assert gc.isenabled()
    with nothing_collected(), nothing_collected():
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(ValueError, match="odd"), nothing_collected():
        raise ValueError("odd")
    assert gc.isenabled()


def test_where_it_was_off_it_stays_off() -> None:
    gc.disable()
    try:
        with nothing_collected():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()

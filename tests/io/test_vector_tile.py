"""Vector tiles: read as they were written, and strangers' bytes never do harm."""

from __future__ import annotations

import gzip
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gisapp.io import vector_tile
from gisapp.io.vector_tile import read_vector_tile, unpacked
from gisapp.model.errors import ReadError
from tests.io.tile_files import number, small_vector_tile, text, vector_feature, vector_layer

places = st.tuples(st.integers(-200, 4300), st.integers(-200, 4300))


def test_what_a_tile_holds():
    water, roads, towns = read_vector_tile(small_vector_tile())
    assert [one.name for one in (water, roads, towns)] == ["water", "roads", "places"]
    ring = water.features[0].parts[0]
    assert ring.tolist() == [[0, 0], [0.5, 0], [0.5, 1], [0, 1], [0, 0]]
    assert roads.features[0].values == {"kind": "highway"}
    assert towns.features[0].values == {"name": "清源", "kind": "town"}
    assert towns.features[0].parts[0].tolist() == [[0.5, 0.5]]


@given(st.lists(st.lists(places, min_size=2, max_size=9), min_size=1, max_size=4))
def test_lines_and_back(lines):
    layer = vector_layer("roads", [vector_feature(2, lines, [])], [], [])
    (found,) = read_vector_tile(layer)[0].features
    assert [np.round(p * 4096).astype(int).tolist() for p in found.parts] == [
        [list(p) for p in line] for line in lines
    ]


@given(st.lists(st.integers(0, 2**32 - 1), max_size=40))
def test_packed_numbers(numbers):
    assert unpacked(b"".join(map(number, numbers))).tolist() == numbers


@settings(max_examples=150)
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(body):
    with suppress(ReadError):  # any other error is a fault
        read_vector_tile(body)


@settings(max_examples=150)
@given(st.integers(0, 10**6), st.integers(0, 255))
def test_a_tile_with_one_wrong_byte_is_read_or_refused(place, value):
    body = bytearray(gzip.decompress(small_vector_tile()))
    body[place % len(body)] = value
    with suppress(ReadError):
        read_vector_tile(bytes(body))


def test_what_would_unpack_to_too_much_is_refused():
    with pytest.raises(ReadError):
        read_vector_tile(gzip.compress(b"\0" * 20_000_000))
    with pytest.raises(ReadError):
        read_vector_tile(text(3, b"") * 200)


def test_what_would_take_long_to_draw_is_refused_or_left_out(monkeypatch):
    monkeypatch.setattr(vector_tile, "MOST_PARTS", 100)
    with pytest.raises(ReadError):  # closes nothing, again and again
        read_vector_tile(text(3, text(2, text(4, b"\x0f" * 101))))
    places = text(2, b"\x18\x01" + text(4, b"\x09\x00\x00" * 101))
    with pytest.raises(ReadError):
        read_vector_tile(text(3, text(1, b"place") + places))
    far = [[(0, 0), (4096 * 5000, 0)], [(0, 0), (4096, 4096)]]
    roads = [vector_feature(2, [line], []) for line in far]
    layer = vector_layer("roads", roads, [], [])
    (kept,) = read_vector_tile(layer)[0].features
    assert kept.parts[0].tolist() == [[0, 0], [1, 1]]

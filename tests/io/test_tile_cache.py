"""Tiles on the disk: a limit, the least used first, and no harm from a damaged file."""

from __future__ import annotations

import sqlite3
import time

from gisapp.io.tile_cache import TileCache


def test_kept_and_found_again(tmp_path):
    cache = TileCache(tmp_path)
    cache.put(("a", 1, 2, 3), b"tile", tag="t")
    cache.close()
    again = TileCache(tmp_path)
    found = again.get(("a", 1, 2, 3))
    assert found is not None
    assert (found.body, found.tag, found.is_new) == (b"tile", "t", True)
    assert again.get(("b", 1, 2, 3)) is None
    again.close()


def test_old_ones_are_told_from_new_ones(tmp_path):
    cache = TileCache(tmp_path)
    cache.put(("a", 1, 2, 3), b"tile", expires=time.time() - 1)
    assert not cache.get(("a", 1, 2, 3)).is_new
    cache.close()


def test_the_limit_holds_and_the_least_used_go_first(tmp_path):
    cache = TileCache(tmp_path, limit=100_000)
    for number in range(60):
        cache.put(("a", 1, number, 0), bytes(1000))
        cache.get(("a", 1, 0, 0))  # used all the time
    for number in range(60, 200):
        cache.put(("a", 1, number, 0), bytes(1000))
        cache.get(("a", 1, 0, 0))
    assert cache.size <= 100_000
    assert cache.get(("a", 1, 0, 0)) is not None
    assert cache.get(("a", 1, 1, 0)) is None
    assert cache.get(("a", 1, 199, 0)) is not None
    cache.close()


def test_a_damaged_file_is_begun_anew(tmp_path):
    path = tmp_path / "tiles.sqlite"
    path.write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
    cache = TileCache(tmp_path)
    cache.put(("a", 1, 2, 3), b"tile")
    assert cache.get(("a", 1, 2, 3)).body == b"tile"
    cache.close()


def test_damage_while_it_is_open_only_ends_the_cache(tmp_path):
    cache = TileCache(tmp_path)
    cache.put(("a", 1, 2, 3), b"tile")
    with sqlite3.connect(cache.path) as other:
        other.execute("DROP TABLE tiles")
    other.close()
    assert cache.get(("a", 1, 2, 3)) is None
    cache.put(("a", 1, 2, 3), b"tile")
    cache.close()


def test_a_folder_that_cannot_be_made_only_means_no_cache(tmp_path):
    (tmp_path / "file").write_text("in the way")
    cache = TileCache(tmp_path / "file" / "below")
    cache.put(("a", 1, 2, 3), b"tile")
    assert cache.get(("a", 1, 2, 3)) is None
    assert cache.size == 0


def test_an_entry_that_was_changed_is_dropped(tmp_path):
    cache = TileCache(tmp_path)
    cache.put(("a", 1, 2, 3), b"tile")
    with sqlite3.connect(cache.path) as other:
        other.execute("UPDATE tiles SET body = x'00'")
    other.close()
    assert cache.get(("a", 1, 2, 3)) is None
    assert cache.size == 0
    cache.close()


def test_one_source_is_cleared(tmp_path):
    cache = TileCache(tmp_path)
    for source in "ab":
        cache.put((source, 1, 2, 3), b"tile")
    cache.clear("a")
    assert cache.get(("a", 1, 2, 3)) is None
    assert cache.get(("b", 1, 2, 3)) is not None
    cache.clear()
    assert cache.size == 0
    cache.close()


def test_a_file_that_another_program_has_locked_is_left_to_it(tmp_path, monkeypatch):
    cache = TileCache(tmp_path)
    cache.put(("a", 1, 2, 3), b"tile")
    cache.close()
    really = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *a, **k: really(*a, **{**k, "timeout": 0}))
    other = really(cache.path, isolation_level=None)
    other.execute("PRAGMA journal_mode = DELETE")
    other.execute("BEGIN EXCLUSIVE")
    waiting = TileCache(tmp_path)
    assert waiting.get(("a", 1, 2, 3)) is None
    other.execute("COMMIT")
    other.close()
    again = TileCache(tmp_path)
    assert again.get(("a", 1, 2, 3)).body == b"tile"
    again.close()

"""Open files: each thread its own, few of them, and none left of threads that ended."""

from __future__ import annotations

import gc
import threading
import weakref
from pathlib import Path

import numpy as np

from gisapp.io.raster import open_raster
from gisapp.io.raster_handles import Handles
from gisapp.model.geometry import PixelGrid, Size
from gisapp.model.progress import Silent
from tests.io.test_raster import slope, write


class File:
    def __init__(self) -> None:
        self.closed = False

    def close(self) -> None:
        self.closed = True


def test_the_same_thread_gets_the_same_file() -> None:
    handles = Handles(2)
    one = handles.get("a", 0, File)
    assert handles.get("a", 0, File) is one
    assert handles.get("a", 1, File) is not one
    assert handles.count == 2


def test_what_was_not_used_for_longest_is_closed_first() -> None:
    handles = Handles(2)
    a, b = handles.get("a", 0, File), handles.get("b", 0, File)
    handles.get("a", 0, File)
    handles.get("c", 0, File)
    assert (a.closed, b.closed) == (False, True)
    assert handles.count == 2


def test_files_are_closed_with_their_owner_in_all_threads() -> None:
    handles, others = Handles(), []
    ready, stop = threading.Event(), threading.Event()

    def work() -> None:
        others.append(handles.get("a", 0, File))
        ready.set()
        stop.wait(30)
        others.append(handles.get("a", 0, File))

    thread = threading.Thread(target=work)
    thread.start()
    assert ready.wait(30)
    mine, kept = handles.get("a", 0, File), handles.get("b", 0, File)
    handles.close("a")
    assert (mine.closed, others[0].closed, kept.closed) == (True, True, False)
    stop.set()
    thread.join()
    assert others[1] is not others[0], "opened again after it was closed"


def test_of_a_thread_that_ended_no_file_stays_open(tmp_path: Path) -> None:
    handles = Handles()
    grid = open_raster(write(tmp_path / "a.tif", slope()), handles=handles)
    view = PixelGrid.of(grid.extent, Size(40, 30), grid.crs)
    assert handles.count == 1
    for _ in range(5):
        found: list[np.ndarray] = []
        thread = threading.Thread(target=lambda f=found: f.append(grid.values(view, Silent())))
        thread.start()
        thread.join()
        grid._latest.clear()
        assert np.isfinite(found[0]).all()
    gc.collect()
    assert handles.count == 1
    grid.close()
    assert handles.count == 0


def test_a_raster_nobody_needs_any_more_closes_its_files(tmp_path: Path) -> None:
    grid = open_raster(write(tmp_path / "a.tif", slope()))
    view = PixelGrid.of(grid.extent, Size(40, 30), grid.crs)
    stop, read = threading.Event(), threading.Event()

    def work(asked: list[object]) -> None:
        asked.pop().values(view, Silent())  # type: ignore[attr-defined]
        read.set()
        stop.wait(30)  # a worker of a pool lives on

    thread = threading.Thread(target=work, args=([grid],))
    thread.start()
    assert read.wait(30)
    handles = weakref.ref(grid._handles)
    files = [weakref.ref(each) for each in grid._handles._all]
    assert len(files) == 2
    del grid
    gc.collect()
    assert handles() is None
    assert [file() for file in files] == [None, None]
    stop.set()
    thread.join()

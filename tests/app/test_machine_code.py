"""The compiled loops as machine code: the same answers, and nothing is believed unseen."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from gisapp.app import compiled_loops, machine_code
from gisapp.io import compiling, raster_kernels
from gisapp.io.compiling import keep_code, read_code
from gisapp.render import compiled, compiled_reaches, compiled_tiles
from gisapp.render.compiled_lines import words_for
from gisapp.render.states import UNKNOWN


@pytest.fixture(scope="module")
def code(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The machine code of this version: compiled if that was never done."""
    path = compiling.code_path()
    if read_code(path) is None:
        subprocess.run([sys.executable, "-m", "gisapp.warmup"], check=True, timeout=300)
    found = read_code(path)
    assert found
    return found


@pytest.fixture(scope="module")
def loops(code: bytes) -> dict[str, machine_code.Kernel]:
    found = machine_code.functions_of(code)
    assert found is not None
    return found


def test_every_loop_is_there(loops) -> None:
    wanted = {
        *compiled.Kernels._fields,
        *compiled_tiles.TileLoops._fields,
        *compiled_reaches.ReachLoops._fields,
        *raster_kernels.WarpLoops._fields,
    }
    assert set(loops) == wanted


def test_they_draw_what_the_compiler_draws(loops) -> None:
    """A loop that takes memory, one that answers, one that looks at arrays in another shape."""
    made = np.random.default_rng(3)
    xy = made.uniform(-5, 70, (40, 2))
    starts = np.arange(0, 41, 4)
    pictures = []
    for lines in (loops["lines"], compiled.load().lines):
        picture = np.zeros((64, 64), np.uint32)
        clip, whole = (0, 0, 64, 64), np.empty(0)
        room = words_for(clip), UNKNOWN
        lines(picture, xy, starts, np.full(10, 1.5), whole, False, 0xFF336699, *room, *clip)
        pictures.append(picture)
    assert pictures[0].any()
    assert np.array_equal(*pictures)

    boxes = np.column_stack([xy, xy + 3]).copy()
    blocks, order = np.array([[-10.0, -10, 80, 80]]), np.arange(40, dtype=np.int32)
    out, sizes, ends = np.empty((2, 40), np.int64), np.empty(2, np.int64), np.arange(41)
    rest = order, 40, np.array([0, 40]), order, ends, ends, 10.0, 10.0, 30.0, 30.0
    counts = [
        choose(blocks, blocks, boxes, *rest, into, sizes)
        for choose, into in zip((loops["choose"], compiled.load().choose), out, strict=True)
    ]
    assert counts[0] == counts[1] > 0
    assert np.array_equal(out[0, : counts[0]], out[1, : counts[0]])

    cells = made.uniform(0, 30, (20, 20)).astype(np.float32)
    nodes = np.array([[0.0, 16], [0, 16]]), np.array([[0.0, 0], [16, 16]])
    warped = []
    for smooth in (loops["smooth_values"], raster_kernels.load().smooth_values):
        values = np.full((16, 16), np.nan, np.float32)
        smooth(cells, *nodes, 16, 20.0, 20.0, True, values, 0, 16)
        warped.append(values)
    assert np.isfinite(warped[0]).all()
    assert np.array_equal(*warped)


def test_a_loop_of_two_kinds_takes_either(loops) -> None:
    affine = np.array([1.0, 0, 0, 0, 1, 0, 0, 0])
    for kind in (np.float64, np.int32):
        coords = np.array([[1, 2], [3, 4]], kind)
        out, starts, firsts = np.empty((2, 2)), np.empty(2, np.int64), np.empty(2, np.int64)
        both = np.array([0, 2]), np.array([0, 1]), np.array([0])
        assert loops["place"](coords, *both, 2.0, affine, 0.0, out, starts, firsts) == 2
        assert out.tolist() == [[2, 4], [6, 8]]
    with pytest.raises(TypeError):
        loops["place"](np.zeros((2, 2), np.int16), *both, 2.0, affine, 0.0, out, starts, firsts)


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros((4, 4), np.float32),
        np.zeros((4, 4), np.int32),
        np.zeros(16, np.uint32),
        np.zeros((4, 8), np.uint32)[:, ::2],
        np.broadcast_to(np.uint32(0), (4, 4)),
    ],
)
def test_other_arrays_are_refused(loops, wrong) -> None:
    with pytest.raises(TypeError):
        loops["inked"](wrong)


def test_what_is_written_may_not_be_read_only(loops) -> None:
    below, above = np.zeros((4, 4), np.uint32), np.ones((4, 4), np.uint32)
    above.flags.writeable = False
    rest = (above, above, above, above, 1)
    loops["lay"](below, below, *rest)
    assert below.any()
    with pytest.raises(TypeError):
        loops["lay"](above, below, *rest)


def test_code_of_another_processor_is_not_used(code: bytes) -> None:
    (size,) = machine_code.HEADER.unpack_from(code)
    begin = machine_code.HEADER.size
    told = json.loads(code[begin : begin + size])
    told["processor"][1] = "another"
    header = json.dumps(told).encode()
    other = machine_code.HEADER.pack(len(header)) + header + code[begin + size :]
    assert machine_code.functions_of(other) is None


def test_damaged_files_are_none(tmp_path: Path) -> None:
    path = tmp_path / "some.code"
    assert read_code(path) is None
    assert keep_code(path, b"loops" * 100, lambda file: True)
    assert read_code(path) == b"loops" * 100
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    assert read_code(path) is None
    path.write_bytes(whole[:60] + b"x" + whole[61:])
    assert read_code(path) is None
    path.write_bytes(b"")
    assert read_code(path) is None


def test_code_that_is_not_proved_is_not_kept(tmp_path: Path) -> None:
    path = tmp_path / "some.code"
    assert not keep_code(path, b"bad", lambda file: False)
    assert list(tmp_path.iterdir()) == []


def test_a_process_proves_it(tmp_path: Path, code: bytes) -> None:
    """Good code draws a line; code that ends its process is found out by one that may end."""
    path = tmp_path / "some.code"
    assert keep_code(path, code, compiling.proved_elsewhere)
    (size,) = machine_code.HEADER.unpack_from(code)
    broken = code[: machine_code.HEADER.size + size] + b"\x7fELF no code"
    assert not keep_code(path, broken, compiling.proved_elsewhere)
    assert read_code(path) == code


def test_without_machine_code_the_compilers_own_cache_serves(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "some.code"
    monkeypatch.setattr(compiled_loops, "code_path", lambda: path)
    monkeypatch.setattr(compiled, "_loaded", None)
    monkeypatch.setattr(compiled_tiles, "_loaded", None)
    monkeypatch.setattr(raster_kernels, "_loaded", None)
    assert not compiled_loops.bring_in()  # nothing was compiled: nobody waits
    assert compiled.kernels() is None

    def fails() -> bytes:
        raise ValueError("another version of the compiler")

    monkeypatch.setattr(compiled_loops, "compile_all", fails)
    compiled_loops.compile_here()
    assert compiled.kernels() is not None
    monkeypatch.setattr(compiled, "_loaded", None)
    assert compiled_loops.bring_in()
    assert compiled.draws_a_line()

"""Ten thousand damaged files: each is read or refused with a verdict, none costs much memory."""

from __future__ import annotations

import random
import struct
import tracemalloc
import zlib
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import rasterio

from gisapp.io.thermal_image import open_thermal_image, read_thermal_jpeg
from gisapp.io.thermal_refusals import NoTemperaturesError
from gisapp.model.thermal_image import ThermalImage
from tests.thermal_files import DUCKS, fff, flir_jpeg, iirp_jpeg, png16, scene

FILES = {
    "ducks": (DUCKS.read_bytes, 1000),
    "plain": (lambda: flir_jpeg(fff(scene()), 700), 5000),
    "png": (lambda: flir_jpeg(fff(scene(), body=png16(scene()))), 2000),
    "dji": (lambda: iirp_jpeg(scene(130, 130, 17_000, 20_000)), 2000),
}
VERDICTS = {"damaged", "picture", "decoder"}


def spoiled(data: bytes, dice: random.Random) -> bytes:
    """Cut off, bytes changed, numbers made huge, or a part left out or said twice."""
    changed = bytearray(data)
    how = dice.randrange(5)
    if how == 0:
        return bytes(changed[: dice.randrange(len(data))])
    header = min(len(data), dice.choice((64, 700, 5000, len(data))))
    if how == 1:
        for _ in range(dice.randrange(1, 12)):
            changed[dice.randrange(header)] = dice.randrange(256)
    elif how == 2:
        place = dice.randrange(header - 4)
        changed[place : place + 4] = dice.choice(
            (b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff")
        )
    elif how == 3:
        start = dice.randrange(header)
        del changed[start : start + dice.randrange(1, 200)]
    else:
        start = dice.randrange(header)
        changed[start:start] = changed[start : start + dice.randrange(1, 200)]
    return bytes(changed)


def verdict_on(data: bytes) -> str:
    refused: NoTemperaturesError | None = None
    try:
        image = read_thermal_jpeg(data, "a.jpg")
    except NoTemperaturesError as error:
        refused = error
    if refused is not None:
        assert refused.message.startswith("a.jpg")
        assert refused.hint
        return refused.verdict
    assert isinstance(image, ThermalImage)
    assert image.raw.dtype == np.uint16
    assert image.raw.ndim == 2
    return "read"


@pytest.mark.parametrize("name", FILES)
def test_damaged_files_get_a_verdict(name: str) -> None:
    make, count = FILES[name]
    data, dice, found = make(), random.Random(name), Counter[str]()
    for _ in range(count):
        found[verdict_on(spoiled(data, dice))] += 1
    assert set(found) <= {"read", *VERDICTS}
    assert found["damaged"] > count / 20  # the damage is felt
    assert found["read"]


def test_damaged_files_cost_no_memory() -> None:
    dice = random.Random(7)
    files = [make() for make, _ in FILES.values()]
    spoilt = [spoiled(dice.choice(files), dice) for _ in range(300)]
    tracemalloc.start()
    try:
        for data in spoilt:
            verdict_on(data)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 40_000_000


@pytest.mark.parametrize("cut", [2, 20, 1000, 5000, 20_000])
def test_a_file_that_ends_early_says_so(cut: int) -> None:
    with pytest.raises(NoTemperaturesError) as refused:
        read_thermal_jpeg(DUCKS.read_bytes()[:cut], "a.jpg")
    assert refused.value.verdict == "damaged"


def _huge_png(width: int, height: int) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        code = struct.pack(">I", zlib.crc32(name + data))
        return struct.pack(">I", len(data)) + name + data + code

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 16, 0, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(bytes(100_000)))
    return b"\x89PNG\r\n\x1a\n" + head + body + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(60_000, 60_000), (8000, 8000), (0, 10)])
def test_a_png_bomb_is_not_unpacked(size: tuple[int, int]) -> None:
    data = flir_jpeg(fff(scene(), body=_huge_png(*size)))
    tracemalloc.start()
    try:
        with pytest.raises(NoTemperaturesError, match="claims") as refused:
            read_thermal_jpeg(data, "a.jpg")
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert refused.value.verdict == "damaged"
    assert most < 5_000_000


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_a_tiff_bomb_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bomb.tif"
    with rasterio.open(
        path, "w", "GTiff", 20_000, 20_000, 1, dtype="uint16", sparse_ok=True, tiled=True
    ):
        pass  # nothing is written: a small file that says it is large
    with pytest.raises(NoTemperaturesError, match="400 million cells"):
        open_thermal_image(path)
    with rasterio.open(
        path, "w", "GTiff", 7000, 7000, 1, dtype="uint16", sparse_ok=True, tiled=True
    ):
        pass
    with pytest.raises(NoTemperaturesError, match="more than its size"):
        open_thermal_image(path)


def test_a_raw_record_larger_than_the_file() -> None:
    part = bytearray(fff(scene()))
    place = part.index(struct.pack("<HHH", 2, 16, 12))
    struct.pack_into("<HH", part, place + 2, 16_000, 16_000)
    with pytest.raises(NoTemperaturesError) as refused:
        read_thermal_jpeg(flir_jpeg(bytes(part)), "a.jpg")
    assert refused.value.verdict == "damaged"

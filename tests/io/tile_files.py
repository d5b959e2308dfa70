"""Files of tiles that tests make: MBTiles, PMTiles, vector tiles."""

from __future__ import annotations

import gzip
import sqlite3
import struct
from collections.abc import Mapping
from pathlib import Path

from gisapp.io.pmtiles import tile_number

Zxy = tuple[int, int, int]


def write_mbtiles(path: Path, tiles: Mapping[Zxy, bytes], **metadata: str) -> Path:
    file = sqlite3.connect(path)
    with file:
        file.execute("CREATE TABLE metadata (name TEXT, value TEXT)")
        file.execute(
            "CREATE TABLE tiles (zoom_level INTEGER, tile_column INTEGER, tile_row INTEGER,"
            " tile_data BLOB)"
        )
        file.executemany("INSERT INTO metadata VALUES (?, ?)", metadata.items())
        rows = [(z, x, 2**z - 1 - y, body) for (z, x, y), body in tiles.items()]
        file.executemany("INSERT INTO tiles VALUES (?, ?, ?, ?)", rows)
    file.close()
    return path


def number(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def directory(entries: list[tuple[int, int, int, int]]) -> bytes:
    """Entries: first tile, run, offset, length."""
    out, last = number(len(entries)), 0
    for first, _, _, _ in entries:
        out += number(first - last)
        last = first
    out += b"".join(number(run) for _, run, _, _ in entries)
    out += b"".join(number(length) for _, _, _, length in entries)
    before = None
    for _, _, offset, length in entries:
        out += number(0 if before == offset else offset + 1)
        before = offset + length
    return out


def write_pmtiles(
    path: Path,
    tiles: Mapping[Zxy, bytes],
    *,
    kind: int = 2,
    packed: bool = True,
    leaves: int = 0,
    tile_packed: int = 1,
    bounds: tuple[float, float, float, float] = (-180, -85, 180, 85),
    metadata: bytes = b'{"attribution": "Made up"}',
) -> Path:
    """With `leaves`, the root names so many directories below it."""
    pack = gzip.compress if packed else bytes
    data, entries = b"", []
    for zxy in sorted(tiles, key=lambda t: tile_number(*t)):
        entries.append((tile_number(*zxy), 1, len(data), len(tiles[zxy])))
        data += tiles[zxy]
    leaf = b""
    if leaves:
        step, root_entries = -(-len(entries) // leaves), []
        for start in range(0, len(entries), step):
            body = pack(directory(entries[start : start + step]))
            root_entries.append((entries[start][0], 0, len(leaf), len(body)))
            leaf += body
        root = pack(directory(root_entries))
    else:
        root = pack(directory(entries))
    about = pack(metadata)
    at_root = 127
    at_about = at_root + len(root)
    at_leaf = at_about + len(about)
    at_data = at_leaf + len(leaf)
    zooms = [z for z, _, _ in tiles] or [0]
    head = b"PMTiles\x03" + struct.pack(
        "<11Q", at_root, len(root), at_about, len(about), at_leaf, len(leaf), at_data, len(data),
        len(tiles), len(entries), len(entries),
    )  # fmt: skip
    head += struct.pack("<6B", 1, 2 if packed else 1, tile_packed, kind, min(zooms), max(zooms))
    head += struct.pack("<4i", *(round(v * 1e7) for v in bounds))
    head += struct.pack("<B2i", 0, 0, 0)
    path.write_bytes(head + root + about + leaf + data)
    return path


def text(field: int, value: bytes) -> bytes:
    return number(field << 3 | 2) + number(len(value)) + value


def plain(field: int, value: int) -> bytes:
    return number(field << 3) + number(value)


def zigzag(value: int) -> int:
    return (value << 1) ^ (value >> 31)


def vector_feature(kind: int, parts: list[list[tuple[int, int]]], tags: list[int]) -> bytes:
    """Parts: places in the numbers of the tile; rings are not closed."""
    numbers, x, y = [], 0, 0
    for part in parts:
        steps = []
        for a, b in part:
            steps += [zigzag(a - x), zigzag(b - y)]
            x, y = a, b
        if kind == 1:
            numbers += [1 | len(part) << 3, *steps]
            continue
        numbers += [1 | 1 << 3, *steps[:2], 2 | (len(part) - 1) << 3, *steps[2:]]
        if kind == 3:
            numbers.append(7 | 1 << 3)
    geometry = b"".join(number(n) for n in numbers)
    return text(2, b"".join(number(n) for n in tags)) + plain(3, kind) + text(4, geometry)


def vector_layer(
    name: str, features: list[bytes], keys: list[str], values: list[str], extent: int = 4096
) -> bytes:
    body = plain(15, 2) + text(1, name.encode())
    body += b"".join(text(2, feature) for feature in features)
    body += b"".join(text(3, key.encode()) for key in keys)
    body += b"".join(text(4, text(1, value.encode())) for value in values)
    return text(3, body + plain(5, extent))


def small_vector_tile() -> bytes:
    """A lake in the west, a main road from west to east, a town in the middle."""
    lake = vector_feature(3, [[(0, 0), (2048, 0), (2048, 4096), (0, 4096)]], [])
    road = vector_feature(2, [[(0, 1024), (4096, 1024)]], [0, 0])
    town = vector_feature(1, [[(2048, 2048)]], [0, 0, 1, 1])
    return gzip.compress(
        vector_layer("water", [lake], [], [])
        + vector_layer("roads", [road], ["kind"], ["highway"])
        + vector_layer("places", [town], ["name", "kind"], ["清源", "town"])
    )

"""A prepared layer is its source: everything comes back, and what is broken is not opened."""

from __future__ import annotations

import errno
import os
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gisapp.io import array_file
from gisapp.io.array_file import open_arrays, write_arrays
from gisapp.io.layer_store import layer_from_parts, layer_parts, open_layer, write_layer
from gisapp.io.layer_store_folder import LayerStore, Place, fingerprint
from gisapp.io.vector import read_features
from gisapp.model.columns import Columns
from gisapp.model.detail import Detail
from gisapp.model.errors import WriteError
from gisapp.model.features import Features, Shapes, point_shapes
from gisapp.model.field import Field
from gisapp.model.progress import Cancelled, Silent

CRS, MAP = "EPSG:4490", "EPSG:4547"
MADE_OF = {"name": "a.gpkg", "format": "geopackage", "options": {}, "map": MAP, "files": []}

IDS = ("", "0", "a", "水")

texts = st.one_of(st.none(), st.text(max_size=12), st.sampled_from(["Ⅲ类", "长江", ""]))
values = {
    "text": texts,
    "whole": st.one_of(st.none(), st.integers(-(2**70), 2**70)),
    "small": st.integers(-(2**40), 2**40),
    "yes": st.one_of(st.none(), st.booleans()),
    "mixed": st.one_of(st.none(), st.text(max_size=3), st.integers(-9, 9), st.floats(-1, 1)),
}


def objects(listed: list[Any]) -> np.ndarray:
    out = np.empty(len(listed), object)
    out[:] = listed
    return out


def features_of(n: int, columns: dict[str, Any], ids: Any = None) -> Features:
    xy = np.column_stack([114 + np.arange(n) / 1000, np.full(n, 30.0)])
    ids = objects([str(k) for k in range(n)]) if ids is None else ids
    fields = tuple(Field(name) for name in columns)
    return Features(CRS, fields, ids, columns, point_shapes(xy), ("a warning",))


def there_and_back(folder: Path, features: Features, detail: Detail | None = None) -> Features:
    path = folder / "x.layer"
    write_layer(path, MADE_OF, features, MAP, detail, Silent())
    found = open_layer(path, MADE_OF)
    assert found is not None
    return found


def same(one: Features, other: Features) -> None:
    assert (one.crs, one.fields, one.warnings, len(one)) == (
        other.crs, other.fields, other.warnings, len(other)
    )  # fmt: skip
    assert one.ids.tolist() == other.ids.tolist()
    for name in one.columns:
        mine, theirs = one.column(name), other.column(name)
        assert mine.dtype == theirs.dtype or theirs.dtype == object  # of numbers alone
        assert list(map(repr, mine.tolist())) == list(map(repr, theirs.tolist()))
    for crs in (one.crs, MAP):
        mine_shapes, their_shapes = one.shapes_in(crs), other.shapes_in(crs)
        assert mine_shapes.kind == their_shapes.kind
        np.testing.assert_array_equal(mine_shapes.coords, their_shapes.coords)
        np.testing.assert_array_equal(mine_shapes.starts, their_shapes.starts)
        np.testing.assert_array_equal(mine_shapes.owner, their_shapes.owner)
        np.testing.assert_array_equal(mine_shapes.boxes, their_shapes.boxes)
        assert mine_shapes.extent == their_shapes.extent
    for fid in other.ids:
        assert repr(one.row(fid)) == repr(other.row(fid))


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data(), st.integers(0, 30))
def test_all_kinds_of_values_come_back(tmp_path: Path, data: st.DataObject, n: int):
    columns: dict[str, Any] = {
        name: objects(data.draw(st.lists(kind, min_size=n, max_size=n)))
        for name, kind in values.items()
    }
    reals = st.floats(allow_infinity=False)
    columns["real"] = np.array(data.draw(st.lists(reals, min_size=n, max_size=n)), np.float64)
    ids = [f"{data.draw(st.sampled_from(IDS))}{k}" for k in range(n)]
    same(
        there_and_back(tmp_path, features_of(n, columns, objects(ids))),
        features_of(n, columns, objects(ids)),
    )


@pytest.mark.parametrize(
    "ids", [["0", "1", "2"], ["7", "8", "9"], ["5", "2", "11"], ["01", "1", "2"], ["a", "b", ""]]
)
def test_ids_are_found_again(tmp_path: Path, ids: list[str]):
    found = there_and_back(tmp_path, features_of(3, {}, objects(ids)))
    assert found.ids.tolist() == ids
    assert found.numbers_of(ids).tolist() == [0, 1, 2]
    assert found.numbers_of(["no", "", "99", "-1"]).tolist() == [
        ids.index("") if one == "" and "" in ids else -1 for one in ("no", "", "99", "-1")
    ]
    assert found.ids_at(np.array([2, 0])).tolist() == [ids[2], ids[0]]


FACTS = {"placed": 2, "pixels": [1.5], "quanta": [0.05], "origin": [0.0, 0.0]}


def detail_arrays() -> dict[str, np.ndarray]:
    """Of three lines, the last of which is nowhere; one level."""
    boxes = np.array([[0, 0, 1, 1], [2, 2, 3, 3], [np.nan] * 4])
    parts, starts, firsts = np.array([0, 1, 2]), np.array([0, 2, 4]), np.array([0, 2])
    kept, coords = np.array([0, 1], np.int32), np.array([[0, 0], [1, 1], [2, 2], [3, 3.0]])
    level = {"kept": kept, "firsts": firsts, "parts": parts, "starts": starts, "coords": coords}
    coarse = {f"{name}1": array for name, array in level.items()}
    coarse["coords1"] = coords.astype(np.int32)
    order, blocks = np.array([2, 0, 1], np.int32), np.array([[0, 0, 3, 3.0]])
    lengths = np.array([1.5, 1.0, 0.0])
    fixed = {"order": order, "boxes": boxes, "blocks": blocks, "lengths": lengths}
    return {**fixed, **level, **coarse}


def test_lines_with_several_parts_and_features_without_any(tmp_path: Path):
    coords = np.array([[114, 30], [114.1, 30.1], [114.2, 30], [115, 31], [115.1, 31], [114, 31.0]])
    shapes = Shapes("line", coords, np.array([0, 2, 4, 6]), np.array([0, 0, 2]))
    features = Features(CRS, (), objects(["a", "b", "c", "d"]), {}, shapes)
    arrays = detail_arrays()
    detail = Detail("line", MAP, arrays, FACTS)
    found = there_and_back(tmp_path, features, detail)
    same(found, features)
    kept = found.detail_in(MAP)
    assert (kept.kind, kept.crs, kept.facts) == ("line", MAP, FACTS)
    for name, array in arrays.items():
        np.testing.assert_array_equal(kept.arrays[name], array)
        assert kept.arrays[name].dtype == array.dtype
    assert not kept.arrays["order"].flags.writeable


def test_a_row_is_decoded_without_its_column(tmp_path: Path):
    columns = {"name": objects(["长江", None, "汉江"]), "n": np.array([1, 2, 3])}
    found = there_and_back(tmp_path, features_of(3, columns))
    assert found.row("2") == {"name": "汉江", "n": 3}
    assert found.row("1") == {"name": None, "n": 2}
    assert found.row("3") is None
    assert found.values_at("name", np.array([2, 1])).tolist() == ["汉江", None]
    assert isinstance(found.columns, Columns)
    assert found.columns._values == {}


def written(folder: Path) -> Path:
    path = folder / "x.layer"
    columns = {"name": objects(["a"] * 400), "n": np.arange(400)}
    write_layer(path, MADE_OF, features_of(400, columns), MAP, None, Silent())
    return path


def test_a_truncated_file_is_not_opened(tmp_path: Path):
    path = written(tmp_path)
    whole = path.read_bytes()
    for size in (0, 3, 20, 200, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:size])
        assert open_layer(path, MADE_OF) is None
    path.write_bytes(whole)
    assert open_layer(path, MADE_OF) is not None


def test_no_flipped_byte_of_the_header_goes_unnoticed(tmp_path: Path):
    path = written(tmp_path)
    whole = path.read_bytes()
    length = struct.unpack_from("<I", whole, 12)[0]
    for at in [*range(20), *range(20, 20 + length, 37), 20 + length - 1]:
        broken = bytearray(whole)
        broken[at] ^= 0x10
        path.write_bytes(broken)
        assert open_layer(path, MADE_OF) is None, at


def of_all_kinds() -> Features:
    n = 3
    columns = {
        "text": objects(["a", "b", "c"]),
        "again": objects([None, None, None]),
        "number": np.arange(n),
        "gaps": objects([1, None, 3]),
        "mixed": objects([1, "x", None]),
    }
    coords = np.array([[114, 30], [114.1, 30.1], [114.2, 30], [115, 31], [115.1, 31], [114, 31.0]])
    shapes = Shapes("line", coords, np.array([0, 2, 4, 6]), np.array([0, 0, 2]))
    fields = tuple(Field(name) for name in columns)
    features = Features(CRS, fields, objects(["u", "v", "w"]), columns, shapes)
    features.keep_detail(Detail("line", MAP, detail_arrays(), FACTS))
    return features


def as_file(path: Path, facts: Any, arrays: Any) -> Features | None:
    write_arrays(path, facts, arrays, Silent())
    file = open_arrays(path)
    return None if file is None else layer_from_parts(file.facts, file.arrays)


def test_nothing_is_followed_that_points_outside(tmp_path: Path):
    features = of_all_kinds()
    facts, arrays = layer_parts(features, MAP, features.detail_in(MAP))
    assert as_file(tmp_path / "whole", facts, arrays) is not None
    pointing = [
        name
        for name, array in arrays.items()
        if array.dtype.kind == "i" and "coords" not in name and name != "column 2"
    ]
    assert len(pointing) > 12
    for name in [one for one in pointing if one != "column 3"]:  # numbers, not places
        for place, value in ((0, -7), (-1, 2**30), (len(arrays[name]) // 2, 2**31 - 1)):
            broken = arrays[name].copy()
            broken[place] = value
            assert as_file(tmp_path / "x", facts, arrays | {name: broken}) is None, (name, value)
    for name in arrays:
        longer = np.concatenate([arrays[name], arrays[name][-1:]])
        found = as_file(tmp_path / "x", facts, arrays | {name: longer})
        assert found is None or len(found.row("u")) == 5  # more texts than are used do no harm
        for other in (np.float32, np.complex64, np.uint16):
            odd = np.nan_to_num(arrays[name]).astype(other)
            found = as_file(tmp_path / "x", facts, arrays | {name: odd})
            assert found is None or name in ("column 2", "column 3"), name
        left = {key: array for key, array in arrays.items() if key != name}
        as_file(tmp_path / "x", facts, left)  # None, or without what was optional


def test_lengths_are_of_as_many_lines_or_not_there(tmp_path: Path):
    features = of_all_kinds()
    facts, arrays = layer_parts(features, MAP, features.detail_in(MAP))
    lengths = arrays.pop("detail lengths")
    old = as_file(tmp_path / "x", facts, arrays)  # of a time when none were kept
    assert old is not None
    assert "lengths" not in old.detail_in(MAP).arrays
    for broken in (lengths[:-1], np.append(lengths, 1.0), lengths.astype("f4"), lengths[None]):
        assert as_file(tmp_path / "x", facts, arrays | {"detail lengths": broken}) is None


HEADERS = [
    "[]", "{}", "null", "3", '{"arrays": 3, "bytes": 0, "facts": {}}', "[" * 9999 + "]" * 9999,
    '{"arrays": {"a": {"dtype": "|O", "shape": [2], "offset": 0}}, "bytes": 64, "facts": {}}',
    '{"arrays": {"a": {"dtype": "|O", "shape": [0], "offset": 0}}, "bytes": 64, "facts": {}}',
    '{"arrays": {"a": {"dtype": "<i8,|O", "shape": [2], "offset": 0}}, "bytes": 64, "facts": {}}',
    '{"arrays": {"a": {"dtype": ">i8", "shape": [2], "offset": 0}}, "bytes": 64, "facts": {}}',
    '{"arrays": {"a": {"dtype": "<i8", "shape": [-1], "offset": 0}}, "bytes": 64, "facts": {}}',
    '{"arrays": {"a": {"dtype": "<i8", "shape": [9], "offset": 0}}, "bytes": 64, "facts": {}}',
    '{"arrays": {"a": {"dtype": "<i8", "shape": [1], "offset": -64}}, "bytes": 64, "facts": {}}',
    '{"arrays": {"a": {"dtype": "<i8", "shape": [1], "offset": 3}}, "bytes": 64, "facts": {}}',
    '{"arrays": {"a": {"dtype": "<i8", "shape": [1e400], "offset": 0}}, "bytes": 64, "facts": {}}',
    '{"arrays": {"a": {"dtype": "<i8", "shape": [4294967296, 4294967296], "offset": 0}},'
    ' "bytes": 64, "facts": {}}',
    '{"arrays": {"a": {"dtype": "<i8", "shape": 5, "offset": 0}}, "bytes": 64, "facts": {}}',
    '{"arrays": {"a": {"shape": [1], "offset": 0}}, "bytes": 64, "facts": {}}',
    '{"arrays": {"a": {"dtype": "<i8", "shape": [1], "offset": 0}}, "bytes": 64}',
]  # fmt: skip


@pytest.mark.parametrize("header", HEADERS, ids=lambda header: header[:90])
def test_a_header_made_to_harm_opens_nothing(tmp_path: Path, header: str):
    raw = header.encode()
    head = struct.pack("<8sIII", array_file.MAGIC, array_file.FORMAT, len(raw), zlib.crc32(raw))
    first = -(-(len(head) + len(raw)) // array_file.ALIGN) * array_file.ALIGN
    path = tmp_path / "x"
    path.write_bytes((head + raw).ljust(first, b"\0") + bytes(64))
    assert open_arrays(path) is None
    assert not array_file.is_in_use(path)


def test_a_file_of_another_format_or_source_is_not_opened(tmp_path: Path, monkeypatch):
    path = written(tmp_path)
    assert open_layer(path, {**MADE_OF, "map": "EPSG:3857"}) is None
    monkeypatch.setattr(array_file, "FORMAT", array_file.FORMAT + 1)
    assert open_layer(path, MADE_OF) is None
    assert open_layer(tmp_path / "none.layer", MADE_OF) is None


def test_arrays_begin_where_processors_like_it(tmp_path: Path):
    path = tmp_path / "a"
    arrays = {"a": np.arange(3, dtype=np.int8), "b": np.arange(5.0), "c": np.empty((0, 4))}
    write_arrays(path, {"x": 1}, arrays, Silent())
    found = open_arrays(path)
    assert found.facts == {"x": 1}
    for name, array in arrays.items():
        np.testing.assert_array_equal(found.arrays[name], array)
        assert found.arrays[name].ctypes.data % array_file.ALIGN == 0 or not array.size


class _FullDisk:
    """A file on a disk that is full after so many bytes."""

    def __init__(self, file: Any, room: int) -> None:
        self._file, self._room = file, room

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def __enter__(self) -> _FullDisk:
        return self

    def __exit__(self, *args: object) -> None:
        self._file.close()

    def write(self, some: Any) -> int:
        self._room -= len(some)
        if self._room < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return self._file.write(some)


@pytest.mark.parametrize("room", [0, 100, 5000])
def test_a_full_disk_is_said_in_words_and_nothing_is_left(tmp_path: Path, monkeypatch, room: int):
    really = os.fdopen
    monkeypatch.setattr(os, "fdopen", lambda *args: _FullDisk(really(*args), room))
    with pytest.raises(WriteError, match=r"x\.layer could not be written") as caught:
        written(tmp_path)
    assert "disk is full" in caught.value.hint
    assert list(tmp_path.iterdir()) == []


def test_a_limit_of_the_system_leaves_nothing_either(tmp_path: Path):
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        with pytest.raises(WriteError):
            written(tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(tmp_path.iterdir()) == []


def test_stopping_leaves_nothing(tmp_path: Path):
    class Stop:
        def report(self, fraction: float, message: str = "") -> None:
            raise Cancelled

    with pytest.raises(Cancelled):
        write_layer(tmp_path / "x.layer", MADE_OF, features_of(3, {}), MAP, None, Stop())
    assert list(tmp_path.iterdir()) == []


def test_who_has_it_open_keeps_what_it_read_when_a_new_one_takes_its_place(tmp_path: Path):
    store = LayerStore([Place(tmp_path)])
    store.write(MADE_OF, features_of(3, {"n": np.arange(3)}), MAP, None, Silent())
    old = store.ready(MADE_OF)
    later = {**MADE_OF, "files": [["a.gpkg", 1, 2]]}
    assert store.ready(later) is None
    store.write(later, features_of(2, {"n": np.arange(2)}), MAP, None, Silent())
    assert len(list(tmp_path.iterdir())) == 1
    assert store.ready(MADE_OF) is None
    assert len(store.ready(later)) == 2
    assert old.column("n").tolist() == [0, 1, 2]
    assert len(old.shapes_in(MAP).coords) == 3


def test_the_least_recently_used_go_when_there_are_too_many(tmp_path: Path):
    columns = {"n": np.arange(1000)}
    store = LayerStore([Place(tmp_path)], limit=200_000)
    held = None
    for number in range(12):
        made_of = {**MADE_OF, "name": f"{number}.gpkg"}
        store.write(made_of, features_of(1000, columns), MAP, None, Silent())
        os.utime(Place(tmp_path).path(made_of), (1000 + number, 1000 + number))
        held = store.ready(made_of) if number == 0 else held
        os.utime(Place(tmp_path).path({**MADE_OF, "name": "0.gpkg"}), (1000, 1000))
    there = [n for n in range(12) if store.ready({**MADE_OF, "name": f"{n}.gpkg"}) is not None]
    assert there[0] == 0  # in use
    assert there[1:] == list(range(12 - len(there) + 1, 12))
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 200_000
    assert held.column("n")[-1] == 999


def test_a_project_that_cannot_be_written_uses_the_next_place(tmp_path: Path):
    (tmp_path / "project").write_text("not a folder")
    places = [Place(tmp_path / "project" / "cache"), Place(tmp_path / "user", "a project")]
    store = LayerStore(places)
    store.write(MADE_OF, features_of(3, {}), MAP, None, Silent())
    assert len(store.ready(MADE_OF)) == 3
    assert LayerStore([Place(tmp_path / "user", "another")]).ready(MADE_OF) is None


def test_a_fingerprint_says_whether_the_source_is_another(tmp_path: Path):
    path = tmp_path / "a.shp"
    for ending in (".shp", ".shx", ".dbf"):
        path.with_suffix(ending).write_bytes(b"x" * 10)

    def now() -> Any:
        return fingerprint(path, "a.shp", "shapefile", {"id": "code"}, MAP)

    first = now()
    assert now() == first
    path.with_suffix(".dbf").write_bytes(b"x" * 11)
    assert now() != first
    second = now()
    path.with_suffix(".cpg").write_text("GBK")
    assert now() != second
    assert fingerprint(path, "a.shp", "shapefile", {}, MAP) != now()
    path.unlink()
    assert now() is None


@pytest.mark.real_data
@pytest.mark.parametrize(
    "name",
    [
        "rivers/uk_cso/edm_outfalls_topofthepoops.geojson",
        "rivers/taihu/hydrorivers_taihu_bbox.shp",
        "rivers/iceland/merit_basins27_catchments.parquet",
    ],
)
def test_real_files_come_back(tmp_path: Path, shared_data: Path, name: str):
    features = read_features(shared_data / name)
    path = tmp_path / "x.layer"
    write_layer(path, MADE_OF, features, features.crs, None, Silent())
    found = open_layer(path, MADE_OF)
    assert found.ids.tolist() == features.ids.tolist()
    for column in features.columns:
        assert list(map(repr, found.column(column))) == list(map(repr, features.column(column)))
    np.testing.assert_array_equal(found.shapes.coords, features.shapes.coords)
    last = features.ids[-1]
    assert repr(found.row(last)) == repr(features.row(last))

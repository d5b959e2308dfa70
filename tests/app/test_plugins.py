"""The plugin door: manifests are read without importing, and a bad plugin hurts only itself."""

from __future__ import annotations

import sys
from importlib.resources import files
from pathlib import Path

import pytest

from gisapp.app.layer_import import look_at_files
from gisapp.app.plugins import NAMESPACE, PluginList, find_plugins
from gisapp.io.plugin_folders import builtin_manifest, plugin_folders
from gisapp.io.project_json import style_from_data, style_to_data
from gisapp.model.errors import PluginError
from gisapp.model.progress import Silent
from gisapp.model.project import Project

GOOD = """
id = "{id}"
title = "Counting"
title_zh_CN = "计数"
version = "1.0"
api = 1
[[algorithm]]
title = "Count"
object = "algorithm:count"
"""
CODE = """
from gisapp.api import algorithm
from .numbers_of import twice

@algorithm("count", "Count")
def count(n: int = 1) -> int:
    return twice(n)
"""


@pytest.fixture
def folder(tmp_path: Path):
    yield tmp_path
    for name in [m for m in sys.modules if m.startswith(f"{NAMESPACE}.made_")]:
        del sys.modules[name]


def write_plugin(folder: Path, name: str, manifest: str = "", code: str = CODE) -> Path:
    there = folder / name
    there.mkdir(parents=True)
    (there / "plugin.toml").write_text(manifest or GOOD.format(id=name), "utf-8")
    (there / "algorithm.py").write_text(code, "utf-8")
    (there / "numbers_of.py").write_text("def twice(n):\n    return 2 * n\n", "utf-8")
    return there


def ids(plugins: PluginList) -> list[str]:
    return [m.id for m in plugins.manifests]


def test_reading_the_manifest_imports_nothing(folder):
    write_plugin(folder, "made_quiet", code="raise SystemExit('imported')")
    plugins = find_plugins([folder])
    assert ids(plugins) == ["gisapp", "made_quiet"]
    assert [c.name for c in plugins.contributions("algorithm")] == ["count"]
    assert not any(m.startswith(f"{NAMESPACE}.made_quiet") for m in sys.modules)


def test_an_algorithm_is_loaded_by_need_with_relative_imports_and_nothing_on_sys_path(folder):
    write_plugin(folder, "made_counting")
    path = list(sys.path)
    plugins = find_plugins([folder])
    assert sys.path == path
    [contribution] = plugins.contributions("algorithm")
    loaded = plugins.load(contribution)
    assert loaded(4) == 8
    assert loaded.function.__module__ == "gisapp_plugins.made_counting.algorithm"
    assert sys.path == path
    assert plugins.load(contribution) is loaded


@pytest.mark.parametrize(
    ("manifest", "words"),
    [
        ("id = ", "cannot be read"),
        ("\x00", "cannot be read"),
        (GOOD.format(id="made_bad").replace("api = 1", "api = 7"), "API 7"),
        (GOOD.format(id="made_bad").replace("api = 1", ""), "API None"),
        (GOOD.format(id="../made"), "id"),
        (GOOD.format(id="class"), "id"),
        (GOOD.format(id="made_bad").replace("algorithm:count", "..secrets:count"), "module:name"),
        (GOOD.format(id="made_bad").replace("algorithm:count", "a/b:count"), "module:name"),
        (GOOD.format(id="made_bad").replace("algorithm:count", "algorithm"), "module:name"),
        (GOOD.format(id="made_bad").replace('title = "Count"', "title = 3"), "title"),
        (GOOD.format(id="made_bad").replace("[[algorithm]]", "[algorithm]"), "two brackets"),
        (GOOD.format(id="made_bad").replace("[[algorithm]]", "[[algoritm]]"), "algoritm"),
        (GOOD.format(id="made_bad") + 'pattern = "*.x"', "pattern"),
        (GOOD.format(id="made_bad") + 'patterns = "*.x"', "patterns"),
        (GOOD.format(id="made_bad") + '[[algorithm]]\ntitle="B"\nobject="b:count"', "twice"),
    ],
)
def test_a_manifest_that_is_wrong_is_named_and_the_rest_goes_on(folder, manifest, words):
    write_plugin(folder, "made_bad", manifest)
    write_plugin(folder, "made_good")
    plugins = find_plugins([folder])
    assert ids(plugins) == ["gisapp", "made_good"]
    [failure] = plugins.failures
    assert "made_bad" in failure.message
    assert words in failure.message
    assert failure.hint


def test_a_manifest_that_is_not_text_or_far_too_long(folder):
    (write_plugin(folder, "made_bytes") / "plugin.toml").write_bytes(b"\xff\xfe\xff")
    (write_plugin(folder, "made_long") / "plugin.toml").write_text("#" * 2_000_000)
    plugins = find_plugins([folder])
    assert ids(plugins) == ["gisapp"]
    assert [f.message.split("/")[0] for f in plugins.failures] == ["made_bytes", "made_long"]


@pytest.mark.parametrize(
    "code",
    [
        "import there_is_no_such_module_anywhere",
        "1 / 0",
        "def count(:",
        "x = 1",
        "from gisapp.api import nothing_of_that_name",
    ],
)
def test_a_plugin_that_fails_to_load_is_named_and_switched_off(folder, code):
    write_plugin(folder, "made_broken", code=code)
    write_plugin(folder, "made_working", GOOD.format(id="made_working"))
    plugins = find_plugins([folder])
    told = []
    plugins.switched_off.subscribe(told.append)
    loaded = dict(plugins.load_all("algorithm"))
    assert [c.plugin for c in loaded] == ["made_working"]
    assert ids(plugins) == ["gisapp", "made_working"]
    assert told == plugins.failures
    assert "Counting" in told[0].message
    assert "algorithm:count" in told[0].message


def test_of_two_plugins_with_one_id_the_later_is_switched_off(folder):
    write_plugin(folder / "a", "made_same")
    write_plugin(folder / "b", "made_same", code="x = 1")
    plugins = find_plugins([folder / "a", folder / "b"])
    assert plugins.algorithm("count")(2) == 4
    [failure] = plugins.failures
    assert str(folder / "b") in failure.message


def test_the_same_id_from_another_folder_is_loaded_anew(folder):
    write_plugin(folder / "a", "made_moved")
    write_plugin(folder / "b", "made_moved", code=CODE.replace("twice(n)", "5 * n"))
    assert find_plugins([folder / "a"]).algorithm("count")(1) == 2
    assert find_plugins([folder / "b"]).algorithm("count")(1) == 5


def test_an_algorithm_nobody_has(folder):
    write_plugin(folder, "made_one")
    with pytest.raises(PluginError, match="no algorithm sum") as caught:
        find_plugins([folder]).algorithm("sum")
    assert "count" in caught.value.hint


def test_a_folder_that_is_not_there_holds_no_plugins(tmp_path):
    assert ids(find_plugins([tmp_path / "nowhere"])) == ["gisapp"]


def test_the_users_folder_is_looked_into_after_the_bundled_one(folder, monkeypatch):
    monkeypatch.setenv("GISAPP_PLUGINS", str(folder))
    write_plugin(folder, "made_own")
    assert plugin_folders()[-1] == folder
    assert ids(find_plugins())[0] == "gisapp"
    assert ids(find_plugins())[-1] == "made_own"


def test_switching_off_leaves_gisapps_own_part_on(folder):
    write_plugin(folder, "made_off")
    plugins = find_plugins([folder])
    plugins.switch_off("made_off")
    plugins.switch_off("gisapp")
    assert ids(plugins) == ["gisapp"]


@pytest.mark.parametrize("contribution", builtin_manifest().contributions, ids=lambda c: c.name)
def test_everything_in_builtin_toml_can_be_loaded(contribution):
    plugins = find_plugins([])
    assert callable(plugins.load(contribution))
    assert contribution.title_zh_CN


@pytest.mark.parametrize(
    ("name", "format_"),
    [
        ("a.GPKG", "geopackage"),
        ("b.shp", "shapefile"),
        ("断面.csv", "csv"),
        ("m.TIFF", "geotiff"),
        ("reaches.parquet", "geoparquet"),
        ("x.exe", None),
    ],
)
def test_the_format_of_a_file_by_its_name(name, format_):
    plugins = find_plugins([])
    assert plugins.format_of(Path("folder") / name) == format_
    if format_:
        assert format_ in plugins.readers()


def test_readers_are_loaded_when_they_read(sample_files):
    plugins = find_plugins([])
    read = plugins.readers()["geopackage"]
    stations = read(sample_files / "stations.gpkg", {}, Silent())
    assert len(stations) == 12


def test_a_reader_that_cannot_be_loaded_is_told_where_events_are_told(folder):
    manifest = (
        GOOD.format(id="made_reader")
        + """
[[reader]]
title = "Tape"
object = "tape:read"
formats = ["tape"]
"""
    )
    write_plugin(folder, "made_reader", manifest)
    posted, told = [], []
    plugins = find_plugins([folder], deliver=posted.append)
    plugins.switched_off.subscribe(told.append)
    with pytest.raises(PluginError, match="tape:read"):
        plugins.readers()["tape"](folder / "a.tape", {}, Silent())
    assert not told
    posted.pop()()
    assert [e.message for e in told] == [e.message for e in plugins.failures]


def test_the_tools_are_in_the_order_of_their_keys_and_have_icons():
    box = find_plugins([]).toolbox()
    keys = [str(n) for n in range(1, 10)]
    assert [entry.shortcut for entry in box] == [*keys[:3], "Shift+3", *keys[3:]]
    icons = files("gisapp").joinpath("icons")
    assert all(icons.joinpath(f"{entry.icon}.svg").is_file() for entry in box)


def test_a_tool_is_loaded_when_it_is_taken_up(folder):
    manifest = (
        GOOD.format(id="made_tool")
        + """
[[tool]]
title = "Count here"
object = "algorithm:CountHere"
"""
    )
    code = (
        CODE
        + "\nfrom gisapp.api import MapTool\nclass CountHere(MapTool):\n    name = 'counthere'\n"
    )
    write_plugin(folder, "made_tool", manifest, code)
    box = find_plugins([folder]).toolbox()
    assert box["counthere"].title == "Count here"
    assert box["counthere"].make(lambda: None).name == "counthere"


def test_painters_of_all_styles_and_of_a_plugins_own(folder):
    manifest = (
        GOOD.format(id="made_style")
        + """
[[style]]
title = "Heat"
object = "heat:paint"
style = "heat:HeatStyle"
"""
    )
    there = write_plugin(folder, "made_style", manifest)
    (there / "heat.py").write_text(
        "from dataclasses import dataclass\nfrom gisapp.api import Style\n"
        "@dataclass(frozen=True)\nclass HeatStyle(Style):\n    power: float = 2.0\n"
        "def paint(layer, data, camera, canvas, progress):\n    pass\n"
    )
    painters = find_plugins([folder]).painters()
    names = {style.__name__ for style in painters}
    assert {"PointStyle", "LineStyle", "AreaStyle", "ThermalStyle", "HeatStyle"} <= names
    heat = next(style for style in painters if style.__name__ == "HeatStyle")
    written = style_to_data(heat(3.0))
    assert style_from_data(written) == heat(3.0)


def test_a_dropped_file_that_only_a_plugin_reads_becomes_a_layer(folder):
    manifest = (
        GOOD.format(id="gauges")
        + """
[[reader]]
title = "Gauge list"
object = "gauges:read"
formats = ["gauges"]
patterns = ["*.gauges"]
"""
    )
    write_plugin(folder, "gauges", manifest)
    (folder / "gauges" / "gauges.py").write_text(
        """
import numpy as np
from gisapp.api import Features, Field, ReadError, point_shapes

def read(path, options, progress):
    lines = path.read_text("utf-8").split()
    if not lines:
        raise ReadError(f"{path.name} names no gauge", hint="One place a line.")
    xy = np.array([line.split(",") for line in lines], float)
    ids = np.array([str(n) for n in range(len(lines))], object)
    return Features("EPSG:4490", (Field("name"),), ids, {"name": ids}, point_shapes(xy))
""",
        "utf-8",
    )
    plugins = find_plugins([folder])
    good, empty = folder / "north.gauges", folder / "none.gauges"
    good.write_text("114.1,23.1\n114.2,23.2\n", "utf-8")
    empty.write_text("", "utf-8")
    paths = [good, empty, folder / "other.xyz"]
    foreign = plugins.foreign_readers(paths)
    assert set(foreign) == {good, empty}
    proposal = look_at_files(paths, Project(), foreign=foreign)
    [(kind, layer)] = proposal.layers
    assert (kind, layer.name, layer.source.format) == ("point", "north", "gauges")
    said = [error.message for error in proposal.wrong]
    assert any("none.gauges names no gauge" in message for message in said)
    assert any("other.xyz" in message for message in said)
    data = plugins.readers()["gauges"](good, {}, Silent())
    assert len(data) == 2

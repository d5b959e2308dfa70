"""Dropped files become layers in the right place, and what cannot is named."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from gisapp.app.layer_import import add_layers, look_at_files, with_option
from gisapp.model.edit import LayersEdit, Steps
from gisapp.model.layer import TABLE, Layer, Source
from gisapp.model.project import Project
from gisapp.model.style import AreaStyle, LineStyle, PointStyle, ThermalStyle

NAMES = ("stations.gpkg", "thermal.tif", "counties.gpkg", "rivers.gpkg")


def names(project: Project) -> list[str]:
    return [layer.name for layer in project.layers]


def test_areas_lie_below_lines_below_points_whatever_the_order(sample_files: Path):
    proposal = look_at_files([sample_files / name for name in NAMES], Project())
    edit = add_layers(Project(), proposal)
    assert edit is not None
    project = edit.apply(Project())
    assert names(project) == ["thermal", "counties", "rivers", "stations"]
    kinds = [type(layer.style) for layer in project.layers]
    assert kinds == [ThermalStyle, AreaStyle, LineStyle, PointStyle]


def test_survey_points_stay_on_top(sample_files: Path):
    survey = Layer("Outfalls", Source(TABLE, "outfalls"), PointStyle(), role="outfalls")
    project = Project(layers=(survey,))
    edit = add_layers(project, look_at_files([sample_files / "rivers.gpkg"], project))
    assert edit is not None
    assert names(edit.apply(project)) == ["rivers", "Outfalls"]


def test_an_empty_project_takes_the_system_of_its_first_layer_and_undo_gives_it_back(
    sample_files: Path,
):
    empty = Project()
    edit = add_layers(empty, look_at_files([sample_files / "rivers.gpkg"], empty))
    assert isinstance(edit, Steps)
    project = edit.apply(empty)
    assert project.crs == "EPSG:4547"
    back = edit.reversed().apply(project)
    assert (back.crs, back.layers) == (empty.crs, ())


def test_a_project_with_layers_keeps_its_system(sample_files: Path):
    first = Layer("a", Source("geojson", "a.geojson"), LineStyle())
    project = Project(layers=(first,))
    edit = add_layers(project, look_at_files([sample_files / "rivers.gpkg"], project))
    assert isinstance(edit, LayersEdit)


def test_a_thermal_raster_is_known_by_its_unit_and_shows_its_own_range(sample_files: Path):
    ((kind, layer),) = look_at_files([sample_files / "thermal.tif"], Project()).layers
    assert (kind, layer.role) == ("values", "thermal")
    assert isinstance(layer.style, ThermalStyle)
    assert 8 < layer.style.low < layer.style.high < 22  # degrees Celsius of the scene


def test_files_inside_the_project_are_written_relative_to_it(sample_files: Path, tmp_path: Path):
    inside = tmp_path / "data" / "rivers.gpkg"
    inside.parent.mkdir()
    shutil.copyfile(sample_files / "rivers.gpkg", inside)
    outside = sample_files / "counties.gpkg"
    proposal = look_at_files([inside, outside], Project(), tmp_path)
    assert [layer.source.path for _, layer in proposal.layers] == ["data/rivers.gpkg", str(outside)]


def test_what_cannot_become_a_layer_is_named_and_the_rest_comes(sample_files: Path, tmp_path: Path):
    table = tmp_path / "plain.csv"
    table.write_text("code,name\nW-001,somewhere\n", "utf-8")
    torn = tmp_path / "torn.tif"
    torn.write_bytes(b"II*\0" + b"\1" * 40)
    proposal = look_at_files(
        [table, torn, tmp_path / "gone.shp", sample_files / "rivers.gpkg"], Project()
    )
    assert [layer.name for _, layer in proposal.layers] == ["rivers"]
    said = " | ".join(error.message for error in proposal.wrong)
    assert all(name in said for name in ("plain", "torn.tif", "gone.shp"))
    assert all(error.hint for error in proposal.wrong)


def test_nothing_usable_is_no_edit(tmp_path: Path):
    assert add_layers(Project(), look_at_files([tmp_path / "gone.shp"], Project())) is None


@pytest.mark.parametrize("options", [(), (("layer", "rivers"),)])
def test_what_the_user_says_of_a_file_is_kept_in_its_source(options):
    layer = Layer("Rivers", Source("geopackage", "r.gpkg", options), LineStyle())
    said = with_option(layer, crs="EPSG:4547")
    assert dict(said.source.options) == {**dict(options), "crs": "EPSG:4547"}
    assert said.id == layer.id


def test_rivers_are_as_wide_as_what_they_drain(tmp_path: Path) -> None:
    """Where a column tells large from small; the best of several is taken."""
    import geopandas
    import shapely

    lines = [shapely.LineString([(114, 23 + n / 10), (114.1, 23 + n / 10)]) for n in range(3)]
    values = {"strahler": [1, 2, 1], "UPLAND_SKM": [3.0, 9.0, 1.0]}
    for names, by in ((("strahler", "UPLAND_SKM"), "UPLAND_SKM"), (("strahler",), "strahler")):
        chosen = {name: values[name] for name in names}
        frame = geopandas.GeoDataFrame(chosen, geometry=lines, crs=4490)
        for ending, write in ((".gpkg", frame.to_file), (".parquet", frame.to_parquet)):
            path = tmp_path / f"streams_{by}{ending}"
            write(path)
            ((_, layer),) = look_at_files([path], Project()).layers
            assert layer.role == "rivers"
            assert layer.style.width_by == by
            assert layer.style.width > LineStyle().width
    plain = tmp_path / "streams.gpkg"
    geopandas.GeoDataFrame({"size": [1, 2, 3]}, geometry=lines, crs=4490).to_file(plain)
    ((_, layer),) = look_at_files([plain], Project()).layers
    assert layer.style == LineStyle(color=layer.style.color)

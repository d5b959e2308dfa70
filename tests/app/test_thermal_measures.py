"""Kept measures: in a real project file, undone, corrected, exported and read again."""

from __future__ import annotations

import csv
import json
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from affine import Affine

from gisapp.app.colour_scales import scale_edit, share_all_edit
from gisapp.app.measure_export import export_measures
from gisapp.app.thermal_difference import difference_layer
from gisapp.app.thermal_measures import (
    compare_edit,
    correct_edit,
    keep_edit,
    measure_on,
    measured_again_edit,
    measures_of,
    remove_edit,
    rename_edit,
    table_of,
)
from gisapp.io.project_check import check
from gisapp.io.project_file import ProjectFile
from gisapp.io.thermal_frame import FrameRaster
from gisapp.model.edit import LayersEdit
from gisapp.model.errors import ParameterError, ProjectError
from gisapp.model.geometry import Point, Size
from gisapp.model.progress import Silent
from gisapp.model.project import Project
from gisapp.model.style import Correction, Isotherm, MeasureStyle
from gisapp.model.text import use_language
from gisapp.model.thermal_image import Decoding, ThermalParameters
from gisapp.model.thermal_measure import FIELDS, measure_of, row_of
from tests.app.thermal_scene import (
    CELL,
    LATER,
    LEFT,
    NIGHT,
    TOP,
    UTM,
    cells,
    layer_of,
    opened,
    two_nights,
    values_of,
    write_raster,
)

SILENT = Silent()
BOX = ((10, 10), (30, 10), (30, 25), (10, 25))


@pytest.fixture
def raster(tmp_path: Path):
    with opened(write_raster(tmp_path / "night.tif", values_of(1))) as found:
        yield found


def measured(project: Project, raster, kind="box", at=BOX):
    return measure_on(project.layer(NIGHT), raster, kind, cells(*at), UTM, SILENT)


@pytest.fixture
def kept(raster):
    """A box and a spot of one layer."""
    project, fids = two_nights(), []
    for kind, at in (("box", BOX), ("spot", ((100.5, 60.5),))):
        edit, fid = keep_edit(project, measured(project, raster, kind, at))
        project = edit.apply(project)
        fids.append(fid)
    return project, *fids


def test_a_measure_knows_its_values_and_where_they_are_from(raster) -> None:
    made = measured(two_nights(), raster)
    known = values_of(1)[10:25, 10:30].astype(np.float64)
    assert made.values.mean == pytest.approx(known.mean(), abs=1e-6)
    assert made.values.cells == 300
    assert made.area_m2 == pytest.approx(75.0, rel=1e-3)
    assert (made.unit, made.layer_name) == ("°C", "Night")
    assert made.provenance.decoder == "made up 1"
    assert made.provenance.accuracy == 0.3
    assert made.provenance.taken == "2025-01-17T20:41:07"
    again = measure_of(row_of(made))
    assert again.values == made.values
    assert again.provenance == made.provenance
    np.testing.assert_allclose(again.places, made.places, atol=1e-9)


def test_the_first_measure_makes_its_table_and_layer_in_one_step(kept) -> None:
    project, box, _spot = kept
    assert [one.label for one in measures_of(project).values()] == ["B1", "S1"]
    layer = project.layers[-1]
    assert (layer.role, type(layer.style)) == ("thermal_measures", MeasureStyle)
    assert table_of(project).fields == FIELDS
    before = two_nights()
    edit, _ = keep_edit(before, measures_of(project)[box])
    after = edit.apply(before)
    assert len(after.layers) == 3
    back = edit.reversed().apply(after)
    assert back.layers == before.layers
    assert dict(back.tables) == {}


def test_values_follow_the_correction_of_their_layer(kept, raster) -> None:
    project, box, _spot = kept
    was = measures_of(project)[box].values
    edit = correct_edit(project, NIGHT, Correction(1.2, -3.0, 5, 0.2))
    after = edit.apply(project)
    now = measures_of(after)[box].values
    assert now.mean == pytest.approx(1.2 * was.mean - 3)
    assert (now.min, now.max) == pytest.approx((1.2 * was.min - 3, 1.2 * was.max - 3))
    assert now.sd == pytest.approx(1.2 * was.sd)
    row = table_of(after).row(box)
    assert row["mean"] == pytest.approx(now.mean), "other programs read the same"
    assert row["gain"] == 1.2
    assert measured(after, raster).values.mean == pytest.approx(now.mean, abs=1e-5)
    undone = edit.reversed().apply(after)
    assert undone.layers == project.layers
    assert measures_of(undone)[box].values == was
    only_style = project.layer(NIGHT)
    style = replace(only_style.style, correction=Correction(1.0, 1.0))
    layers = tuple(replace(la, style=style) if la.id == NIGHT else la for la in project.layers)
    shown = measures_of(replace(project, layers=layers))[box].values
    assert shown.mean == pytest.approx(was.mean + 1), "also when the rows were not told"
    with pytest.raises(ParameterError, match="cannot be meant"):
        correct_edit(project, NIGHT, Correction(0.0, 0.0))
    with pytest.raises(ParameterError, match="no layer of values"):
        correct_edit(project, project.layers[-1].id, Correction(1.1, 0.0))
    assert correct_edit(project, NIGHT, Correction()) is None


def test_a_difference_follows_the_correction_too(kept, tmp_path) -> None:
    project, *_ = kept
    one, other = project.layer(NIGHT), project.layer(LATER)
    layer = difference_layer(one, other, tmp_path)
    project = replace(project, layers=(*project.layers, layer))
    after = correct_edit(project, LATER, Correction(1.0, 0.5)).apply(project)
    assert dict(after.layer(layer.id).source.options)["minus_offset"] == "0.5"


def test_naming_comparing_and_deleting(kept) -> None:
    project, box, spot = kept
    project = rename_edit(project, box, " outlet ").apply(project)
    assert rename_edit(project, box, "outlet") is None
    assert rename_edit(project, box, " ") is None
    project = compare_edit(project, box, spot).apply(project)
    assert measures_of(project)[box].reference == spot
    assert compare_edit(project, spot, spot) is None
    edit = remove_edit(project, [spot])
    after = edit.apply(project)
    assert list(measures_of(after)) == [box]
    assert measures_of(after)[box].reference is None
    assert measures_of(edit.reversed().apply(after))[box].reference == spot
    both = remove_edit(project, [box, spot]).apply(project)
    assert measures_of(both) == {}


def test_measured_again_after_the_file_has_changed(kept, tmp_path) -> None:
    project, box, _spot = kept
    with opened(write_raster(tmp_path / "new.tif", values_of(9))) as raster:
        again = measured(project, raster)
    after = measured_again_edit(project, box, again).apply(project)
    known = values_of(9)[10:25, 10:30].astype(np.float64)
    assert measures_of(after)[box].values.mean == pytest.approx(known.mean(), abs=1e-6)
    assert measures_of(after)[box].provenance.file == "new.tif"
    assert measures_of(after)[box].label == "B1"


def test_files_hold_values_shapes_and_provenance(kept, tmp_path) -> None:
    project, box, spot = kept
    project = compare_edit(project, box, spot).apply(project)
    project = correct_edit(project, NIGHT, Correction(1.0, 0.5)).apply(project)
    one, other = (measures_of(project)[fid] for fid in (box, spot))
    paths = [tmp_path / f"m{suffix}" for suffix in (".csv", ".geojson", ".kml")]
    for path in paths:
        assert export_measures(project, path) == 2
    with paths[0].open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert float(rows[0]["Mean"]) == pytest.approx(one.values.mean, abs=1e-4)
    delta = one.values.mean - other.values.mean
    assert float(rows[0]["Difference of means (K)"]) == pytest.approx(delta, abs=1e-4)
    assert rows[0]["Decoder"] == "made up 1"
    assert rows[0]["Correction"] == "T = T + 0.50 °C"
    whole = json.loads(paths[1].read_text("utf-8"))
    kinds = [f["geometry"]["type"] for f in whole["features"]]
    assert kinds == ["Polygon", "Point"]
    ring = whole["features"][0]["geometry"]["coordinates"][0]
    assert ring[0] == ring[-1]
    assert whole["features"][0]["properties"]["parameters"].startswith('{"emissivity":0.98')
    assert whole["features"][0]["properties"]["taken"] == "2025-01-17T20:41:07"
    root = ET.parse(paths[2]).getroot()
    space = {"k": "http://www.opengis.net/kml/2.2"}
    names = [p.text for p in root.iterfind(".//k:Placemark/k:name", space)]
    assert names == ["B1", "S1"]
    assert root.find(".//k:Polygon//k:coordinates", space).text.startswith("111.")
    first = [path.read_bytes() for path in paths]
    for path in paths:
        export_measures(project, path)
    assert [path.read_bytes() for path in paths] == first
    use_language("zh_CN")
    try:
        export_measures(project, paths[0], [spot])
    finally:
        use_language("en")
    assert "平均值" in paths[0].read_text("utf-8-sig").splitlines()[0]
    assert len(paths[0].read_text("utf-8-sig").splitlines()) == 2


def test_what_cannot_be_exported_is_refused(kept, tmp_path) -> None:
    project, *_ = kept
    with pytest.raises(ParameterError, match="CSV, GeoJSON or KML"):
        export_measures(project, tmp_path / "m.xlsx")
    with pytest.raises(ProjectError, match="no measures"):
        export_measures(two_nights(), tmp_path / "m.csv")
    assert list(tmp_path.glob("m.*")) == []


def test_rows_that_are_no_measures_are_left_out() -> None:
    assert measure_of({"kind": "circle", "shape": "POINT (1 2)"}) is None
    assert measure_of({"kind": "spot", "shape": "nonsense"}) is None
    assert measure_of({"kind": "area", "shape": "LINESTRING (1 2, 3 4)"}) is None
    assert measure_of({"kind": "spot", "shape": "POINT (1 2)", "gain": 0.0}).correction.gain == 1.0


def test_measures_scales_and_corrections_are_safe_in_the_project_file(raster, tmp_path) -> None:
    """Every edit is written, read again, undone from the log, and passes the check."""
    folder, start = tmp_path / "survey", two_nights()
    added = LayersEdit("Add", (), start.layers)
    file = ProjectFile.create(folder, "Made up", UTM, (added,))
    try:
        project = file.load()
        edit, box = keep_edit(project, measured(project, raster))
        steps = [edit]
        project = edit.apply(project)
        for make in (
            lambda now: correct_edit(now, NIGHT, Correction(1.1, -1.0, 4, 0.25)),
            lambda now: share_all_edit(now, [LATER], NIGHT),
            lambda now: scale_edit("x", now, LATER, isotherms=(Isotherm(20.0, None, "#ff0000"),)),
        ):
            step = make(project)
            steps.append(step)
            project = step.apply(project)
        numbers = [file.commit("edit", step, None).number for step in steps]
        file.close()
        file = ProjectFile.open(folder)
        found = file.load()
        assert found.layers == project.layers
        assert measures_of(found) == measures_of(project)
        assert measures_of(found)[box].values.mean == pytest.approx(
            1.1 * values_of(1)[10:25, 10:30].astype(float).mean() - 1, abs=1e-5
        )
        back = file.read_edit(numbers[1]).reversed()
        assert measures_of(back.apply(found))[box].correction == Correction()
    finally:
        file.close()
    assert [one for one in check(folder) if not one.ok] == []


def test_a_frame_of_a_camera_is_measured_where_it_lies_turned() -> None:
    """Its cells are those of the sensor; decoder and parameters are its own."""
    raw = np.random.default_rng(7).normal(18, 2, (40, 50)).astype(np.float32)
    place = Affine.translation(LEFT, TOP) * Affine.rotation(33) * Affine.scale(CELL, -CELL)
    options = {"affine": ",".join(map(repr, tuple(place)[:6])), "crs": UTM}
    frame = FrameRaster(MadeUpImage(raw), options, "frame.jpg")  # type: ignore[arg-type]
    layer = layer_of("Frame", "frames/frame.jpg", NIGHT)
    corners = [Point(*(place * at)) for at in ((10, 5), (30, 5), (30, 25), (10, 25))]
    made = measure_on(layer, frame, "box", corners, UTM, SILENT)
    known = raw[5:25, 10:30].astype(np.float64)
    assert (made.values.cells, made.values.missing) == (400, 0)
    assert made.values.mean == pytest.approx(known.mean(), abs=1e-6)
    assert (made.provenance.file, made.provenance.decoder) == ("frame.jpg", "made up 2")
    assert made.provenance.accuracy == 0.5
    assert json.loads(made.provenance.parameters)["emissivity"] == 0.98


class MadeUpImage:
    """Stands in for a decoded frame."""

    parameters = ThermalParameters(0.98, 20.0, 20.0, 0.5, 5.0)

    def __init__(self, raw: np.ndarray) -> None:
        self._raw, self.size = raw, Size(raw.shape[1], raw.shape[0])

    def celsius(self, parameters=None) -> np.ndarray:
        return self._raw

    def decoding_at(self, parameters) -> Decoding:
        return Decoding("made up 2", 0.5)

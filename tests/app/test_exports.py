from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
import openpyxl
import pytest
from shapely import Point

from gisapp.app.exports import export_ledger, export_map
from gisapp.model.errors import ParameterError, ProjectError, WriteError
from gisapp.model.features import FeatureId
from gisapp.model.layer import TABLE, Layer, Source
from gisapp.model.page import Page
from gisapp.model.progress import Cancelled
from gisapp.model.project import Project
from gisapp.model.survey import OUTFALL_FIELDS, OUTFALL_STYLE
from gisapp.model.table import GEOMETRY, FeatureTable
from gisapp.model.text import use_language
from gisapp.render.qt_canvas import QtPress, warm_up
from tests.own import OWN
from tests.render.scenes import CRS, scene

PAGE = Page("排污口分布图", date="2026-03-15")


class Stopped:
    def report(self, fraction: float, message: str = "") -> None:
        if fraction > 0.3:
            raise Cancelled


@pytest.fixture(scope="module")
def press(qapp) -> QtPress:
    warm_up()
    return QtPress()


def exported(press: QtPress, path: Path, page: Page = PAGE, **more) -> tuple[str, ...]:
    request = scene()
    project = Project("Project", CRS, request.layers)
    data = more.pop("data", request.data)
    return export_map(
        project,
        page,
        path,
        camera=request.camera,
        data=data,
        painters=OWN.painters(),
        press=press,
        dots_per_inch=96,
        **more,
    )


@pytest.mark.parametrize("name", ["map.pdf", "map.png", "MAP.PDF"])
def test_the_same_map_is_the_same_bytes(press: QtPress, tmp_path: Path, name: str) -> None:
    (tmp_path / "again").mkdir()
    assert exported(press, tmp_path / name) == ()
    exported(press, tmp_path / "again" / name)
    content = (tmp_path / name).read_bytes()
    assert len(content) > 20_000
    assert content == (tmp_path / "again" / name).read_bytes()
    assert [entry.name for entry in (tmp_path / "again").iterdir()] == [name]


def test_a_png_has_the_size_of_the_paper(press: QtPress, tmp_path: Path) -> None:
    exported(press, tmp_path / "map.png", replace(PAGE, paper="A3"))
    header = (tmp_path / "map.png").read_bytes()[16:24]
    assert (int.from_bytes(header[:4]), int.from_bytes(header[4:])) == (1587, 1123)


def test_layers_without_data_are_told(press: QtPress, tmp_path: Path) -> None:
    assert "河流" in exported(press, tmp_path / "map.png", data={})


def test_another_kind_of_file_is_refused(press: QtPress, tmp_path: Path) -> None:
    with pytest.raises(ParameterError):
        exported(press, tmp_path / "map.jpg")
    assert not list(tmp_path.iterdir())


def test_stopping_leaves_nothing(press: QtPress, tmp_path: Path) -> None:
    with pytest.raises(Cancelled):
        exported(press, tmp_path / "map.pdf", progress=Stopped())
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_gone_is_said(press: QtPress, tmp_path: Path) -> None:
    with pytest.raises(WriteError):
        exported(press, tmp_path / "gone" / "map.png")


ROWS = {
    FeatureId("u1"): {
        "code_local": "0012",
        "name": "=HYPERLINK(1)",
        "kind": "outfall",
        "state": "verified",
        "discharging": True,
        "flow_value": 1.25,
        "flow_unit": "m³/s",
        "monitored_at": "2026-03-15T10:00:00+08:00",
        "receiving_reach": 42,
        "photos": '["a.jpg", "b.jpg"]',
        GEOMETRY: Point(500_000, 2_560_000),
    },
    FeatureId("u2"): {"name": "South", "kind": "suspected", "state": "suspected", GEOMETRY: None},
}


@pytest.fixture
def survey() -> Project:
    table = FeatureTable.from_rows("outfalls", CRS, OUTFALL_FIELDS, ROWS)
    layer = Layer("Outfalls", Source(TABLE, "outfalls"), OUTFALL_STYLE, role="outfalls")
    return Project("Qingxi", CRS, (layer,), MappingProxyType({"outfalls": table}))


def ledger(path: Path) -> tuple[list[dict], dict]:
    book = openpyxl.load_workbook(path)
    head, *rows = book.worksheets[0].iter_rows(values_only=True)
    about = dict(book.worksheets[1].iter_rows(values_only=True))
    return [dict(zip(head, row, strict=True)) for row in rows], about


def test_a_ledger_has_a_row_for_each_outfall(survey: Project, tmp_path: Path) -> None:
    assert export_ledger(survey, tmp_path / "ledger.xlsx", made_on="2026-04-01") == 2
    (one, two), about = ledger(tmp_path / "ledger.xlsx")
    assert one["No."] == 1
    assert one["Local code"] == "0012"
    assert one["Name"] == "=HYPERLINK(1)"
    assert one["State"] == "Verified"
    assert one["Discharging now"] == "yes"
    assert one["Flow"] == 1.25
    assert one["Monitored on"].isoformat()[:10] == "2026-03-15"
    assert (one["Photos 1"], one["Photos 2"], one["Photos 3"]) == ("a.jpg", "b.jpg", None)
    assert one["Longitude (°)"] == pytest.approx(114, abs=1e-6)
    assert one["Latitude (°)"] == pytest.approx(23.14, abs=0.01)
    assert two["Longitude (°)"] is None
    assert "Water temperature (°C)" in one
    assert about["Project"] == "Qingxi"
    assert about["Rows"] == "2"
    assert about["Date"] == "2026-04-01"
    assert "EPSG:4547" in about["Stored in"]


def test_the_standard_is_named_at_its_column(survey: Project, tmp_path: Path) -> None:
    export_ledger(survey, tmp_path / "ledger.xlsx")
    page = openpyxl.load_workbook(tmp_path / "ledger.xlsx").worksheets[0]
    notes = {cell.value: cell.comment.text for cell in page[1] if cell.comment}
    assert "HJ 1312-2023" in notes["Class"]
    assert "EPSG:4490" in notes["Latitude (°)"]


def test_a_ledger_in_chinese(survey: Project, tmp_path: Path) -> None:
    use_language("zh_CN")
    try:
        export_ledger(survey, tmp_path / "台账.xlsx")
    finally:
        use_language("en")
    (one, _), _ = ledger(tmp_path / "台账.xlsx")
    assert one["工作状态"] == "已核实"
    assert one["地方编码"] == "0012"
    assert "水温 (°C)" in one


def test_chosen_rows_only(survey: Project, tmp_path: Path) -> None:
    chosen = [FeatureId("u2"), FeatureId("gone")]
    count = export_ledger(survey, tmp_path / "l.xlsx", only=chosen, filter_text="State: Suspected")
    rows, about = ledger(tmp_path / "l.xlsx")
    assert count == 1
    assert [(row["No."], row["Name"]) for row in rows] == [(1, "South")]
    assert about["Filter"] == "State: Suspected"


def test_the_same_ledger_is_the_same_bytes(survey: Project, tmp_path: Path) -> None:
    for name in ("a.xlsx", "b.xlsx"):
        export_ledger(survey, tmp_path / name, made_on="2026-04-01")
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_a_project_without_outfalls_is_said(tmp_path: Path) -> None:
    with pytest.raises(ProjectError) as caught:
        export_ledger(Project(), tmp_path / "l.xlsx")
    assert caught.value.hint
    with pytest.raises(ParameterError):
        export_ledger(Project(), tmp_path / "l.csv")


def test_a_ledger_that_is_stopped_leaves_nothing(survey: Project, tmp_path: Path) -> None:
    with pytest.raises(Cancelled):
        export_ledger(survey, tmp_path / "l.xlsx", progress=Stopped())
    assert not list(tmp_path.iterdir())


def test_real_numbers_that_are_none_are_empty(survey: Project, tmp_path: Path) -> None:
    table = survey.tables["outfalls"].with_rows({FeatureId("u1"): {"ph": np.inf}})
    export_ledger(survey.with_table(table), tmp_path / "l.xlsx")
    (one, _), _ = ledger(tmp_path / "l.xlsx")
    assert one["pH"] is None

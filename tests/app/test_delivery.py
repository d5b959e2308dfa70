"""Deliveries come back as they went out: read(write(x)) == x, format by format."""

from __future__ import annotations

import csv
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gisapp.app.delivery import DeliveryOptions, deliver
from gisapp.app.ledger import deciding_rows, export_ledger
from gisapp.app.place_columns import Placing
from gisapp.io.delivery import names_path, short_names
from gisapp.io.ledger_template import read_template
from gisapp.io.vector import read_source
from gisapp.model.coordinates import parse_place
from gisapp.model.errors import ParameterError, ReadError, WriteError
from gisapp.model.features import FeatureId, plain
from gisapp.model.ledger_template import ledger_templates
from gisapp.model.outfall_record import deciding_row
from gisapp.model.progress import Silent
from gisapp.model.project import Project
from gisapp.model.table import GEOMETRY
from tests.survey_project import survey_project

# What a DBF of UTF-8 holds: 254 bytes; what XML holds: no controls. Line ends are kept as \n
_letters = st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Cn", "Co"))
_text = st.one_of(
    st.none(),
    st.text(_letters, min_size=1, max_size=40).map(str.strip).filter(bool),
    st.sampled_from(["007", "=1+1", "-5", "@x", "a\nb", 'a,b;"c"', "是", "㎡", "<&>", "0012345"]),
)
_real = st.one_of(st.none(), st.floats(-1e6, 1e6).map(lambda v: round(v, 6)))
_row = st.fixed_dictionaries(
    {
        "name": _text,
        "code_local": _text,
        "remark": _text,
        "ph": _real,
        "conductivity_us_cm": _real,
        "distance_to_mouth_m": _real,
        "receiving_reach": st.one_of(st.none(), st.integers(-(2**31), 2**31)),
        "discharging": st.sampled_from([None, True, False]),
        "monitored_at": st.sampled_from([None, "2026-05-01", "1999-12-31"]),
        "state": st.sampled_from(["suspected", "closed"]),
    }
)
_rows = st.lists(_row, min_size=1, max_size=4)
FIELDS = (
    "name",
    "code_local",
    "remark",
    "ph",
    "conductivity_us_cm",
    "distance_to_mouth_m",
    "receiving_reach",
    "discharging",
    "monitored_at",
    "state",
)
quick = settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow], deadline=None)


def survey(rows: list[dict[str, Any]]) -> Project:
    return survey_project({f"id-{n}": row for n, row in enumerate(rows)})


def same(written: Any, read: Any) -> bool:
    """Whole numbers come back as numbers, yes and no as 1 and 0 or words."""
    read = plain(read)
    if read is None or read == "" or read != read:
        return written is None
    if isinstance(written, bool):
        return read in (int(written), str(int(written)), str(written))
    if isinstance(written, int | float):
        return float(read) == pytest.approx(float(written), rel=1e-12, abs=1e-12)
    return str(read) == written


def read_back(path: Path, short: bool = False) -> dict[str, dict[str, Any]]:
    found = read_source(path, {}, Silent())
    names = {f.name: f.name for f in found.fields}
    if short:
        with names_path(path).open(encoding="utf-8-sig", newline="") as file:
            names = {row["column"]: row["field"] for row in csv.DictReader(file)}
    out = {}
    for n in range(len(found)):
        row = {names.get(f.name, f.name): plain(found.column(f.name)[n]) for f in found.fields}
        part = found.shapes.parts_of(np.array([n]))
        row[GEOMETRY] = found.shapes.coords[found.shapes.starts[part[0]]].tolist()
        out[str(row["feature_id"])] = row
    return out


@pytest.mark.parametrize("name", ["a.shp", "a.gpkg", "a.geojson", "a.kml", "a.kmz", "a.csv"])
@quick
@given(rows=_rows)
def test_what_is_written_is_read(name: str, rows: list[dict[str, Any]]) -> None:
    project = survey(rows)
    table = project.tables["outfalls"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        done = deliver(project, path)
        assert (done.rows, done.warnings) == (len(rows), ())
        back = read_back(path, short=name.endswith(".shp"))
    for fid in table.ids.tolist():
        row, read = table.row(fid), back[fid]
        place = row[GEOMETRY]
        assert read[GEOMETRY] == pytest.approx([place.x, place.y], abs=1e-6)
        for field in FIELDS:
            value = row[field]
            renamed = path.suffix in (".kml", ".kmz") and field == "name"
            got = read.get("outfall_name" if renamed else field)
            if name == "a.csv" and isinstance(value, str) and value[0] in "=+-@":
                value = f"'{value}"
            assert same(value, got), (field, value, got)


@quick
@given(rows=_rows)
def test_a_ledger_is_read_as_it_was_written(rows: list[dict[str, Any]]) -> None:
    project = survey(rows)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "l.xlsx"
        export_ledger(project, path)
        page = openpyxl.load_workbook(path)["Ledger"]
    head, *body = page.iter_rows(values_only=True)
    fields = {f.name: f for f in project.tables["outfalls"].fields}
    for given_row, read in zip(rows, body, strict=True):
        told = dict(zip(head, read, strict=True))
        for name in FIELDS:
            field = fields[name]
            value = told[f"{field.caption} ({field.unit})" if field.unit else field.caption]
            written = given_row[name]
            if name == "discharging":
                assert value == {None: None, True: "yes", False: "no"}[written]
            elif name == "monitored_at":
                assert (value and value.date().isoformat()) == written
            elif name == "state":
                assert value == field.shown(written)
            else:
                assert same(written, value), (name, written, value)


def test_the_same_delivery_is_the_same_bytes(tmp_path: Path) -> None:
    project = survey([{"name": "甲", "ph": 7.0}])
    for name in ("a.shp", "a.kmz", "a.csv", "a.geojson", "a.gpkg"):
        for folder in ("one", "two"):
            (tmp_path / folder).mkdir(exist_ok=True)
            deliver(project, tmp_path / folder / name, DeliveryOptions(date="2026-01-01"))
        for file in sorted((tmp_path / "one").iterdir()):
            assert file.read_bytes() == (tmp_path / "two" / file.name).read_bytes(), file.name


def test_gbk_says_what_it_lacks_and_utf8_what_is_cut(tmp_path: Path) -> None:
    project = survey([{"name": "流量 3 m³/d", "remark": "长" * 100, "code_local": "๑"}])
    gbk = deliver(project, tmp_path / "g.shp", DeliveryOptions(encoding="gbk"))
    assert (tmp_path / "g.cpg").read_text() == "GBK"
    [row] = read_back(tmp_path / "g.shp", short=True).values()
    assert (row["name"], row["code_local"], row["remark"]) == ("流量 3 m3/d", "?", "长" * 100)
    assert len(gbk.warnings) == 1  # of what has no lookalike
    assert "GBK lacks" in gbk.warnings[0]
    utf = deliver(project, tmp_path / "u.shp")
    assert "were cut" in utf.warnings[0]
    [row] = read_back(tmp_path / "u.shp", short=True).values()
    assert row["remark"] == "长" * 84  # whole letters only


def test_places_in_zone_metres_and_degrees_minutes_seconds(tmp_path: Path) -> None:
    project = survey([{"name": "甲"}])
    deliver(project, tmp_path / "m.shp", DeliveryOptions(Placing("metres")))
    assert read_source(tmp_path / "m.shp", {}, Silent()).crs == "EPSG:4544"
    deliver(project, tmp_path / "d.csv", DeliveryOptions(Placing("dms")))
    with (tmp_path / "d.csv").open(encoding="utf-8-sig", newline="") as file:
        [row] = csv.DictReader(file)
    place = parse_place(f"{row['Longitude']} {row['Latitude']}", "EPSG:4490")
    assert place == pytest.approx((105.0, 30.0), abs=1e-6)
    with pytest.raises(ParameterError, match="system in degrees"):
        deliver(project, tmp_path / "x.csv", DeliveryOptions(Placing("dms", "EPSG:4544")))


def test_a_copy_for_the_public_has_rounded_places_and_no_people(tmp_path: Path) -> None:
    project = survey([{"name": "甲", "responsible_party": "乙", "remark": "王先生 139"}])
    table = project.tables["outfalls"].with_rows(
        {FeatureId("id-0"): {GEOMETRY: shapely.Point(105.12345, 30.98765)}}
    )
    public = DeliveryOptions(Placing(public=True))
    for name in ("p.csv", "p.geojson", "p.kml", "p.xlsx", "p.gpkg"):
        deliver(project.with_table(table), tmp_path / name, public)
    for name in ("p.csv", "p.geojson", "p.kml", "p.gpkg"):
        raw = (tmp_path / name).read_bytes()
        assert b"139" not in raw
        assert "12345" not in raw.decode("utf-8", "ignore")
    back = read_back(tmp_path / "p.gpkg")["id-0"]
    assert back[GEOMETRY] == pytest.approx([105.123, 30.988])
    page = openpyxl.load_workbook(tmp_path / "p.xlsx")["Ledger"]
    told = {cell.value for row in page.iter_rows() for cell in row}
    assert told.isdisjoint({"乙", "王先生 139"})
    assert 105.123 in told


def test_photos_go_with_a_kmz_and_a_lost_one_is_named(tmp_path: Path) -> None:
    digest = "ab" + "0" * 62
    (tmp_path / "photos" / "ab").mkdir(parents=True)
    (tmp_path / "photos" / "ab" / f"{digest}.jpg").write_bytes(b"picture")
    lost, strange = f"{'c' * 64}.jpg", "../../etc/passwd"
    project = survey([{"name": "甲", "photos": f'["{digest}.jpg", "{lost}", "{strange}"]'}])
    done = deliver(project, tmp_path / "a.kmz", folder=tmp_path)
    with zipfile.ZipFile(tmp_path / "a.kmz") as package:
        assert sorted(package.namelist()) == ["doc.kml", f"files/{digest}.jpg"]
        assert package.read(f"files/{digest}.jpg") == b"picture"
    assert [warning.partition(":")[0] for warning in done.warnings] == [lost]


def test_an_unknown_ending_and_a_folder_that_is_gone_are_refused(tmp_path: Path) -> None:
    project = survey([{"name": "甲"}])
    with pytest.raises(ParameterError, match="no kind of delivery"):
        deliver(project, tmp_path / "a.dwg")
    for name in ("a.shp", "a.kml", "a.csv", "a.gpkg"):
        with pytest.raises(WriteError):
            deliver(project, tmp_path / "gone" / name)
    assert list(tmp_path.iterdir()) == []


def test_the_template_has_its_columns_in_both_languages() -> None:
    columns = ledger_templates()["ledger"].columns
    assert len(columns) == 55
    assert [c.title_zh_CN for c in columns[:4]] == [
        "序号",
        "排污口编码（国家）",
        "排污口编码（地方）",
        "排污口名称",
    ]


def test_a_ledger_by_template_takes_what_decides_from_related_tables(tmp_path: Path) -> None:
    project = survey_project(
        {"a": {"name": "甲", "category": "工业企业排污口", "state": "closed"}},
        tracing_sources={
            "s": {"outfall_id": "a", "responsible_party": "乙厂", "uscc": "OLD"},
            "t": {"outfall_id": "a", "responsible_party": "丙厂", "uscc": "000", "role": "主要"},
        },
    )
    export_ledger(project, tmp_path / "l.xlsx", template=ledger_templates()["ledger"])
    head, row = openpyxl.load_workbook(tmp_path / "l.xlsx")["Ledger"].iter_rows(values_only=True)
    told = dict(zip(head, row, strict=True))
    assert (told["Credit code"], told["Closed"], told["Traced"]) == ("000", "yes", "yes")
    assert told["Class, level 1"] == "工业排污口"
    assert told["Class, level 3"] == "工业企业排污口"


_related = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from([None, "2026-01-01", "2026-02-01"]),
              st.sampled_from([None, 7.0])),
    max_size=8,
)  # fmt: skip


@given(_related)
def test_the_deciding_rows_of_all_are_those_of_each(listed) -> None:
    rows = {
        f"m{n}": {"outfall_id": fid, "monitored_at": day, "ph": ph}
        for n, (fid, day, ph) in enumerate(listed)
    }
    project = survey_project({"a": {}, "b": {}, "c": {}}, monitoring=rows)
    table = project.tables["monitoring"]
    found = deciding_rows(table, project.tables["outfalls"])
    for fid, row in zip("abc", found.tolist(), strict=True):
        one = deciding_row(project, "monitoring", FeatureId(fid))
        if one is not None:
            assert table.ids[row] == one[0]


def test_a_template_of_ones_own_and_one_that_is_wrong(tmp_path: Path) -> None:
    good, bad, none = (tmp_path / n for n in ("good.toml", "bad.toml", "none.toml"))
    good.write_text('frozen = 1\ncolumns = ["name", { from = "monitoring.ph", zh = "酸碱度" }]')
    bad.write_text('columns = ["monitoring.shoe_size"]')
    none.write_text("columns = 3 3")
    template = read_template(good)
    assert [c.source for c in template.columns] == ["name", "monitoring.ph"]
    with pytest.raises(ParameterError, match="shoe_size"):
        read_template(bad)
    with pytest.raises(ReadError, match="no template"):
        read_template(none)


@given(st.lists(st.text(max_size=20), unique=True, max_size=30))
def test_short_names_are_ten_plain_letters_each_once(names) -> None:
    short = short_names(names)
    assert len({s.upper() for s in short.values()}) == len(names)
    assert all(s.isascii() and 0 < len(s) <= 10 for s in short.values())

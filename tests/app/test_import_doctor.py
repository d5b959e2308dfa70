"""What the import doctor understands of bad files, and what it says about each row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gisapp.app.import_doctor import recipe_of, summary
from gisapp.app.import_doctor_checks import Surroundings
from gisapp.app.import_doctor_columns import proposed_values
from gisapp.app.import_doctor_places import PlaceColumns, numbers_of
from gisapp.io.recipe import Recipe
from gisapp.model.coordinates import format_angle
from gisapp.model.crs import CGCS2000, transform
from gisapp.model.progress import Silent
from gisapp.model.shifted import to_gcj02
from gisapp.model.survey import survey_schemas
from gisapp.model.zones import Zone
from tests.app.survey_files import (
    CODES,
    LAT,
    LON,
    column,
    doctor,
    file_rows,
    kinds,
    ledger,
    plain_ledger,
    points,
    problem,
    write_book,
    write_csv,
)

TRUE = np.column_stack([LON, LAT])


def _close(found: Any, metres: float = 0.05) -> None:
    assert np.abs(found.xy - TRUE).max() < metres / 90_000


def test_a_clean_ledger_has_nothing_to_say(tmp_path: Path) -> None:
    found = doctor(write_csv(tmp_path / "a.csv", plain_ledger()))
    assert found.problems == ()
    assert found.counts["added"] == 12
    assert column(found, "code_local") == CODES
    _close(found)


def test_headings_below_a_title_and_merged_over_two_lines(tmp_path: Path) -> None:
    degrees = [[int(v), int(v % 1 * 60), round(v % 1 * 60 % 1 * 60, 6)] for v in (*LON, *LAT)]
    rows = [
        ["某县入河排污口台账"], [],
        ["序号", "排污口编码", "排污口名称", "经度", "", "", "纬度", "", ""],
        ["", "", "", "度", "分", "秒", "度", "分", "秒"],
        *[[n + 1, CODES[n], f"{n}号排口", *degrees[n], *degrees[n + 12]] for n in range(12)],
        ["合计", 12],
    ]  # fmt: skip
    merged = ["A1:I1", "A3:A4", "B3:B4", "C3:C4", "D3:F3", "G3:I3"]
    found = doctor(write_book(tmp_path / "a.xlsx", {"台账": rows}, merged))
    assert found.place.way == "dms"
    assert found.layout.depth == 2
    assert found.layout.totals == 1
    assert len(found) == 12
    assert found.row_numbers.tolist() == list(range(5, 17))
    assert found.targets["排污口编码"] == "code_local"
    _close(found)
    same = doctor(write_csv(tmp_path / "a.csv", rows))
    assert same.place.columns == found.place.columns
    _close(same)


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("form", ["{}（{}）", "{}({})", "{}【{}】"])
def test_brackets_tell_the_national_code_from_the_local_one(
    tmp_path: Path, form: str, order: int
) -> None:
    national, local = form.format("排污口编码", "国家"), form.format("排污口编码", "地方")
    numbers = [f"FZ-{n}" for n in range(12)]
    columns = {national: numbers, local: CODES, "名称": CODES, "经度": LON, "纬度": LAT}
    names = list(columns)[::order]
    rows = [names, *zip(*(columns[name] for name in names), strict=True)]
    found = doctor(write_csv(tmp_path / "a.csv", rows))
    assert found.targets[national] == "code_national"
    assert found.targets[local] == "code_local"
    assert column(found, "code_national") == numbers


def test_a_heading_merged_over_three_columns_alone(tmp_path: Path) -> None:
    parts = [[int(v), int(v % 1 * 60), round(v % 1 * 60 % 1 * 60, 4)] for v in (*LON, *LAT)]
    rows = [
        ["编码", "名称", "经度", "", "", "纬度", "", ""],
        *[[CODES[n], f"{n}号", *parts[n], *parts[n + 12]] for n in range(12)],
    ]
    found = doctor(write_book(tmp_path / "a.xlsx", {"台账": rows}, ["C1:E1", "F1:H1"]))
    assert found.place.way == "dms"
    _close(found)


@pytest.mark.parametrize("style", ["chinese", "full", "letters", "spaced"])
def test_degrees_minutes_and_seconds_in_one_column(tmp_path: Path, style: str) -> None:
    def words(value: float, letters: str) -> str:
        text = format_angle(value, letters, 4)
        if style == "chinese":
            return text[:-1].replace("°", "度").replace("′", "分").replace("″", "秒")
        if style == "full":
            wide = {ord(c): ord(c) + 0xFEE0 for c in "0123456789."}
            return text[:-1].translate(wide)
        if style == "spaced":
            return text.replace("°", "° ").replace("′", "' ").replace("″", '"')
        return text[-1] + text[:-1]

    rows = ledger(经度=[words(v, "EW") for v in LON], 纬度=[words(v, "NS") for v in LAT])
    found = doctor(write_csv(tmp_path / "a.csv", rows))
    assert found.problems == ()
    _close(found)


@pytest.mark.parametrize("both", ["{x},{y}", "{y} {x} 412.0 4.5", "({x}，{y})", "经度{x} 纬度{y}"])
def test_both_coordinates_in_one_cell(tmp_path: Path, both: str) -> None:
    cells = [both.format(x=x, y=y) for x, y in zip(LON, LAT, strict=True)]
    found = doctor(write_csv(tmp_path / "a.csv", ledger(坐标=cells)))
    assert found.place.way == "both"
    _close(found)


def test_field_apps_name_groups_before_fields(tmp_path: Path) -> None:
    rows = [
        ["start", "site/outlet_code", "site/name", "_location_latitude", "_location_longitude",
         "_uuid"],
        *[["2026-05-01", c, f"P{n}", LAT[n], LON[n], f"0b0e3f3c-58a1-4d6f-9d5e-{n:012}"]
          for n, c in enumerate(CODES)],
    ]  # fmt: skip
    found = doctor(write_csv(tmp_path / "a.csv", rows))
    assert found.targets["site/outlet_code"] == "code_local"
    assert found.targets["site/name"] == "name"
    assert found.targets["_uuid"] == "uuid"
    _close(found)


@pytest.mark.parametrize("numbered", [True, False])
@pytest.mark.parametrize("turned", [True, False])
def test_metres_of_a_zone(tmp_path: Path, numbered: bool, turned: bool) -> None:
    xy = transform(TRUE, CGCS2000, Zone(35, numbered).crs).round(3)
    x, y = (xy[:, 1], xy[:, 0]) if turned else (xy[:, 0], xy[:, 1])
    path = write_csv(tmp_path / "a.csv", ledger(X坐标=x, Y坐标=y))
    near = Surroundings(near=TRUE[:3])
    found = doctor(path, around=near)
    assert ("axes_swapped" in kinds(found)) == turned
    assert ("zone_guessed" in kinds(found)) == (not numbered)
    _close(found)


def test_metres_without_any_hint_are_asked_about(tmp_path: Path) -> None:
    xy = transform(TRUE, CGCS2000, Zone(35).crs).round(3)
    path = write_csv(tmp_path / "a.csv", ledger(X=xy[:, 0], Y=xy[:, 1]))
    found = doctor(path)
    asked = problem(found, "crs_missing")
    assert asked.level == "error"
    assert np.isnan(found.xy).all()
    told = doctor(path, recipe=Recipe().with_answers({"place.crs": "EPSG:4544"}))
    assert "crs_missing" not in kinds(told)
    wanted = [dict(fix.answers)["place.crs"] for fix in asked.fixes]
    assert "EPSG:4544" in wanted
    _close(told)


def test_the_province_says_which_zone(tmp_path: Path) -> None:
    xy = transform(TRUE, CGCS2000, Zone(35).crs).round(3)
    rows = ledger(X=xy[:, 0], Y=xy[:, 1], 省份=["四川省"] * 12)
    found = doctor(write_csv(tmp_path / "a.csv", rows))
    guessed = problem(found, "zone_guessed")
    assert {"EPSG:4544"} >= {found.positions.crs} or guessed.fixes
    _close(doctor(tmp_path / "a.csv", recipe=Recipe().with_answers({"place.crs": "EPSG:4544"})))


def test_a_wrong_zone_is_named_with_the_right_one(tmp_path: Path) -> None:
    xy = transform(TRUE, CGCS2000, Zone(35).crs).round(3)
    path = write_csv(tmp_path / "a.csv", ledger(X=xy[:, 0], Y=xy[:, 1]))
    found = doctor(path, around=Surroundings(near=TRUE), place__crs="EPSG:4547")
    [fix] = problem(found, "wrong_zone").fixes
    _close(
        doctor(path, around=Surroundings(near=TRUE), recipe=found.recipe.with_answers(fix.answers))
    )


def test_rows_that_lost_the_zone_number(tmp_path: Path) -> None:
    xy = transform(TRUE, CGCS2000, Zone(35, True).crs).round(3)
    xy[4, 0] -= 35_000_000
    found = doctor(write_csv(tmp_path / "a.csv", ledger(X=xy[:, 0], Y=xy[:, 1])))
    assert file_rows(found, "zone_prefix_missing") == [6]
    _close(found)


def test_swapped_axes_in_all_rows_and_in_some(tmp_path: Path) -> None:
    found = doctor(write_csv(tmp_path / "a.csv", ledger(经度=LAT, 纬度=LON)))
    assert problem(found, "axes_swapped").level == "note"
    _close(found)
    lon, lat = list(LON), list(LAT)
    lon[3], lat[3] = lat[3], lon[3]
    found = doctor(write_csv(tmp_path / "b.csv", ledger(经度=lon, 纬度=lat)))
    assert file_rows(found, "swapped_rows") == [5]
    _close(found)
    kept = doctor(tmp_path / "b.csv", if__swapped_rows="keep")
    assert np.isnan(kept.xy[3]).all() or kept.xy[3][1] > 90


def test_zero_far_unreadable_and_missing_places(tmp_path: Path) -> None:
    lon: list[Any] = list(LON)
    lat: list[Any] = list(LAT)
    lon[1] = lat[1] = 0
    lon[2] = 113.9
    lon[3] = "约104"
    lon[4] = "河边"
    lon[5] = lat[5] = ""
    found = doctor(write_csv(tmp_path / "a.csv", ledger(经度=lon, 纬度=lat)))
    assert file_rows(found, "at_zero") == [3]
    assert file_rows(found, "far_away") == [4]
    assert "km" in problem(found, "far_away").words(0)
    assert file_rows(found, "place_unreadable") == [5, 6]
    assert file_rows(found, "no_place") == [7]
    assert found.counts["without_place"] == 4
    left = doctor(tmp_path / "a.csv", if__at_zero="skip", if__far_away="skip")
    assert left.counts["left_out"] == 2
    said = summary(found)
    zero = next(f for f in said["findings"] if f["kind"] == "at_zero")
    assert zero["rows"][0]["row"] == 3
    assert {"if.at_zero": "skip"} in [fix["answers"] for fix in zero["fixes"]]


def test_a_shift_is_found_by_the_rivers_and_taken_off(tmp_path: Path) -> None:
    moved = to_gcj02(TRUE)
    around = Surroundings(rivers=_river(TRUE))
    path = write_csv(tmp_path / "a.csv", ledger(经度=moved[:, 0], 纬度=moved[:, 1]))
    found = doctor(path, around=around)
    [fix] = problem(found, "shifted").fixes
    assert dict(fix.answers) == {"place.shift": "gcj02"}
    mended = doctor(path, around=around, recipe=found.recipe.with_answers(fix.answers))
    assert "shifted" not in kinds(mended)
    _close(mended)


def _river(places: Any) -> Any:
    from gisapp.model.features import Features, Shapes

    count = len(places)
    zigzag = np.repeat(places, 2, axis=0)
    zigzag[1::2] += [0.00002, 0.00001]
    shapes = Shapes("line", zigzag, np.arange(0, 2 * count + 1, 2), np.arange(count))
    ids = np.arange(count).astype(str).astype(object)
    return Features("EPSG:4326", (), ids, {}, shapes)


def test_codes_that_a_spreadsheet_damaged(tmp_path: Path) -> None:
    codes: list[Any] = [f"{n:06}" for n in range(90_001, 90_013)]
    codes[2], codes[5] = "90003", "1.23E+12"
    rows = plain_ledger()
    for n, row in enumerate(rows[1:]):
        row[0] = codes[n]
    found = doctor(write_csv(tmp_path / "a.csv", rows))
    assert column(found, "code_local")[0] == "090001"
    assert file_rows(found, "lost_zeros") == [4]
    assert file_rows(found, "power_code") == [7]
    mended = doctor(tmp_path / "a.csv", if__lost_zeros="pad")
    assert column(mended, "code_local")[2] == "090003"


def test_the_same_code_and_the_same_place(tmp_path: Path) -> None:
    rows = plain_ledger()
    rows[4][0] = rows[2][0]
    rows[7][2:] = rows[6][2:]
    found = doctor(write_csv(tmp_path / "a.csv", rows))
    assert file_rows(found, "same_code") == [5]
    assert "3" in problem(found, "same_code").words(0)
    assert file_rows(found, "same_place") == [8]
    left = doctor(tmp_path / "a.csv", if__same_code="skip")
    assert left.counts["left_out"] == 1


def test_values_become_fields(tmp_path: Path) -> None:
    rows = plain_ledger(
        监测日期=["2026/5/1", "2026年5月2日", "20260503", "46143", "２０２６-05-05", "五月"]
        + [""] * 6,
        pH=[7.2, "７.3", "74", "", "-", "偏酸"] + [7] * 6,
        **{"管径(mm)": ["DN500", "500mm", "1,200", "φ300", 0.5, ""] + [800] * 6},
        是否排水=["是", "有", "√", "否", "无", "不详"] + ["是"] * 6,
        岸别=["左", "右岸", "L", "Left", "右", "河心"] + ["左岸"] * 6,
    )
    found = doctor(write_csv(tmp_path / "a.csv", rows))
    days = column(found, "monitored_at")
    assert days[:5] == ["2026-05-01", "2026-05-02", "2026-05-03", "2026-05-01", "2026-05-05"]
    assert days[5] is None
    assert column(found, "ph")[:3] == [7.2, 7.3, None]
    assert column(found, "diameter_mm")[:4] == [500, 500, 1200, 300]
    assert column(found, "discharging")[:6] == [True, True, True, False, False, None]
    assert column(found, "bank")[:6] == ["左岸", "右岸", "左岸", "左岸", "右岸", None]
    wrong = {
        (p.kind, p.column): [int(found.row_numbers[r]) for r in p.rows] for p in found.problems
    }
    assert wrong["unread_value", "监测日期"] == [7]
    assert wrong["unread_value", "pH"] == [7]
    assert wrong["impossible_value", "pH"] == [4]
    assert wrong["unknown_word", "岸别"] == [7]
    said = doctor(tmp_path / "a.csv", recipe=Recipe({"word.bank.河心": "左岸"}))
    assert column(said, "bank")[5] == "左岸"


def test_classes_of_the_older_list(tmp_path: Path) -> None:
    words = ["城镇雨洪排口", "雨水排口", "农业农村排口", "港口码头排污口", "自定义类"] + [
        "其他排污口"
    ] * 7
    found = doctor(write_csv(tmp_path / "a.csv", plain_ledger(排口类型=words)))
    assert column(found, "category")[:5] == [
        "城镇雨洪排口",
        "城镇雨洪排口",
        None,
        "港口码头排口",
        None,
    ]
    assert column(found, "legacy_type")[2:4] == ["农业农村排口", "港口码头排污口"]
    assert file_rows(found, "legacy_class") == [4]
    assert file_rows(found, "unknown_word") == [6]
    fix = problem(found, "legacy_class").fixes[0]
    decided = doctor(tmp_path / "a.csv", recipe=Recipe().with_answers(fix.answers))
    assert column(decided, "category")[2] is not None


def test_what_an_unknown_class_may_mean() -> None:
    category = next(f for f in survey_schemas()["outfalls"].fields if f.name == "category")
    assert proposed_values("农业排口", category) == ("规模化畜禽养殖排污口", "规模化水产养殖排污口")
    rain = proposed_values("雨洪排口", category)
    assert "城镇雨洪排口" in rain
    assert all(one.endswith("雨洪排口") for one in rain)
    assert proposed_values("泵站排口", category) == ()
    assert proposed_values("", category) == ()


def test_how_near_most_points_lie_is_never_nothing(tmp_path: Path) -> None:
    rows = plain_ledger()
    for n, row in enumerate(rows[1:]):
        row[2:4] = [114 + n / 100_000, 23.14]
    rows[1][2:4] = [121.47, 31.23]
    told = problem(doctor(write_csv(tmp_path / "a.csv", rows)), "far_away").words(0)
    assert "within 0.1 km" in told


def test_a_recipe_makes_the_next_file_silent(tmp_path: Path) -> None:
    xy = transform(TRUE, CGCS2000, Zone(35).crs).round(3)
    rows = ledger(东=xy[:, 0], 北=xy[:, 1], 河名=["锦江"] * 12, 岸=["河左"] * 12)
    first = doctor(
        write_csv(tmp_path / "5月.csv", rows),
        recipe=Recipe({
            "place.columns": "东\n北", "place.crs": "EPSG:4544", "column.河名": "river",
            "column.岸": "bank", "word.bank.河左": "左岸",
        }),
    )  # fmt: skip
    assert first.problems == ()
    recipe = recipe_of(first, "月报")
    again = doctor(write_csv(tmp_path / "6月.csv", rows), recipe=recipe)
    assert again.problems == ()
    assert column(again, "river")[0] == "锦江"
    assert column(again, "bank")[0] == "左岸"
    _close(again)
    other = [[*row, "x"] for row in rows]
    other[0][-1] = "新列"
    changed = doctor(write_csv(tmp_path / "7月.csv", other), recipe=recipe)
    assert "新列" in problem(changed, "other_shape").message


def test_a_fix_is_an_answer_and_undone_by_its_opposite(tmp_path: Path) -> None:
    lon, lat = list(LON), list(LAT)
    lon[0] = lat[0] = 0
    path = write_csv(tmp_path / "a.csv", ledger(经度=lon, 纬度=lat))
    found = doctor(path)
    for fix in problem(found, "at_zero").fixes:
        changed = doctor(path, recipe=found.recipe.with_answers(fix.answers))
        back = problem(changed, "at_zero").fixes
        assert any(dict(f.answers) != dict(fix.answers) for f in back)


def test_points_in_another_area(tmp_path: Path) -> None:
    import shapely

    west, east = shapely.box(104, 30, 104.1, 31), shapely.box(104.1, 30, 105, 31)
    around = Surroundings(areas=(("甲县", west), ("乙县", east)))
    counties = ["甲县"] * 12
    found = doctor(write_csv(tmp_path / "a.csv", plain_ledger(区县=counties)), around=around)
    rows = file_rows(found, "other_area")
    assert rows == [n + 2 for n, x in enumerate(LON) if x > 104.1]
    assert "乙县" in problem(found, "other_area").words(0)


def test_a_file_without_places_says_so(tmp_path: Path) -> None:
    found = doctor(write_csv(tmp_path / "a.csv", ledger()))
    assert problem(found, "no_place_columns").level == "error"


@given(
    st.floats(-179.9, 179.9, allow_nan=False).map(lambda v: round(v, 6)),
    st.floats(-89.9, 89.9, allow_nan=False).map(lambda v: round(v, 6)),
)
def test_every_angle_is_read_as_it_was_written(lon: float, lat: float) -> None:
    texts = {
        "x": np.array([format_angle(lon, "EW", 4), str(lon)], object),
        "y": np.array([format_angle(lat, "NS", 4), str(lat)], object),
    }
    found = numbers_of(PlaceColumns("two", ("x", "y")), texts, Silent())
    assert not found.unread.any()
    assert np.abs(found.xy - [lon, lat]).max() < 1e-7


def test_points_near_rivers_are_silent(tmp_path: Path) -> None:
    lon = list(LON)
    lon[7] += 0.2
    around = Surroundings(rivers=_river(TRUE), near=TRUE)
    found = doctor(write_csv(tmp_path / "a.csv", ledger(经度=lon, 纬度=LAT)), around=around)
    assert file_rows(found, "far_from_rivers") == [9]
    assert points([(1.0, 2.0)]).crs == "EPSG:4326"


def test_names_of_photos_are_no_photos(tmp_path: Path) -> None:
    rows = plain_ledger(现场照片=["a.jpg"] * 12)
    found = doctor(write_csv(tmp_path / "a.csv", rows))
    assert problem(found, "photo_names").level == "note"
    assert "photos" not in found.values

"""Classes of water against the numbers printed in GB 3838-2002."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gisapp.model.errors import ParameterError
from gisapp.model.text import use_language
from gisapp.model.water_quality import (
    CLASSES,
    class_colours,
    class_of,
    class_title,
    condition,
    exceedance,
    items,
    limit,
    oxygen_saturation,
    parse_class,
    parse_measured,
    single_factor,
)


@pytest.fixture
def chinese() -> Iterator[None]:
    use_language("zh_CN")
    yield
    use_language("en")


@pytest.mark.parametrize(
    ("parameter", "value", "found"),
    [
        ("nh3n_mg_l", 0.15, "I"),
        ("nh3n_mg_l", 0.151, "II"),
        ("nh3n_mg_l", 1.0, "III"),
        ("nh3n_mg_l", 2.0, "V"),
        ("nh3n_mg_l", 2.01, "劣V"),
        ("do_mg_l", 7.5, "I"),
        ("do_mg_l", 7.49, "II"),
        ("do_mg_l", 2.0, "V"),
        ("do_mg_l", 1.9, "劣V"),
        ("ph", 6.0, "I"),
        ("ph", 9.1, "劣V"),
        ("cod_mg_l", 15.0, "I"),  # I and II ask the same: the better class
        ("codmn_mg_l", 6.0, "III"),
        ("tp_mg_l", 0.2, "III"),
        ("w21011", 0.2, "III"),
        ("hg_mg_l", 0.00005, "I"),
    ],
)
def test_the_class_of_a_value(parameter: str, value: float, found: str) -> None:
    assert class_of(parameter, value) == found


def test_lakes_have_limits_of_their_own() -> None:
    assert class_of("tp_mg_l", 0.2, "lake") == "V"
    assert class_of("tn_mg_l", 1.2, "lake") == "IV"
    assert class_of("tn_mg_l", 1.2) is None
    assert class_of("conductivity_us_cm", 300) is None
    assert class_of("nh3n_mg_l", float("nan")) is None


def test_in_warm_water_nine_tenths_of_saturation_are_class_one() -> None:
    assert oxygen_saturation(25) == pytest.approx(8.27, abs=0.005)
    assert class_of("do_mg_l", 7.0) == "II"
    assert class_of("do_mg_l", 7.0, temperature=30) == "I"
    assert class_of("do_mg_l", 7.0, temperature=20) == "II"
    assert class_of("do_mg_l", 5.9, temperature=30) == "III"


def test_limits_grow_with_the_class() -> None:
    assert len({item.id for item in items()}) == 23  # table 1 without the temperature
    for item in items():
        for better, worse in zip(item.limits, item.limits[1:], strict=False):
            assert better.high is None or worse.high is None or better.high <= worse.high
            assert better.low is None or worse.low is None or better.low >= worse.low


def test_the_limit_of_a_target_class() -> None:
    found = limit("nh3n_mg_l", "Ⅲ类")
    assert found is not None
    assert (found.high, found.unit, found.comparator) == (1.0, "mg/L", "≤")
    assert found.text == "≤ 1 mg/L (GB 3838-2002, III)"
    assert found.valid_from == "2002-06-01"
    assert found.source
    oxygen = limit("do_mg_l", "III")
    assert oxygen is not None
    assert (oxygen.low, oxygen.comparator) == (5.0, "≥")
    ph = limit("ph", "II")
    assert ph is not None
    assert ph.text == "6–9 (GB 3838-2002, II)"
    assert limit("water_temp_c", "III") is None
    assert limit("nh3n_mg_l", "劣V") is None
    assert limit("nh3n_mg_l", "nonsense") is None


def test_the_worst_assessed_item_decides() -> None:
    sample = {"ph": 7.2, "do_mg_l": 6.5, "nh3n_mg_l": 1.2, "tp_mg_l": 0.25, "tn_mg_l": 9.0}
    found = single_factor(sample)
    assert found is not None
    assert found.water_class == "IV"
    assert found.worst == ("nh3n_mg_l", "tp_mg_l")
    assert "tn_mg_l" not in found.classes
    assert single_factor({"tn_mg_l": 9.0, "ph": None, "do_mg_l": float("nan")}) is None
    warm = single_factor({"do_mg_l": 7.0, "water_temp_c": 30.0})
    assert warm is not None
    assert warm.water_class == "I"


def test_multiples_of_the_limit() -> None:
    assert exceedance("nh3n_mg_l", 2.5, "III") == pytest.approx(1.5)
    assert exceedance("nh3n_mg_l", 0.9, "III") == 0
    assert exceedance("do_mg_l", 1.0, "III") == 0
    assert exceedance("ph", 10, "III") == 0


@pytest.mark.parametrize(
    ("text", "value", "below"),
    [
        ("0.35", 0.35, False),
        ("0.01L", 0.01, True),
        ("<0.01", 0.01, True),
        ("＜ 0.01", 0.01, True),
        ("ND", None, True),
        ("未检出", None, True),
        ("3e-5", 3e-5, False),
    ],
)
def test_values_of_laboratories(text: str, value: float | None, below: bool) -> None:
    found = parse_measured(text)
    assert found is not None
    assert (found.value, found.below, found.text) == (value, below, text)


def test_half_of_the_detection_limit_counts_in_means() -> None:
    found = parse_measured("0.02L")
    assert found is not None
    assert found.for_mean == 0.01
    assert parse_measured("about 3") is None


@pytest.mark.parametrize(
    ("text", "found"),
    [("III", "III"), ("Ⅲ类", "III"), ("3", "III"), ("三类", "III"), ("iv", "IV"), ("Ⅳ", "IV"),
     ("劣Ⅴ类", "劣V"), ("劣V", "劣V"), ("6", "劣V"), ("劣五类", "劣V"), ("0", None), ("VI", None)],
)  # fmt: skip
def test_classes_as_people_write_them(text: str, found: str | None) -> None:
    assert parse_class(text) == found


def test_words_and_colours() -> None:
    assert [class_title(c) for c in CLASSES] == ["I", "II", "III", "IV", "V", "worse than V"]
    assert condition("III") == "good"
    for scheme in ("readable", "platform"):
        assert set(class_colours(scheme)) == {*CLASSES, "none"}
    with pytest.raises(ParameterError, match="rainbow"):
        class_colours("rainbow")


def test_chinese_words(chinese: None) -> None:
    assert [class_title(c) for c in CLASSES] == ["Ⅰ类", "Ⅱ类", "Ⅲ类", "Ⅳ类", "Ⅴ类", "劣Ⅴ类"]
    assert items()[0].caption == "pH"
    assert next(i for i in items() if i.id == "nh3n").caption == "氨氮"

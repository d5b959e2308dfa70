"""Chinese systems are named in Chinese, others as EPSG names them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gisapp.model.crs import title
from gisapp.model.text import use_language


@pytest.fixture(autouse=True)
def chinese() -> Iterator[None]:
    use_language("zh_CN")
    yield
    use_language("en")


@pytest.mark.parametrize(
    ("crs", "words"),
    [
        ("EPSG:4547", "CGCS2000 3度带 中央经线114°E (EPSG:4547)"),
        ("EPSG:4526", "CGCS2000 3度带 中央经线114°E，带号38 (EPSG:4526)"),
        ("EPSG:4509", "CGCS2000 6度带 中央经线117°E (EPSG:4509)"),
        ("EPSG:2384", "西安80 3度带 中央经线117°E (EPSG:2384)"),
        ("EPSG:4490", "CGCS2000 经纬度 (EPSG:4490)"),
        ("EPSG:27700", "OSGB36 / British National Grid (EPSG:27700)"),
    ],
)
def test_names(crs: str, words: str) -> None:
    assert title(crs) == words


def test_english_stays() -> None:
    use_language("en")
    assert title("EPSG:4547") == "CGCS2000 / 3-degree Gauss-Kruger CM 114E (EPSG:4547)"

"""Names that the program gave to layers of the record follow the language; a person's stay."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gisapp.model.layer import TABLE, Layer, Source
from gisapp.model.style import PointStyle
from gisapp.model.survey import OUTFALL_TABLE, PHOTOS, layer_title
from gisapp.model.text import use_language


@pytest.mark.parametrize(
    ("table", "en", "zh"), [(PHOTOS, "Photos", "照片"), (OUTFALL_TABLE, "Outfalls", "排污口")]
)
def test_a_given_name_is_shown_in_the_language_of_the_window(table, en, zh):
    for made_in in (en, zh):
        layer = Layer(made_in, Source(TABLE, table), PointStyle())
        for code, shown in (("en", en), ("zh_CN", zh), ("en", en)):
            use_language(code)
            assert layer_title(layer) == shown
        for code in ("en", "zh_CN"):
            use_language(code)
            assert layer_title(replace(layer, name="Our photos")) == "Our photos"
            of_a_file = replace(layer, source=Source("geopackage", table))
            assert layer_title(of_a_file) == made_in
    use_language("en")

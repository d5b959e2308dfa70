"""What an opaque layer hides is not painted, and is there as soon as it can be seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from gisapp.model.edit import LayersEdit
from gisapp.model.layer import Layer, LayerId, Source
from gisapp.model.style import ThermalStyle
from gisapp.render import compiled
from gisapp.render.qt_canvas import warm_up
from tests.app.test_tile_pictures import WARM, Asked, Setting

BELOW = Layer("Below", Source("made-up", "below"), ThermalStyle("gray"), id=LayerId("below"))


@pytest.fixture
def hidden(qapp, inline_jobs) -> Iterator[Setting]:
    """A raster below another one of the same place, with values everywhere in view."""
    warm_up()
    compiled.load()
    setting = Setting(inline_jobs)
    setting.data["below"] = Asked()
    layers = setting.store.project.layers
    setting.store.apply(LayersEdit("Below", layers, (BELOW, *layers)))
    yield setting
    setting.view.close()


def painted(setting: Setting) -> int:
    return len(setting.data["below"].grids)


def test_below_an_opaque_square_nothing_is_painted(hidden: Setting) -> None:
    squares = len(hidden.warm.grids)
    assert painted(hidden) < squares
    assert hidden.right()


def test_it_is_painted_when_it_can_be_seen(hidden: Setting) -> None:
    before = painted(hidden)
    layers = hidden.store.project.layers
    seen = tuple(replace(x, opacity=0.5) if x.id == WARM.id else x for x in layers)

    hidden.store.apply(LayersEdit("Opacity", layers, seen))

    assert painted(hidden) > before
    assert hidden.right()

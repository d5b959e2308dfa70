"""Scales that layers share: change one and all follow, in one step that is undone as one."""

from __future__ import annotations

from dataclasses import replace

from gisapp.app.colour_scales import (
    scale_edit,
    scale_names,
    share_all_edit,
    share_edit,
    sharing,
)
from gisapp.model.layer import LayerId
from gisapp.model.project import Project
from gisapp.model.style import Correction, Isotherm, PointStyle
from tests.app.thermal_scene import layer_of

A, B, C = (LayerId(name) for name in "abc")


def project() -> Project:
    layers = (
        layer_of("A", "a.tif", A),
        layer_of("B", "b.tif", B, correction=Correction(1.0, 2.0)),
        layer_of("C", "c.tif", C),
        replace(layer_of("P", "p.tif", LayerId("p")), style=PointStyle()),
    )
    return Project(layers=layers)


def test_a_shared_scale_changes_for_all_that_name_it() -> None:
    before = project()
    now = share_edit(before, A, "nights").apply(before)
    assert scale_names(now.layers) == ("nights",)
    now = scale_edit("low", now, A, low=3.0, ramp="iron").apply(now)
    now = share_edit(now, B, "nights").apply(now)
    assert (now.layer(B).style.low, now.layer(B).style.ramp) == (3.0, "iron"), "as the scale is"
    assert now.layer(B).style.correction == Correction(1.0, 2.0)
    assert [layer.id for layer in sharing(now.layers, now.layer(A))] == [A, B]
    band = (Isotherm(20, None, "#ff0000"),)
    edit = scale_edit("all", now, B, low=5.0, high=9.0, inverted=True, isotherms=band)
    after = edit.apply(now)
    for layer in (A, B):
        style = after.layer(layer).style
        assert (style.low, style.high, style.inverted, style.isotherms) == (5, 9, True, band)
    assert after.layer(C) == before.layer(C)
    assert edit.reversed().apply(after).layers == now.layers
    assert scale_edit("same", after, A, low=5.0) is None


def test_a_correction_belongs_to_one_layer() -> None:
    now = share_all_edit(project(), [B, C], A).apply(project())
    assert scale_names(now.layers) == ("A",)
    after = scale_edit("correct", now, A, correction=Correction(2.0, 0.0)).apply(now)
    assert after.layer(A).style.correction.gain == 2.0
    assert after.layer(B).style.correction == Correction(1.0, 2.0)


def test_leaving_a_scale_keeps_what_it_was() -> None:
    now = share_all_edit(project(), [B, C], A).apply(project())
    now = scale_edit("low", now, A, low=1.0).apply(now)
    left = share_edit(now, C, "").apply(now)
    assert left.layer(C).style.low == 1.0
    assert left.layer(C).style.scale == ""
    after = scale_edit("low", left, A, low=2.0).apply(left)
    assert [after.layer(name).style.low for name in (A, B, C)] == [2.0, 2.0, 1.0]
    assert share_edit(left, C, "") is None
    assert share_edit(left, LayerId("p"), "A") is None

"""Which labels stay as they are when a point is edited, and which are placed anew."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from shapely import Point as Place

from gisapp.app import map_view
from gisapp.app.map_labels import Labels
from gisapp.model.edit import change_feature, delete_features
from gisapp.model.features import FeatureId
from gisapp.model.table import GEOMETRY
from gisapp.render.qt_canvas import QtPress
from tests.app.test_map_view import Setting, press

__all__ = ["press"]


@pytest.fixture
def setting(press: QtPress, inline_jobs, monkeypatch) -> Any:
    """Forty labelled points; `placed` counts how often labels were placed."""
    made = Setting(press, inline_jobs, 40)
    made.placed = 0
    labels_of = map_view.labels_of

    def counted(*arguments: Any) -> Any:
        made.placed += 1
        return labels_of(*arguments)

    monkeypatch.setattr(map_view, "labels_of", counted)
    made.view.refresh()
    assert made.placed == 1
    assert made.view._labels.labels
    return made


def labelled(setting: Any) -> FeatureId:
    return FeatureId(setting.view._labels.labels[0].key[1])


def change(setting: Any, fid: FeatureId, **values: Any) -> None:
    setting.store.apply(change_feature("Change", setting.table, fid, values))


def texts(setting: Any) -> set[str]:
    return {label.text for label in setting.view._labels.labels}


def test_another_state_keeps_the_labels(setting: Any) -> None:
    before = setting.view._labels
    fid = labelled(setting)
    other = "found" if setting.table.row(fid)["state"] != "found" else "confirmed"

    change(setting, fid, state=other)

    assert setting.placed == 1
    assert setting.view.complete
    assert setting.view._labels.labels is before.labels
    assert setting.view._labels.stack is setting.view._stack  # right for what is there now


def test_another_name_is_written(setting: Any) -> None:
    change(setting, labelled(setting), code_local="another")

    assert setting.placed == 2
    assert "another" in texts(setting)


def test_a_point_that_moved_takes_its_label_along(setting: Any) -> None:
    fid = labelled(setting)
    moved = Place(500_480, 2_560_470)

    change(setting, fid, **{GEOMETRY: moved})

    assert setting.placed == 2
    anchors = [la.anchor for la in setting.view._labels.labels if la.key[1] == fid]
    assert anchors in ([], [(moved.x, moved.y)])


def test_a_point_that_lost_its_place_has_no_label(setting: Any) -> None:
    fid = labelled(setting)

    change(setting, fid, **{GEOMETRY: None})

    assert fid not in {label.key[1] for label in setting.view._labels.labels}

    setting.store.undo()

    assert setting.placed == 3  # it is back, and may have a label again


def test_what_is_gone_has_no_label(setting: Any) -> None:
    fid = labelled(setting)

    setting.store.apply(delete_features("Delete", setting.table, [fid]))

    assert setting.placed == 2
    assert fid not in {label.key[1] for label in setting.view._labels.labels}


def test_another_style_places_them_anew(setting: Any) -> None:
    setting.style(replace(setting.store.project.layers[1].style, size=20))

    assert setting.placed == 2


def test_names_at_the_edge_are_placed_anew_when_the_map_rests(setting: Any) -> None:
    view, told = setting.view, []
    start = view.camera
    view.picture_ready.subscribe(told.append)
    cut = 0
    for step in range(1, 12):
        view.camera = start.panned(-4.0 * step, 3.0 * step)
        if not view._labels.cut_by(view.camera):
            continue
        cut += 1
        before, placed = view._labels, setting.placed
        view.settle()
        assert setting.placed == placed + 1
        assert not view._labels.cut_by(view.camera)
        assert view.complete
        whole = Labels(before.request, before.stack, (), before.sheet, before.boxes)
        assert whole.cut_by(view.camera)  # they were, and would be
        done = len(told)
        view.settle()  # once is enough
        assert setting.placed == placed + 1
        assert len(told) == done
    assert cut


def test_no_name_rests_under_a_card(setting: Any) -> None:
    view = setting.view
    name = view._labels.labels[0]
    x, y = view.camera.to_screen(name.anchor)
    view.covered = ((x - 40, y - 25, x + 60, y + 25),)
    view.settle()
    assert setting.placed == 2
    assert not view._labels.cut_by(view.camera, view.covered)
    assert name not in view._labels.labels
    assert len(view._labels.labels) > 1


def test_grids_and_pictures_wait_for_no_labels() -> None:
    from gisapp.app.map_labels import has_labels
    from gisapp.model.layer import Layer, Source
    from gisapp.model.style import LineStyle, PictureStyle, PointStyle, ThermalStyle

    def layer(style):
        return Layer("Layer", Source("made-up", ""), style)

    assert not has_labels([layer(ThermalStyle()), layer(PictureStyle()), layer(PointStyle())])
    assert has_labels([layer(ThermalStyle()), layer(LineStyle(label="name"))])

"""What of a changed project is seen on the map."""

from __future__ import annotations

from gisapp.model.edit import Edit, FeatureEdit, Steps, TableEdit
from gisapp.model.features import FeatureId
from gisapp.model.layer import Layer
from gisapp.model.project import Project


def shows_another(before: Project, after: Project) -> bool:
    """Whether anything that is drawn differs: not when only names or hidden layers changed."""
    return [_drawn(layer) for layer in before.layers if layer.visible] != [
        _drawn(layer) for layer in after.layers if layer.visible
    ] or any(before.table_of(layer) is not after.table_of(layer) for layer in after.layers)


def _drawn(layer: Layer) -> tuple[object, ...]:
    return layer.id, layer.source, layer.style, layer.opacity


def edited_features(edit: Edit, table: str) -> frozenset[FeatureId]:
    """The features of a table that an edit changed; none where it cannot be said, as when the
    columns of the table are others and everything may look otherwise."""
    ids: set[FeatureId] = set()
    for part in edit.parts if isinstance(edit, Steps) else (edit,):
        if isinstance(part, TableEdit):
            return frozenset()
        if isinstance(part, FeatureEdit) and part.table == table:
            ids.update(part.before, part.after)
    return frozenset(ids)

"""What a person decided about read-only rivers, as rows of a table of the project.

The table and its layer are made with the first row; all is an ordinary edit, undone as one step.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gisapp.api import (
    TABLE,
    Edit,
    FeatureTable,
    Field,
    Layer,
    LayersEdit,
    ParameterError,
    PointStyle,
    Project,
    Source,
    Steps,
    TableEdit,
    TableSchema,
    tr,
)

SYSTEM = "EPSG:4490"  # of tables that are made here


@dataclass(frozen=True)
class ProjectList:
    """A kind of decisions. role: of its layer; table: its name when it is made here."""

    role: str
    table: str
    fields: tuple[Field, ...]
    style: PointStyle
    visible: bool = True


def list_edit(
    project: Project,
    kind: ProjectList,
    label: str,
    titles: tuple[str, str],
    change: Callable[[FeatureTable], Edit],
) -> Edit:
    """The change of its table, made first where there is none.

    titles: of the layer when it is made, and what is said of a layer (`{layer}`) that is a file.
    Raises ParameterError when the list cannot be written.
    """
    title, is_a_file = titles
    layer = project.layer_of_role(kind.role)
    table = project.table_of(layer) if layer is not None else project.tables.get(kind.table)
    if layer is not None and table is None:
        raise ParameterError(
            is_a_file.format(layer=layer.name),
            hint=tr("Take its role from it; then a list of its own is made."),
        )
    parts: list[Edit] = []
    if table is None:
        table = FeatureTable.from_rows(kind.table, SYSTEM, kind.fields, {})
        parts.append(TableEdit(label, None, TableSchema(kind.table, SYSTEM, kind.fields)))
    parts.append(change(table))
    if layer is None:
        source = Source(TABLE, table.name)
        made = Layer(title, source, kind.style, visible=kind.visible, role=kind.role)
        parts.append(LayersEdit(label, project.layers, (*project.layers, made)))
    return Steps(label, tuple(parts)) if len(parts) > 1 else parts[0]

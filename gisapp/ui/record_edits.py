"""What people do to the record of an outfall: each gesture one edit, in whatever tables it is."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from gisapp.app.survey_record import now_and_who
from gisapp.io.photo_files import Photo
from gisapp.model.edit import Edit, Steps, add_features, change_feature
from gisapp.model.errors import GisError
from gisapp.model.features import FeatureId
from gisapp.model.field import Field
from gisapp.model.outfall_record import (
    add_related,
    change_outfall,
    change_related,
    delete_related,
    full_row,
)
from gisapp.model.survey import (
    OUTFALL_ID,
    OUTFALL_TABLE,
    PHOTOS,
    new_feature_id,
    table_title,
)
from gisapp.model.text import tr
from gisapp.model.workflow import scheme_of, set_state
from gisapp.ui.context import Message, WindowContext


def outfall_title(context: WindowContext, outfall: FeatureId) -> str:
    """Its code, else its name."""
    table = context.workspace.store.project.tables.get(OUTFALL_TABLE)
    row = (table.row(outfall) if table is not None else None) or {}
    return str(row.get("code_local") or row.get("name") or outfall[:8])


def change_field(
    context: WindowContext,
    outfall: FeatureId,
    field: Field,
    value: Any,
    others: Mapping[str, Any] | None = None,
) -> None:
    """One field of an outfall, with its unit, and in the related row that says the same.
    `others`: what goes with it, such as the unit that was written behind the value."""
    store = context.workspace.store
    project = store.project
    row = project.tables[OUTFALL_TABLE].row(outfall) or {}
    changes = scheme_of(project).with_units(row, {field.name: value, **(others or {})})
    title = outfall_title(context, outfall)
    words = tr("{field} of {feature}").format(field=field.caption, feature=title)
    edit = change_outfall(words, project, outfall, changes)
    if edit is not None:
        store.apply(edit)


def add_row(
    context: WindowContext, table: str, outfall: FeatureId, values: dict[str, Any]
) -> FeatureId:
    """A new row of a related table; its id."""
    store = context.workspace.store
    words = tr("Add to {feature}: {table}").format(
        feature=outfall_title(context, outfall), table=table_title(table)
    )
    edit, fid = add_related(words, store.project, table, outfall, values)
    store.apply(edit)
    return fid


def change_row(
    context: WindowContext,
    table: str,
    fid: FeatureId,
    field: Field,
    value: Any,
    others: Mapping[str, Any] | None = None,
) -> None:
    """One field of a related row, with its unit; `others` as in `change_field`."""
    store = context.workspace.store
    project = store.project
    row = project.tables[table].row(fid)
    if row is None:
        return
    changes = scheme_of(project).with_units(row, {field.name: value, **(others or {})})
    title = outfall_title(context, FeatureId(str(row.get(OUTFALL_ID) or "")))
    words = tr("{field} of {feature}").format(field=field.caption, feature=title)
    edit = change_related(words, project, table, fid, changes)
    if edit is not None:
        store.apply(edit)


def delete_row(context: WindowContext, table: str, fid: FeatureId) -> None:
    """At once; the message that says so brings it back."""
    store = context.workspace.store
    row = store.project.tables[table].row(fid)
    if row is None:
        return
    title = outfall_title(context, FeatureId(str(row.get(OUTFALL_ID) or "")))
    words = tr("Delete from {feature}: {table}").format(feature=title, table=table_title(table))
    store.apply(delete_related(words, store.project, table, [fid]))
    context.say_done(words, "deleted")


def go_to_state(
    context: WindowContext,
    outfalls: Sequence[FeatureId],
    state: str,
    *,
    why: str = "",
    responsible_body: str = "",
    deadline: str = "",
) -> bool:
    """Into another state, or the message that says why not; whether it went."""
    store = context.workspace.store
    at, who = now_and_who()
    try:
        edit = set_state(
            store.project,
            outfalls,
            state,
            who=who,
            at=at,
            why=why,
            responsible_body=responsible_body,
            deadline=deadline,
        )
    except GisError as error:
        context.say(Message(error.message, "warning", hint=error.hint, key="state"))
        return False
    store.apply(edit)
    context.say_done(edit.label, "state")
    return True


def list_photos(
    context: WindowContext, table_name: str, fid: FeatureId, photos: Sequence[Photo], words: str
) -> None:
    """Photos that lie in the project now belong to this feature, and to its record."""
    project = context.workspace.store.project
    table = project.tables.get(table_name)
    row = table.row(fid) if table is not None else None
    if table is None or row is None or not photos:
        return
    kept = row.get("photos")
    had = kept if isinstance(kept, list) else json.loads(kept or "[]")
    new = [*had, *(photo.file for photo in photos if photo.file not in had)]
    named = new if isinstance(kept, list) else json.dumps(new)
    parts: list[Edit] = [change_feature(words, table, fid, {"photos": named})]
    register = project.tables.get(PHOTOS)
    if register is not None and table_name == OUTFALL_TABLE:
        known = set(register.matching(OUTFALL_ID, fid))
        there = {(register.row(one) or {}).get("sha256") for one in known}
        rows = {
            new_feature_id(): full_row(
                register,
                {
                    OUTFALL_ID: fid,
                    "sha256": photo.sha256,
                    "file": photo.file,
                    "original_name": photo.name,
                    "bytes": photo.bytes,
                    "kind": "photo",
                    "accepted": True,
                },
            )
            for photo in photos
            if photo.sha256 not in there
        }
        if rows:
            parts.append(add_features(words, register, rows))
    context.workspace.store.apply(parts[0] if len(parts) == 1 else Steps(words, tuple(parts)))

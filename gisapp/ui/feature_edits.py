"""What the feature panel does to a table: each gesture one edit, and no question asked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gisapp.app.feature_words import feature_title
from gisapp.app.jobs import Job
from gisapp.io.photo_files import Photo
from gisapp.model.edit import change_feature, delete_features
from gisapp.model.features import FeatureId
from gisapp.model.field import Field
from gisapp.model.layer import Layer
from gisapp.model.outfall_record import delete_outfalls
from gisapp.model.progress import Progress, track
from gisapp.model.survey import OUTFALL_TABLE
from gisapp.model.text import tr
from gisapp.ui.context import WindowContext
from gisapp.ui.record_edits import list_photos


def change(context: WindowContext, layer: Layer, fid: FeatureId, field: Field, value: Any) -> None:
    """One field of one feature."""
    store = context.workspace.store
    table = store.project.table_of(layer)
    if table is not None and fid in table:
        title = feature_title(layer, table, fid)
        words = tr("{field} of {feature}").format(field=field.caption, feature=title)
        store.apply(change_feature(words, table, fid, {field.name: value}))


def delete(context: WindowContext, layer: Layer, fids: Sequence[FeatureId]) -> None:
    """At once; the message that says so brings them back."""
    store = context.workspace.store
    table = store.project.table_of(layer)
    there = tuple(fid for fid in fids if table is not None and fid in table)
    if table is None or not there:
        return
    if len(there) == 1:
        title = feature_title(layer, table, there[0])
        words = tr("Delete {feature}").format(feature=title)
        done = tr("{feature} was deleted").format(feature=title)
    else:
        words = tr("Delete {n} features").format(n=len(there))
        done = tr("{n} features were deleted").format(n=len(there))
    if table.name == OUTFALL_TABLE:
        store.apply(delete_outfalls(words, store.project, there))
    else:
        store.apply(delete_features(words, table, there))
    context.say_done(done, "deleted")


def add_photos(context: WindowContext, layer: Layer, fid: FeatureId, paths: Sequence[Path]) -> None:
    """Copy pictures into the project, in the background, then list them at the feature."""
    session = context.session
    if session is None:
        return

    def work(progress: Progress) -> list[Photo]:
        steps = track(paths, len(paths), progress, tr("Copying photos"))
        return [session.file.add_photo(path, layer.source.path, fid) for path in steps]

    def listed(photos: list[Photo]) -> None:
        table = context.workspace.store.project.table_of(layer)
        if table is not None:
            words = tr("Photos of {feature}").format(feature=feature_title(layer, table, fid))
            list_photos(context, table.name, fid, photos, words)

    job = Job(tr("Copying photos"), work)
    job.done.subscribe(listed)
    context.jobs.start(job)

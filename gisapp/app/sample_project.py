"""The sample project: a fictional basin with everything the main job needs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import shapely

from gisapp.app.jobs import Deliver
from gisapp.app.project_session import ProjectSession, create_project, refuse_taken_folder
from gisapp.app.sample_record import record_edits, with_team
from gisapp.io.brought_files import bring_files
from gisapp.io.photo_files import hash_of
from gisapp.io.sample_files import sample_folder
from gisapp.io.vector import read_features
from gisapp.model.edit import (
    Edit,
    LayersEdit,
    PagesEdit,
    Steps,
    TableEdit,
    TableSchema,
    add_features,
)
from gisapp.model.features import FeatureId, Features, Row
from gisapp.model.layer import TABLE, Layer, Source
from gisapp.model.page import Page
from gisapp.model.progress import Part, Progress, Silent, track
from gisapp.model.style import AreaStyle, Category, LineStyle, PointStyle, ThermalStyle
from gisapp.model.survey import OUTFALL_FIELDS, OUTFALL_STYLE, OUTFALL_TABLE
from gisapp.model.table import GEOMETRY, FeatureTable
from gisapp.model.text import tr

SAMPLE_CRS = "EPSG:4547"
SAMPLE_DATE = "2025-11-16"  # of its thermal flight; what is exported from it carries this date
EVENT_STATION = "ST09"  # where the sample's pollution event is seen
FILES = (
    "terrain.tif",
    "thermal.tif",
    "counties.gpkg",
    "drinking_water_zones.gpkg",
    "river_polygon.gpkg",
    "rivers.gpkg",
    "sources.gpkg",
    "stations.gpkg",
    "station_records.parquet",
)
ZONES = (
    Category("一级", "First grade", "一级保护区", "#2f6fed59"),
    Category("二级", "Second grade", "二级保护区", "#4f9bf54d"),
    Category("准", "Outer zone", "准保护区", "#7dc4f540"),
)


def make_sample_project(
    folder: Path, *, progress: Progress | None = None, deliver: Deliver | None = None
) -> ProjectSession:
    """Make the sample project in an empty folder and open it.

    Raises ProjectError when the folder holds a project, ReadError, WriteError.
    """
    progress = progress or Silent()
    refuse_taken_folder(folder)
    files = sample_folder()
    progress.report(0.0, tr("Copying the sample's files"))
    bring_files((files / name for name in FILES), folder)
    rows, photos = _outfalls(files, Part(progress, 0.2, 0.4))
    progress.report(0.4, tr("Writing the project"))
    content = (*sample_content(rows), *record_edits(rows, photos))
    title = tr("Sample basin (fictional)")
    session = create_project(folder, title, SAMPLE_CRS, content, deliver=deliver)
    try:
        for photo, fid in track(photos.items(), len(photos), Part(progress, 0.5, 1.0)):
            session.file.add_photo(photo, OUTFALL_TABLE, fid)
    except BaseException:
        session.close()
        raise
    return session


def sample_content(rows: Mapping[FeatureId, Row]) -> tuple[Edit, ...]:
    """What is in the project from the start: the outfalls, layers and one sheet."""
    schema = TableSchema(OUTFALL_TABLE, SAMPLE_CRS, OUTFALL_FIELDS)
    label = tr("Import {n} outfalls").format(n=len(rows))
    empty = FeatureTable.from_rows(OUTFALL_TABLE, SAMPLE_CRS, OUTFALL_FIELDS, {})
    outfalls = add_features(label, empty, rows)
    sheet = Page(title=tr("Outfalls of the sample basin"), note=tr("Fictional data"))
    return (
        Steps(label, (TableEdit(label, None, schema), outfalls)),
        LayersEdit(tr("Add layers"), (), sample_layers()),
        PagesEdit(tr("Add a sheet"), (), (sheet,)),
    )


def sample_layers() -> tuple[Layer, ...]:
    """From the bottom to the top."""

    def file(format_: str, name: str) -> Source:
        return Source(format_, f"data/{name}")

    return (
        Layer(
            tr("Terrain"),
            file("geotiff", "terrain.tif"),
            ThermalStyle("gray", 50.0, 625.0),
            visible=False,
            role="terrain",
        ),
        Layer(
            tr("Counties"),
            file("geopackage", "counties.gpkg"),
            AreaStyle(fill="#00000000", outline="#94a3b8", width=1.2, label="name"),
            role="counties",
        ),
        Layer(
            tr("Thermal mosaic"),
            file("geotiff", "thermal.tif"),
            ThermalStyle("inferno", 10.0, 19.0),
            role="thermal",
        ),
        Layer(
            tr("Water surface"),
            file("geopackage", "river_polygon.gpkg"),
            AreaStyle(fill="#2596d11a", outline="#2596d1", width=1.0),
            visible=False,
            role="water",
        ),
        Layer(
            tr("Drinking-water zones"),
            file("geopackage", "drinking_water_zones.gpkg"),
            AreaStyle(fill="#4f9bf54d", outline="#2f6fed", width=1.0, by="level", categories=ZONES),
            role="zones",
        ),
        Layer(
            tr("Rivers"),
            file("geopackage", "rivers.gpkg"),
            LineStyle(color="#2596d1", width=5.0, width_by="discharge_m3s", label="name"),
            role="rivers",
        ),
        Layer(
            tr("Pollution sources"),
            file("geopackage", "sources.gpkg"),
            PointStyle(color="#7c5c46", size=7.0, shape="square"),
            visible=False,
            role="sources",
        ),
        Layer(tr("Outfalls"), Source(TABLE, OUTFALL_TABLE), OUTFALL_STYLE, role="outfalls"),
        Layer(
            tr("Stations"),
            file("geopackage", "stations.gpkg"),
            PointStyle(
                color="#0f5fa8", size=20.0, shape="square", label="name", inside="target_class"
            ),
            role="stations",
        ),
    )


def _outfalls(
    files: Path, progress: Progress
) -> tuple[dict[FeatureId, Row], dict[Path, FeatureId]]:
    """The outfalls' rows by uuid, and their photos, which the rows name by their content."""
    read = read_features(files / "outfalls.gpkg", options={"id": "uuid"})
    xy = read.shapes.coords
    rows: dict[FeatureId, Row] = {}
    photos: dict[Path, FeatureId] = {}
    for number, fid in enumerate(track(read.ids.tolist(), len(read), progress)):
        row = dict(with_team(_row(read, fid), number // 20))
        shown = [files / name for name in json.loads(row["photos"] or "[]")]
        photos |= dict.fromkeys(shown, fid)
        row["photos"] = json.dumps([hash_of(photo) + photo.suffix.lower() for photo in shown])
        row[GEOMETRY] = shapely.Point(xy[number])
        rows[fid] = row
    return rows, photos


def _row(read: Features, fid: FeatureId) -> Row:
    values = read.row(fid) or {}
    return {f.name: values.get(f.name) for f in OUTFALL_FIELDS}

"""What leaves the program: map sheets as PNG or PDF; the ledger is in gisapp.app.ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from gisapp.app.ledger import MAKER as MAKER
from gisapp.app.ledger import export_ledger as export_ledger
from gisapp.io.map_file import write_file
from gisapp.model.errors import ParameterError
from gisapp.model.layer import Layer, LayerId
from gisapp.model.page import Page
from gisapp.model.progress import Part, Progress, Silent
from gisapp.model.project import Project
from gisapp.model.style import Style
from gisapp.model.text import tr
from gisapp.render.camera import Camera
from gisapp.render.canvas import Canvas, Press
from gisapp.render.page import paint_page, sheet_camera, sheet_of
from gisapp.render.request import Data, Painter, RenderRequest

PDF_RESOLUTION = 300.0  # dots an inch, of the rasters in a PDF; lines and text have none


def export_map(
    project: Project,
    page: Page,
    path: Path,
    *,
    camera: Camera,
    data: Mapping[LayerId, Data],
    painters: Mapping[type[Style], Painter],
    press: Press,
    dots_per_inch: float = PDF_RESOLUTION,
    sources: Sequence[str] = (),
    progress: Progress | None = None,
) -> tuple[str, ...]:
    """Write the sheet as PDF or PNG, whichever the name ends with.

    The map shows `page.extent`, or else what `camera` shows, at a round scale. The same input
    gives the same bytes. Returns the names of visible layers left out for want of data.
    Raises ParameterError, WriteError, Cancelled; then nothing is written.
    """
    progress = progress or Silent()
    suffix = path.suffix.lower()
    if suffix not in (".pdf", ".png"):
        raise ParameterError(
            tr("{file}: a map is written as PDF or PNG").format(file=path.name),
            hint=tr("Give a name that ends in .pdf or .png."),
        )
    view = sheet_camera(page, replace(camera, crs=project.crs), dots_per_inch)
    layers = tuple(layer for layer in project.layers if layer.visible)
    request = RenderRequest(view, layers, data, painters)
    makers = _get_base_maps(layers, data, view, Part(progress, 0.0, 0.1))

    def draw(canvas: Canvas) -> None:
        paint_page(
            page,
            request,
            canvas,
            Part(progress, 0.1, 0.9),
            dots_per_inch=dots_per_inch,
            sources=tuple(dict.fromkeys((*sources, *makers))),
            maker=MAKER,
        )

    if suffix == ".pdf":
        content = press.pdf(page.size_mm, dots_per_inch, draw)
    else:
        content = press.png(sheet_of(page, dots_per_inch).size, dots_per_inch, draw)
    progress.report(0.95, path.name)
    write_file(path, content)
    return tuple(layer.name for layer in layers if layer.id not in data)


def _get_base_maps(
    layers: Sequence[Layer], data: Mapping[LayerId, Data], view: Camera, progress: Progress
) -> list[str]:
    """A page does not come again when more tiles are there: wait for them. Who made the maps."""
    makers = []
    for layer in layers:
        found = data.get(layer.id)
        fetch = getattr(found, "fetch", None)
        if fetch is not None:
            fetch(view.grid, progress)
        makers.append(str(getattr(found, "attribution", "")))
    return [one for one in makers if one]

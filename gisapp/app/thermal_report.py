"""The report of one layer or frame of temperatures as PDF: the same input gives the same bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from gisapp.analysis.measure import area_words, length_words
from gisapp.app.exports import MAKER
from gisapp.app.measure_export import captions, written_values
from gisapp.app.thermal_layers import correction_of, parameter_words, provenance_of, unit_of
from gisapp.app.thermal_measures import measures_of
from gisapp.io.map_file import write_file
from gisapp.io.oblique_frame import ObliqueFrame
from gisapp.io.thermal_frame import FrameRaster
from gisapp.model.crs import title as crs_title
from gisapp.model.crs import transform, transform_extent
from gisapp.model.errors import ParameterError
from gisapp.model.features import FeatureId
from gisapp.model.geometry import Point
from gisapp.model.layer import Layer, LayerId
from gisapp.model.progress import Part, Progress, Silent
from gisapp.model.project import Project
from gisapp.model.style import Isotherm, Style, ThermalStyle
from gisapp.model.text import tr
from gisapp.model.thermal_measure import Measure, difference
from gisapp.render.camera import Camera
from gisapp.render.canvas import Press
from gisapp.render.request import Data, Painter, RenderRequest
from gisapp.render.thermal_colours import correction_words, palette_title
from gisapp.render.thermal_sheet import A4, ReportText, pages, picture_size

RESOLUTION = 200.0  # dots an inch of the picture


def export_thermal_report(
    project: Project,
    layer: Layer,
    path: Path,
    *,
    camera: Camera,
    data: Mapping[LayerId, Data],
    painters: Mapping[type[Style], Painter],
    press: Press,
    made_on: str = "",
    progress: Progress | None = None,
) -> int:
    """Write what the map shows at `camera`, or all of one frame as it was taken, with the palette,
    the measures of the layer, and decoder, parameters and correction; returns how many measures
    there are.

    Reads files: call it on a worker. Raises ParameterError, ReadError, WriteError, Cancelled; then
    nothing is written.
    """
    progress = progress or Silent()
    if path.suffix.lower() != ".pdf":
        raise ParameterError(
            tr("{file}: a report is written as PDF").format(file=path.name),
            hint=tr("Give a name that ends in .pdf."),
        )
    style, raster = layer.style, data.get(layer.id)
    if not isinstance(style, ThermalStyle) or raster is None:
        raise ParameterError(
            tr("{layer} is no layer of values that is loaded").format(layer=layer.name),
            hint=tr("Choose a layer of temperatures that is shown on the map."),
        )
    if isinstance(raster, FrameRaster):
        view = _of_frame(raster, project.crs)
    elif isinstance(raster, ObliqueFrame):  # as it lies on the ground
        size = picture_size(RESOLUTION, tall=True)
        around = transform_extent(raster.extent, raster.crs, project.crs)
        view = Camera.fit(around, size, project.crs, 1.02, RESOLUTION / 96)
    else:
        size = picture_size(RESOLUTION)
        view = Camera.fit(camera.extent, size, project.crs, 1.0, RESOLUTION / 96)
        view = replace(view, rotation=camera.rotation)
    shown = tuple(one for one in project.layers if one.visible)
    request = RenderRequest(view, shown, data, painters)
    measures = {f: one for f, one in measures_of(project).items() if one.layer == layer.id}
    words = _words(project, layer, style, raster, measures, made_on)
    draws = pages(words, style, request, RESOLUTION, Part(progress, 0.1, 0.9))
    content = press.pdf_pages(A4, RESOLUTION, draws)
    progress.report(0.95, path.name)
    write_file(path, content)
    return len(measures)


def _of_frame(frame: FrameRaster, crs: str) -> Camera:
    """The whole frame, upright as the camera saw it; north is where it is."""
    width, height = frame.size
    places = [(0, 0), (width, 0), (0, height), (width / 2, height / 2)]
    corners = np.array([frame.to_map * place for place in places], np.float64)
    corner, right, below, middle = transform(corners, frame.crs, crs)
    size = picture_size(RESOLUTION, tall=True)
    wide, tall = float(np.hypot(*(right - corner))), float(np.hypot(*(below - corner)))
    resolution = 1.02 * max(wide / size.width, tall / size.height)
    turned = float(np.degrees(np.arctan2(right[1] - corner[1], right[0] - corner[0]))) % 360
    return Camera(Point(*map(float, middle)), resolution, size, crs, RESOLUTION / 96, turned)


def _words(
    project: Project,
    layer: Layer,
    style: ThermalStyle,
    data: Data,
    measures: Mapping[FeatureId, Measure],
    made_on: str,
) -> ReportText:
    unit, known = unit_of(layer, data), provenance_of(data)
    everything = measures_of(project)
    titles = captions()
    named = (titles["label"], titles["kind"])
    numbers = tuple(f"{t} ({unit})" for t in (tr("Mean"), tr("Min."), tr("Max."), tr("SD")))
    head = (*named, *numbers, tr("ΔT (K) to"), tr("Cells"), tr("Size"))
    accuracy = f"± {known.accuracy:g} {unit}" if known.accuracy is not None else tr("not stated")
    scale = tr("{palette}, {low:.1f} to {high:.1f} {unit}").format(
        palette=palette_title(style.ramp), low=style.low, high=style.high, unit=unit
    )
    facts = (
        (tr("File"), known.file or layer.source.path),
        (tr("Taken"), known.taken.replace("T", " ") or tr("not stated")),
        (tr("Decoder"), known.decoder or tr("not stated")),
        (tr("Accuracy"), accuracy),
        (tr("Parameters"), parameter_words(known.parameters) or tr("not stated")),
        (tr("Correction"), correction_words(correction_of(layer), unit) or tr("none")),
        (tr("Colours"), scale),
        (tr("Coordinates"), crs_title(project.crs)),
    )
    return ReportText(
        title=layer.name,
        subtitle=" · ".join(part for part in (project.title, made_on) if part),
        unit=unit,
        bands=tuple((band.color[:7], band_words(band, unit)) for band in style.isotherms),
        head=head,
        widths=(1.7, 0.9, 1.1, 1.1, 1.1, 1.0, 1.4, 0.9, 1.3),
        rows=tuple(_row(one, everything) for one in measures.values()),
        facts=facts,
        nothing=tr("No measures were kept of this layer."),
        foot=MAKER,
    )


def band_words(band: Isotherm, unit: str) -> str:
    """What an isotherm shows, in words."""
    if band.start is None and band.stop is None:
        return tr("all values")
    if band.stop is None:
        return tr("above {value:g} {unit}").format(value=band.start, unit=unit)
    if band.start is None:
        return tr("below {value:g} {unit}").format(value=band.stop, unit=unit)
    return tr("{low:g} to {high:g} {unit}").format(low=band.start, high=band.stop, unit=unit)


def _row(one: Measure, everything: Mapping[FeatureId, Measure]) -> tuple[str, ...]:
    values = written_values(one, everything)
    other = everything.get(one.reference) if one.reference is not None else None
    numbers = (_number(values[name]) for name in ("mean", "min", "max", "sd"))
    delta = "" if other is None else f"{_signed(difference(one, other))} {other.label}"
    size = ""
    if one.length_m is not None:
        size = length_words(one.length_m)
    elif one.area_m2 is not None:
        size = area_words(one.area_m2)
    return (one.label, values["kind"], *numbers, delta, f"{one.values.cells:,}", size)


def _signed(value: float) -> str:
    return f"{value:+.2f}".replace("-", "−")


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}".replace("-", "−")

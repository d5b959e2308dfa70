"""What is said of temperatures: of a measure, of where values are from."""

from __future__ import annotations

import math

from gisapp.analysis.measure import area_words, length_words
from gisapp.app.thermal_layers import parameter_words
from gisapp.model.text import tr
from gisapp.model.thermal_measure import Measure, Provenance
from gisapp.render.thermal_colours import correction_words


def facts_of(one: Measure) -> list[str]:
    """What a person should know of a measure before using it."""
    known, values = one.provenance, one.values
    size = f"{values.cells:,} " + tr("cells")
    if values.missing:
        size += ", " + tr("{n} without a value").format(n=f"{values.missing:,}")
    if one.length_m is not None:
        size += " · " + length_words(one.length_m)
    if one.area_m2 is not None:
        size += " · " + area_words(one.area_m2)
    lines = [size, " · ".join(part for part in (one.layer_name, known.file) if part)]
    if known.taken:
        lines.append(known.taken.replace("T", " "))
    said = known.decoder or tr("decoder not stated")
    if known.accuracy is not None:
        said += f" · ± {known.accuracy:g} {one.unit}"
    else:
        said += " · " + tr("accuracy not stated")
    lines.append(said)
    correction = correction_words(one.correction, one.unit)
    if correction:
        lines.append(tr("Corrected: {words}").format(words=correction))
    return lines


def number_words(value: float) -> str:
    return "–" if not math.isfinite(value) else f"{value:.2f}"


def signed_words(value: float) -> str:
    if not math.isfinite(value):
        return "–"
    return f"{value:+.2f}".replace("-", "−")


def source_words(found: Provenance, unit: str) -> list[str]:
    """File, time, decoder with its accuracy, parameters: a line each."""
    lines = [found.file] if found.file else []
    if found.taken:
        lines.append(found.taken.replace("T", " "))
    said = tr("Decoder: {name}").format(name=found.decoder or tr("not stated"))
    if found.accuracy is not None:
        said += f" · ± {found.accuracy:g} {unit}".rstrip()
    lines.append(said)
    if found.parameters:
        lines.append(parameter_words(found.parameters))
    return lines

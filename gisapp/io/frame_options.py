"""What the source of a placed frame says of it: parameters of its temperatures, an offset."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

from gisapp.io.thermal_image import open_thermal_image
from gisapp.model.errors import ParameterError, ReadError
from gisapp.model.text import tr
from gisapp.model.thermal_image import ThermalImage, ThermalParameters

_PARAMETERS = {
    "emissivity": "emissivity",
    "reflected": "reflected_c",
    "air": "air_c",
    "humidity": "humidity",
    "distance": "distance_m",
}


def placed_image(path: Path, options: Mapping[str, str]) -> ThermalImage:
    """A frame as its flight decodes it: where gisapp knows no zero, what is installed for exact
    temperatures is asked. Raises ReadError."""
    image = open_thermal_image(path, exact="never")
    if image.decoding.is_relative:
        wanted = frame_parameters(image.parameters, options)
        given = None if wanted.is_like(image.parameters) else wanted
        image = open_thermal_image(path, parameters=given)
    return image


def frame_parameters(own: ThermalParameters, options: Mapping[str, str]) -> ThermalParameters:
    """The file's parameters with those that options say. Raises ParameterError."""
    told = {name: number_of(options, key) for key, name in _PARAMETERS.items()}
    return own.changed(**told)


def number_of(options: Mapping[str, str], name: str) -> float | None:
    """Raises ParameterError."""
    text = options.get(name, "")
    try:
        number = float(text) if text else None
    except ValueError:
        number = math.nan
    if number is not None and not math.isfinite(number):
        raise ParameterError(tr("{name}: {text} is no number").format(name=name, text=text))
    return number


def not_placed(name: str) -> ReadError:
    return ReadError(
        tr("{file} is a frame of a thermal camera; where it lies is not known").format(file=name),
        hint=tr(
            "Import the folder of its flight, which places all frames. Its temperatures can be "
            "read without: gisapp temperature {file}"
        ).format(file=name),
    )

"""Values for an algorithm's parameters from what a person writes or chooses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from gisapp.model.errors import ParameterError
from gisapp.model.features import Features, FeatureSet
from gisapp.model.parameters import Parameter
from gisapp.model.table import FeatureTable
from gisapp.model.text import tr
from gisapp.render.request import Raster

FEATURES = (FeatureSet, Features, FeatureTable)
YES = ("1", "true", "yes", "on", "是")
NO = ("0", "false", "no", "off", "否")


def plain_type(parameter: Parameter) -> Any:
    """The type without "or nothing"."""
    kind = parameter.type
    if get_origin(kind) in (Union, UnionType):
        left = [part for part in get_args(kind) if part is not NoneType]
        return left[0] if len(left) == 1 else kind
    return kind


def is_optional(parameter: Parameter) -> bool:
    return parameter.has_default or NoneType in get_args(parameter.type)


def wants_features(parameter: Parameter) -> bool:
    """Whether a layer of features is asked for."""
    return plain_type(parameter) in FEATURES


def wants_raster(parameter: Parameter) -> bool:
    return plain_type(parameter) is Raster


def choices(parameter: Parameter) -> tuple[Any, ...]:
    """What may be chosen, when the type is a Literal."""
    kind = plain_type(parameter)
    return get_args(kind) if get_origin(kind) is Literal else ()


def value_from_text(parameter: Parameter, text: str, data: Callable[[str, Parameter], Any]) -> Any:
    """The value that a text means; `data` reads a layer or a file. Raises ParameterError."""
    kind = plain_type(parameter)
    if wants_features(parameter) or wants_raster(parameter):
        return data(text, parameter)
    if kind is bool:
        if text.casefold() in (*YES, *NO):
            return text.casefold() in YES
        raise _misfit(parameter, text, tr("yes or no"))
    if allowed := choices(parameter):
        for value in allowed:
            if str(value) == text:
                return value
        raise _misfit(parameter, text, ", ".join(map(str, allowed)))
    if kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            words = tr("a whole number") if kind is int else tr("a number")
            raise _misfit(parameter, text, words) from None
    return Path(text) if kind is Path else text


def _misfit(parameter: Parameter, text: str, wanted: str) -> ParameterError:
    return ParameterError(
        tr("{name}: {text} is not what is asked for").format(name=parameter.name, text=text),
        hint=tr("Give {wanted}.").format(wanted=wanted),
    )

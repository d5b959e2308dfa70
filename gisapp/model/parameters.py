"""Typed values a person can fill in: algorithm inputs, styles, settings. One form for all."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from gisapp.model.errors import ParameterError
from gisapp.model.progress import Progress
from gisapp.model.text import tr


@dataclass(frozen=True, slots=True)
class Limits:
    """Smallest and largest acceptable value."""

    low: float
    high: float
    unit: str = ""

    def check(self, name: str, value: Any) -> None:
        if not self.low <= value <= self.high:
            raise ParameterError(
                tr("{name}: {value} is not between {low} and {high} {unit}").format(
                    name=name, value=value, low=self.low, high=self.high, unit=self.unit
                )
            )


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    type: type
    default: Any
    hints: tuple[Any, ...] = ()  # Limits, choices, ... from Annotated[...]

    @property
    def has_default(self) -> bool:
        return self.default is not inspect.Parameter.empty

    def check(self, value: Any) -> None:
        for hint in self.hints:
            if isinstance(hint, Limits):
                hint.check(self.name, value)


def parameters_of(thing: Callable[..., Any]) -> tuple[Parameter, ...]:
    """What a function or a dataclass asks for. Progress is not asked of people."""
    hints = get_type_hints(thing, include_extras=True)
    asked = inspect.signature(thing).parameters.values()
    return tuple(_parameter(p, hints[p.name]) for p in asked if hints[p.name] is not Progress)


def _parameter(p: inspect.Parameter, hint: Any) -> Parameter:
    if get_origin(hint) is Annotated:
        plain, *extras = get_args(hint)
        return Parameter(p.name, plain, p.default, tuple(extras))
    return Parameter(p.name, hint, p.default)

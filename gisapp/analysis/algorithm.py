"""An algorithm is a function. Its signature is its form, its command line and its API."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, ParamSpec, TypeVar

from gisapp.model.errors import ParameterError
from gisapp.model.parameters import Parameter, parameters_of
from gisapp.model.progress import Progress, Silent
from gisapp.model.text import tr

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class Algorithm(Generic[P, R]):
    """What the dialog, the command line and the plugin list know about a function."""

    name: str
    title: str
    function: Callable[P, R]

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        return parameters_of(self.function)

    def run(self, values: Mapping[str, Any], progress: Progress | None = None) -> R:
        """Check the values, then call the function."""
        for p in self.parameters:
            if p.name in values:
                p.check(values[p.name])
            elif not p.has_default:
                raise ParameterError(
                    tr("{title} needs {name}").format(title=self.title, name=p.name)
                )
        for name in values.keys() - {p.name for p in self.parameters}:
            raise ParameterError(
                tr("{title} has no parameter {name}").format(title=self.title, name=name)
            )
        function: Callable[..., R] = self.function
        return function(**values, progress=progress or Silent())

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        return self.function(*args, **kwargs)


def algorithm(name: str, title: str) -> Callable[[Callable[P, R]], Algorithm[P, R]]:
    """Make a function an algorithm."""
    return lambda function: Algorithm(name, title, function)

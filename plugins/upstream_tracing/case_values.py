"""Values of a ranking as plain data and back: every field by its type, nothing else accepted."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

MOST_DEEP = 12


class _WrongValueError(ValueError):
    """`where` is the way to the value, such as question/candidates/3/load_g_s."""

    def __init__(self, where: str) -> None:
        super().__init__(where)
        self.where = where


def plain(value: Any) -> Any:
    """Dataclasses as objects, tuples as lists, mappings by name; numbers as they are."""
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return value


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def read(kind: Any, value: Any, where: str = "") -> Any:
    """A value of a type from plain data. Raises _WrongValueError."""
    origin, arguments = get_origin(kind), get_args(kind)
    if kind is Any:
        return value
    if origin in (Union, UnionType):
        return _read_union(arguments, value, where)
    if origin is Literal:
        if value in arguments:
            return value
        raise _WrongValueError(where)
    if origin is tuple:
        return _read_tuple(arguments, value, where)
    if origin is not None and issubclass(origin, Mapping):
        if not isinstance(value, dict):
            raise _WrongValueError(where)
        return {key: read(arguments[1], one, f"{where}/{key}") for key, one in value.items()}
    if is_dataclass(kind):
        return _read_object(kind, value, where)
    return _read_simple(kind, value, where)


def _read_union(kinds: tuple[Any, ...], value: Any, where: str) -> Any:
    if value is None and NoneType in kinds:
        return None
    [kind] = [one for one in kinds if one is not NoneType]
    return read(kind, value, where)


def _read_tuple(kinds: tuple[Any, ...], value: Any, where: str) -> Any:
    if not isinstance(value, list):
        raise _WrongValueError(where)
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        return tuple(read(kinds[0], one, f"{where}/{n}") for n, one in enumerate(value))
    if len(value) != len(kinds):
        raise _WrongValueError(where)
    pairs = zip(kinds, value, strict=True)
    return tuple(read(kind, one, f"{where}/{n}") for n, (kind, one) in enumerate(pairs))


def _read_object(kind: Any, value: Any, where: str) -> Any:
    if isinstance(value, list) and hasattr(kind, "_fields"):
        return kind(*value)
    if not isinstance(value, dict):
        raise _WrongValueError(where)
    hints = _hints(kind)
    known = {f.name: f for f in fields(kind)}
    for name in value.keys() - known.keys():
        raise _WrongValueError(f"{where}/{name}")
    given = {}
    for name, f in known.items():
        if name in value:
            given[name] = read(hints[name], value[name], f"{where}/{name}")
        elif f.default is MISSING and f.default_factory is MISSING:
            raise _WrongValueError(f"{where}/{name}")
    return kind(**given)


def _read_simple(kind: Any, value: Any, where: str) -> Any:
    supertype = getattr(kind, "__supertype__", kind)  # of a NewType
    if isinstance(supertype, type) and issubclass(supertype, tuple) and isinstance(value, list):
        hints = [_hints(supertype)[name] for name in supertype._fields]  # type: ignore[attr-defined]
        return supertype(*_read_tuple(tuple(hints), value, where))
    if supertype is float and isinstance(value, int | float) and not isinstance(value, bool):
        if math.isfinite(value):
            return float(value)
    elif isinstance(value, supertype) and not (supertype is int and isinstance(value, bool)):
        return value
    raise _WrongValueError(where)

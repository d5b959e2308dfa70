"""Checks on survey data. A rule looks at a table and says what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum

from gisapp.model.edit import Edit
from gisapp.model.features import FeatureId
from gisapp.model.table import FeatureTable


class Severity(Enum):
    ERROR = "error"  # the record cannot be accepted
    WARNING = "warning"  # a person should look


@dataclass(frozen=True, slots=True)
class Finding:
    rule: str
    feature: FeatureId
    field: str
    severity: Severity
    message: str
    fix: Edit | None = None  # offered as one click, undone like any edit


Rule = Callable[[FeatureTable], Iterable[Finding]]

"""Checks on survey data. A rule looks at a table and says what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from functools import lru_cache

from gisapp.model.edit import Edit
from gisapp.model.features import FeatureId, Row
from gisapp.model.project import Project
from gisapp.model.survey import OUTFALL_TABLE, standard
from gisapp.model.survey_scheme import SurveyScheme
from gisapp.model.table import FeatureTable
from gisapp.model.text import language


class Severity(Enum):
    ERROR = "error"  # the record cannot be accepted
    WARNING = "warning"  # a person should look


@dataclass(frozen=True, slots=True)
class Proposal:
    """What would mend a finding; it becomes an edit when somebody wants it.

    `changes`: fields (and place) of one row of `table`. Or `make` says the edit for the project
    as it is then; None where nothing is left to do.
    """

    words: str  # on the button
    table: str = OUTFALL_TABLE
    row: FeatureId | None = None
    changes: Row | None = None
    make: Callable[[Project], Edit | None] | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """`feature` is the outfall, `others` further rows it is about (ids of the same table)."""

    rule: str
    feature: FeatureId
    field: str
    severity: Severity
    message: str
    fix: Edit | None = None  # offered as one click, undone like any edit
    proposal: Proposal | None = None  # the same, made when it is wanted
    others: tuple[FeatureId, ...] = ()


Rule = Callable[[FeatureTable], Iterable[Finding]]


@dataclass(frozen=True, slots=True)
class RuleKind:
    """One check of the program: its name for people and the layers it cannot do without."""

    id: str
    title: str
    title_zh_CN: str  # noqa: N815  (named as in the manifests)
    severity: Severity
    needs: tuple[str, ...] = ()  # roles of layers

    @property
    def caption(self) -> str:
        return self.title_zh_CN if language() == "zh_CN" and self.title_zh_CN else self.title


@dataclass(frozen=True, slots=True)
class RuleValue:
    """A number that checks use, such as the distance of two points that may be one."""

    id: str
    value: float
    unit: str
    title: str
    title_zh_CN: str  # noqa: N815
    origin: str = ""  # where the number comes from
    origin_zh_CN: str = ""  # noqa: N815  (named as in the file of the standard)

    @property
    def caption(self) -> str:
        return self.title_zh_CN if language() == "zh_CN" and self.title_zh_CN else self.title

    @property
    def from_words(self) -> str:
        chinese = language() == "zh_CN" and self.origin_zh_CN
        return self.origin_zh_CN if chinese else self.origin


@lru_cache(maxsize=1)
def rule_kinds() -> Mapping[str, RuleKind]:
    """The checks of the program by their id, in the order they are shown."""
    return {
        r["id"]: RuleKind(
            r["id"], r["en"], r["zh"], Severity(r["severity"]), tuple(r.get("needs", ()))
        )
        for r in standard("outfall_rules")["rule"]
    }


@lru_cache(maxsize=1)
def rule_values() -> Mapping[str, RuleValue]:
    """The numbers of the checks as the program brings them."""
    return {
        p["id"]: RuleValue(
            p["id"],
            p["value"],
            p["unit"],
            p["en"],
            p["zh"],
            p.get("origin", ""),
            p.get("origin_zh_CN", ""),
        )
        for p in standard("outfall_rules")["parameter"]
    }


def values_of(scheme: SurveyScheme | None) -> dict[str, float]:
    """The numbers that hold in a project: its own, else the program's."""
    found = {name: value.value for name, value in rule_values().items()}
    own = dict(scheme.rule_values) if scheme is not None else {}
    return {**found, **{name: value for name, value in own.items() if name in found}}


def kind_in(scheme: SurveyScheme | None, kind: RuleKind) -> RuleKind | None:
    """The check as a project has it; None when it is switched off."""
    own = next((r for r in scheme.rules if r.id == kind.id), None) if scheme is not None else None
    if own is None:
        return kind
    if not own.on:
        return None
    return replace(kind, severity=Severity(own.severity)) if own.severity else kind

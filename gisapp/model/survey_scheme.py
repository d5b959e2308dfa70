"""How a survey works: its states and the ways between them, what each needs, codes and entry.

The program's scheme is data (`gisapp/standards/outfall_workflow.toml`). A project that changes
it holds a changed copy of the whole, with the version it was made from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from gisapp.model.saved_delivery import SavedDelivery
from gisapp.model.style import Category
from gisapp.model.survey import standard
from gisapp.model.text import language

Task = Literal["check", "monitor", "trace", "plan", "rectify", "close"]
Verdict = Literal["open", "yes", "no", "exempt"]  # exempt: an outfall that needs nothing


@dataclass(frozen=True, slots=True)
class Need:
    """Evidence a state asks for: a field of the outfall, a related row, or a field of one."""

    table: str  # empty: the outfall itself
    field: str = ""  # empty: any row will do
    count: int = 1  # rows, or photos of a list


@dataclass(frozen=True, slots=True)
class State:
    """One state of the working chain."""

    id: str
    title: str
    title_zh_CN: str  # noqa: N815  (named as in the manifests)
    color: str
    outfall: Verdict
    done: tuple[Task, ...] = ()  # tasks of the chain that are behind it
    days: int = 0  # how long an outfall may stay in it before it is late; 0: no limit
    needs: tuple[Need, ...] = ()

    @property
    def caption(self) -> str:
        return self.title_zh_CN if language() == "zh_CN" else self.title

    @property
    def category(self) -> Category:
        return Category(self.id, self.title, self.title_zh_CN, self.color)


@dataclass(frozen=True, slots=True)
class Transition:
    """An allowed way from one state to another."""

    before: str
    after: str
    why: bool = False  # a reason must be given


@dataclass(frozen=True, slots=True)
class Condition:
    """A field that is asked for only where another field of the row has one of some values."""

    table: str
    field: str
    other: str
    values: tuple[str, ...]  # as text; `true` and `false`, and empty for nothing

    def holds(self, row: Mapping[str, Any]) -> bool:
        value = row.get(self.other)
        if isinstance(value, bool):
            value = "true" if value else "false"
        return ("" if value is None else str(value)) in self.values


@dataclass(frozen=True, slots=True)
class UnitRule:
    """A value that is never without its unit."""

    field: str
    unit_field: str
    usual: str


@dataclass(frozen=True, slots=True)
class RuleSetting:
    """What a project says of one check: whether it runs, and how bad what it finds is."""

    id: str
    on: bool = True
    severity: Literal["", "error", "warning"] = ""  # empty: as the program has it


@dataclass(frozen=True, slots=True)
class SurveyScheme:
    """All of it. `version` and `source` say which edition of the data it is or was made from."""

    version: str
    source: str
    states: tuple[State, ...]
    transitions: tuple[Transition, ...]
    conditions: tuple[Condition, ...] = ()
    carried: tuple[str, ...] = ()  # fields a new outfall takes over from the one before
    units: tuple[UnitRule, ...] = ()
    shown: tuple[str, ...] = ()  # fields of an outfall that a form shows at once
    code_national: str = ""  # patterns of codes; empty: not checked
    code_local: str = ""
    rule_values: tuple[tuple[str, float], ...] = ()  # numbers of checks that are the project's own
    rules: tuple[RuleSetting, ...] = ()  # checks that are not as the program has them
    deliveries: tuple[SavedDelivery, ...] = ()  # what goes out again and again

    def state(self, state_id: object) -> State | None:
        return next((state for state in self.states if state.id == state_id), None)

    def ways_from(self, state_id: object) -> tuple[Transition, ...]:
        """The allowed transitions out of a state, in the order of the states."""
        order = {state.id: number for number, state in enumerate(self.states)}
        ways = [way for way in self.transitions if way.before == state_id and way.after in order]
        return tuple(sorted(ways, key=lambda way: order[way.after]))

    def with_units(self, row: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
        """The changes of a row, and the usual unit for a value that would be without one."""
        whole = {**row, **changes}
        units = {
            rule.unit_field: rule.usual
            for rule in self.units
            if rule.field in changes
            and whole.get(rule.field) is not None
            and not whole.get(rule.unit_field)
            and rule.unit_field in whole
        }
        return {**changes, **units}

    @property
    def unit_fields(self) -> dict[str, str]:
        """The field that holds the unit of a value, by the value's field."""
        return {rule.field: rule.unit_field for rule in self.units}

    def is_asked(self, table: str, field: str, row: Mapping[str, Any]) -> bool:
        """Whether a field of a row is to be filled in, as its conditions say."""
        return all(
            condition.holds(row)
            for condition in self.conditions
            if (condition.table, condition.field) == (table, field)
        )


@lru_cache(maxsize=1)
def usual_scheme() -> SurveyScheme:
    """The program's own scheme, for projects that have not changed it."""
    data = standard("outfall_workflow")
    entry = data["entry"]
    return SurveyScheme(
        version=f"{data['standard']['id']} {data['standard']['version']}",
        source=data["standard"]["source"],
        states=tuple(_state(found) for found in data["state"]),
        transitions=tuple(
            Transition(before, after, found.get("why", False))
            for found in data["transition"]
            for before in found["from"]
            for after in found["to"]
        ),
        conditions=tuple(
            Condition(table, field, other, tuple(values))
            for table, field, other, values in entry["conditions"]
        ),
        carried=tuple(entry["carried"]),
        units=tuple(UnitRule(*rule) for rule in entry["units"]),
        shown=tuple(entry["shown"]),
        code_national=data["codes"]["national"],
        code_local=data["codes"]["local"],
    )


def proposed_code_pattern() -> tuple[str, str]:
    """A pattern for national codes that a project may take, and where it is from: unconfirmed."""
    codes = standard("outfall_workflow")["codes"]
    return codes["proposal"], codes["proposal_source"]


def _state(data: Mapping[str, Any]) -> State:
    return State(
        data["id"],
        data["en"],
        data["zh"],
        data["color"],
        data["outfall"],
        tuple(data.get("done", ())),
        data.get("days", 0),
        tuple(need(text) for text in data.get("needs", ())),
    )


def need(text: str) -> Need:
    """A need as the data files write it: `name`, `photos*4`, `monitoring`, `rectification.type`."""
    what, _, count = text.partition("*")
    table, dot, field = what.partition(".")
    if dot:
        return Need(table, field, int(count or 1))
    if table in _tables():
        return Need(table, "", int(count or 1))
    return Need("", table, int(count or 1))


def _tables() -> frozenset[str]:
    return frozenset(table["name"] for table in standard("outfall_fields")["table"])

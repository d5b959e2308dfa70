"""How the attribute table of a layer looks: its columns and what is coloured in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Sign = Literal["is", "is not", "contains", "begins", "at least", "at most", "empty", "filled"]
RuleColor = Literal["red", "orange", "green", "blue", "grey"]
RULE_COLORS: tuple[RuleColor, ...] = ("red", "orange", "green", "blue", "grey")


@dataclass(frozen=True, slots=True)
class ColorRule:
    """Cells of a column that get a colour. The value is text as a person writes it."""

    field: str
    sign: Sign
    value: str = ""
    color: RuleColor = "orange"


@dataclass(frozen=True, slots=True)
class TableLook:
    """Names of fields that are hidden, the order people gave them (others follow in their own),
    how many stay while the rest is scrolled, and the colours; of several rules the first counts."""

    hidden: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    frozen: int = 1
    rules: tuple[ColorRule, ...] = ()

    def ordered(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """All names, first those with a given place."""
        given = tuple(name for name in self.order if name in names)
        return given + tuple(name for name in names if name not in given)


USUAL_LOOK = TableLook()

"""All checks of an outfall survey, over every outfall or over a few."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from gisapp.analysis.survey_check import Found, SurveyToCheck
from gisapp.analysis.survey_rules_photos import photos
from gisapp.analysis.survey_rules_place import counties, near, places, zones
from gisapp.analysis.survey_rules_record import (
    codes,
    company_numbers,
    dates,
    evidence,
    required,
    values,
)
from gisapp.analysis.survey_rules_water import in_water, reaches
from gisapp.model.progress import Progress
from gisapp.model.rules import rule_kinds

Check = Callable[[SurveyToCheck], Iterable[Found]]

# What each finds, and the layer it cannot do without
CHECKS: tuple[tuple[Check, str], ...] = (
    (places, ""),
    (near, ""),
    (codes, ""),
    (counties, "counties"),
    (company_numbers, ""),
    (zones, "zones"),
    (reaches, "rivers"),
    (in_water, "water"),
    (required, ""),
    (evidence, ""),
    (values, ""),
    (dates, ""),
    (photos, ""),
)


@dataclass(frozen=True, eq=False)
class CheckedSurvey:
    """What was found, by kind and in their order; `unchecked`: kinds without their layer."""

    found: tuple[Found, ...]
    checked: int  # outfalls
    unchecked: Mapping[str, str]  # id of the kind, role of the layer that is not there


def check(survey: SurveyToCheck, progress: Progress) -> CheckedSurvey:
    """Run every check. Cancelled is raised between two of them."""
    order = {name: number for number, name in enumerate(rule_kinds())}
    listed: list[Found] = []
    for number, (one, role) in enumerate(CHECKS):
        progress.report(number / len(CHECKS))
        if not role or role in survey.layers:
            listed += [some for some in one(survey) if len(some)]
    listed.sort(key=lambda some: order[some.kind.id])
    unchecked = {
        kind.id: role
        for kind in rule_kinds().values()
        for role in kind.needs
        if role not in survey.layers
    }
    progress.report(1.0)
    return CheckedSurvey(tuple(listed), len(survey), unchecked)

"""What a review in the window asks of the search: the run of the command line, and its words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gisapp.api import Features, FeatureSet, ParameterError, Progress, tr

from .algorithm import find_candidates
from .candidate import reason_titles
from .field_settings import FieldSettings
from .night import Order, run_night


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that could not be searched, and what to do about it."""

    file: str
    message: str
    hint: str


def parameters() -> tuple[Any, ...]:
    """What may be set, with limits and defaults: those of the algorithm that are plain values."""
    return tuple(
        p for p in find_candidates.parameters if p.name in _SETTINGS or p.name == "width_m"
    )


_SETTINGS = frozenset(FieldSettings.__dataclass_fields__)


def search(
    files: Sequence[Path],
    water: FeatureSet | None,
    output: Path,
    values: dict[str, Any],
    progress: Progress,
    unit: str = "",
) -> tuple[Refused, ...]:
    """As `gisapp detect`: results are written into `output`, and what is done there is not done
    again. Answers with the files that were refused. Raises ParameterError for an empty water,
    WriteError, Cancelled."""
    if isinstance(water, Features) and not len(water):
        raise ParameterError(
            tr("The layer of water is empty"), hint=tr("Choose areas of water or bank lines.")
        )
    given = {name: value for name, value in values.items() if name in _SETTINGS}
    order = Order(
        FieldSettings(**given), unit, float(values.get("width_m") or 0.0),
        together=bool(values.get("together")),
    )  # fmt: skip
    verdicts = run_night(list(files), water, output, order, progress)
    return tuple(
        Refused(one.file.name, one.message, one.hint) for one in verdicts if one.found is None
    )


def reason_words() -> dict[str, str]:
    """The words of each reason code, in the user's language."""
    return reason_titles()

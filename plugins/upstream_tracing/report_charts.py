"""Profile and series of a ranking as pictures, for a window to show."""

from __future__ import annotations

from dataclasses import dataclass

from gisapp.api import Press, Progress, algorithm, tr

from .rank_answer import SourceRanking
from .report_figure import Figure, picture
from .report_profile import profile_of_ranking
from .report_series import shifted_series


@dataclass(frozen=True)
class Charts:
    figures: tuple[Figure, ...]

    def pictures(self, press: Press, pixels: float) -> list[tuple[str, bytes, str]]:
        """Title, PNG so many pixels wide, and note of each."""
        return [(one.title, picture(one, press, pixels), one.note) for one in self.figures]


@algorithm("charts-of-ranking", "Charts of a ranking")
def charts_of_ranking(ranking: SourceRanking, *, progress: Progress) -> Charts:
    """For a program that holds a ranking; there is nothing to fill in."""
    progress.report(0.0, tr("Drawing"))
    figures = profile_of_ranking(ranking), shifted_series(ranking)
    return Charts(tuple(one for one in figures if one is not None))

"""Opening a raster file, or a description of one, and its overviews."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from gisapp.model.geometry import Size


@dataclass(frozen=True, slots=True)
class Opened:
    """What is given to the library: a checked file, or a checked description of a mosaic."""

    path: Path  # what the user chose, for messages
    target: str
    driver: str
    files: tuple[Path, ...]  # all that must stay as it is while the raster is used

    def source(self, level: int, *, placed: bool) -> Any:
        """Open it. `level`: 0 is the file, 1 its first overview. Not `placed`: it need not know
        where it lies, which each thread would have to look up in the library's database.

        Raises RasterioError.
        """
        import rasterio

        # Asked about in words people understand.
        warnings.filterwarnings(
            "ignore", category=rasterio.errors.NotGeoreferencedWarning, append=False
        )
        more: dict[str, Any] = {} if level == 0 else {"overview_level": level - 1}
        if not placed and self.driver == "GTiff":
            more["GEOREF_SOURCES"] = "PAM"  # the file beside it also says what is no data
        return rasterio.open(self.target, driver=self.driver, sharing=False, **more)


class LevelFacts(NamedTuple):
    size: Size
    block: tuple[int, int]  # rows, columns

    @classmethod
    def of(cls, source: Any) -> LevelFacts:
        rows, columns = source.block_shapes[0]
        return cls(Size(source.width, source.height), (rows, columns))

"""gisapp detect MOSAIC… --water FILE --output FOLDER: a night's mosaics searched for outfalls."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

from gisapp.api import Answer, Command, Desk, Features, ParameterError, Part, features_of, tr

from .field_settings import FieldSettings, Kind
from .finding import lines_of
from .night import Order, gathered, run_night

REFUSED = 1  # the exit code where no file could be searched


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "mosaics",
        type=Path,
        nargs="+",
        help=tr("thermal mosaics, folders of them, or a flight.json"),
    )
    parser.add_argument(
        "--water", type=Path,
        help=tr("areas of water, or bank lines; without it, proposed from each mosaic"),
    )  # fmt: skip
    parser.add_argument("--output", type=Path, required=True, metavar=tr("FOLDER"),
                        help=tr("where the results go"))  # fmt: skip
    parser.add_argument("--kind", choices=get_args(Kind), default="both",
                        help=tr("warm, cold or both"))  # fmt: skip
    for name, unit, words in _numbers():
        parser.add_argument(f"--{name}", type=float, metavar=unit,
                            default=getattr(FieldSettings(), _FIELDS[name]),
                            help=f"{words} (%(default)s)")  # fmt: skip
    parser.add_argument("--width", type=float, default=0.0, metavar="M",
                        help=tr("lines of water are the middle of a strip so wide"))  # fmt: skip
    parser.add_argument("--placement", type=float, default=3.0, metavar="M",
                        help=tr("how far frames may disagree about a place"))  # fmt: skip
    parser.add_argument("--unit", default="", help=tr("of the numbers: degC, K or cK"))
    parser.add_argument(
        "--together", action="store_true",
        help=tr("the mosaics show one place on several nights: look at them as one"),
    )  # fmt: skip
    parser.add_argument("--jobs", type=int, default=0, help=tr("mosaics at once"))


_FIELDS = {
    "contrast": "min_contrast_c",
    "confidence": "confidence",
    "smallest": "min_area_m2",
    "largest": "max_area_m2",
    "detail": "detail_m",
    "around": "background_m",
    "strip": "bank_strip_m",
    "bank-error": "bank_error_m",
}


def _numbers() -> tuple[tuple[str, str, str], ...]:
    return (
        ("contrast", "°C", tr("how much warmer or cooler than the water around")),
        ("confidence", "×", tr("how many times the noise of the place")),
        ("smallest", "m²", tr("smallest plume")),
        ("largest", "m²", tr("largest plume")),
        ("detail", "m", tr("the smallest thing looked at")),
        ("around", "m", tr("compare with water within")),
        ("strip", "m", tr("an outfall starts so near the bank")),
        ("bank-error", "m", tr("the bank line may be off by")),
    )


def files_of(given: Sequence[Path]) -> list[Path]:
    """Files as they are; a folder: the GeoTIFFs in it; a pattern that the shell left as it is: what
    it stands for. Raises ParameterError where that is nothing."""
    found: list[Path] = []
    for path in given:
        if path.is_dir():
            some = sorted(p for p in path.iterdir() if p.suffix.lower() in (".tif", ".tiff"))
        elif any(sign in path.name for sign in "*?[") and not path.exists():
            some = sorted(path.parent.glob(path.name))
        else:
            some = [path]
        if not some:
            raise ParameterError(
                tr("There is no mosaic in {folder}").format(folder=path),
                hint=tr("Give GeoTIFFs of temperatures, a folder of them, or a flight.json."),
            )
        found += [one for one in some if one not in found]
    return found


def _run(arguments: argparse.Namespace, desk: Desk) -> Answer:
    given: dict[str, Any] = {
        field: getattr(arguments, name.replace("-", "_")) for name, field in _FIELDS.items()
    }
    for name, field in _FIELDS.items():
        if not (given[field] > 0 or (name == "bank-error" and given[field] == 0)):
            raise ParameterError(tr("{name} must be more than 0").format(name=f"--{name}"))
    settings = FieldSettings(kind=arguments.kind, **given)
    water = None
    if arguments.water is not None:
        water = features_of(
            desk.plugins.read(arguments.water, Part(desk, 0, 0)), arguments.water.name
        )
        if isinstance(water, Features) and not len(water):
            raise ParameterError(
                tr("{file} holds no water").format(file=arguments.water.name),
                hint=tr("Give areas of water or bank lines."),
            )
    order = Order(
        settings,
        arguments.unit,
        arguments.width,
        arguments.placement,
        max(0, arguments.jobs),
        arguments.together,
    )
    verdicts = run_night(files_of(arguments.mosaics), water, arguments.output, order, desk)
    crs, candidates = gathered([v.found for v in verdicts if v.found is not None])
    lines = []
    for one in verdicts:
        row = one.row()
        if one.found is None:
            lines.append(f"{one.file.name}: {one.message} {one.hint}".rstrip())
        else:
            done = tr("kept from before") if one.verdict == "kept" else tr("searched")
            lines.append(
                tr("{file}: {done}, {n} candidates, {m} rejected").format(
                    file=one.file.name, done=done, n=row["candidates"], m=row["rejected"]
                )
            )
            lines += [f"  {note}" for note in one.found.notes]
    all_refused = all(v.found is None for v in verdicts)
    if not all_refused:
        lines += lines_of(candidates)
    data = {
        "output": arguments.output,
        "crs": crs,
        "files": [v.row() for v in verdicts],
        "candidates": [c.row() for c in candidates if c.status == "candidate"],
        "rejected": sum(c.status == "rejected" for c in candidates),
    }
    return Answer(data, lines, REFUSED if all_refused else 0)


DETECT = Command(
    "detect",
    "",
    _arguments,
    _run,
    details="Search thermal mosaics (or the frames of a flight) for suspected outfalls. Writes "
    "candidates.gpkg, candidates.json, summary.json and cut-outs; a stopped run goes on where it "
    "was.",
)

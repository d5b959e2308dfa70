"""gisapp temperature: what a thermal camera's file says, in °C, and how sure that is."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from gisapp.app.command import DONE, USER_CAN_FIX, Answer, Command, Desk
from gisapp.io.thermal_exact import BackEnds
from gisapp.io.thermal_image import open_thermal_image
from gisapp.io.thermal_refusals import NoTemperaturesError
from gisapp.model.errors import GisError, ParameterError
from gisapp.model.text import N_, tr
from gisapp.model.thermal_image import ThermalImage, ThermalParameters, off_nadir_note
from gisapp.model.thermal_units import UNITS

SKIES = ("clear", "scattered", "overcast")


def _place(text: str) -> tuple[float, float]:
    x, _, y = text.partition(",")
    try:
        return float(x), float(y)
    except ValueError as error:
        raise argparse.ArgumentTypeError(tr("{text} is not X,Y").format(text=text)) from error


def _share(text: str) -> float:
    """Humidity as a share or, above 1, in per cent."""
    try:
        number = float(text.rstrip("%"))
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            tr("{text} is no humidity: 0 to 1, or per cent").format(text=text)
        ) from error
    return number / 100 if number > 1 or text.endswith("%") else number


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "files", nargs="+", type=Path, metavar=tr("FILE"), help=tr("R-JPEG, FFF, SEQ or TIFF")
    )
    degrees = tr("DEGREES")
    parser.add_argument("--emissivity", type=float, metavar="E", help=tr("0.01 to 1"))
    parser.add_argument(
        "--reflected", type=float, metavar=degrees, help=tr("°C of what is mirrored, the sky")
    )
    parser.add_argument("--air", type=float, metavar=degrees, help=tr("°C of the air"))
    parser.add_argument("--distance", type=float, metavar=tr("METRES"))
    parser.add_argument(
        "--humidity", type=_share, metavar="RH", help=tr("0 to 1, or in per cent above 1")
    )
    parser.add_argument(
        "--water", choices=SKIES, help=tr("emissivity of water, mirroring this sky")
    )
    parser.add_argument(
        "--off-nadir", type=float, metavar=degrees, help=tr("how far off the vertical it was seen")
    )
    parser.add_argument(
        "--at",
        type=_place,
        action="append",
        default=[],
        metavar="X,Y",
        help=tr("temperature at a column and row of the sensor, from 0; again for more"),
    )
    parser.add_argument(
        "--at-picture",
        type=_place,
        action="append",
        default=[],
        metavar="X,Y",
        help=tr("as --at, in pixels of the picture, which may be larger than the sensor"),
    )
    parser.add_argument("--unit", default="", choices=tuple(UNITS), help=tr("of a TIFF's numbers"))
    parser.add_argument(
        "--exact",
        choices=("needed", "always", "never"),
        default="needed",
        help=tr("when to ask installed back ends about DJI's files"),
    )
    parser.add_argument(
        "--program", default="", metavar=tr("FILE"), help=tr("the program dji-thermal-cli")
    )
    parser.add_argument(
        "--library", default="", metavar=tr("FOLDER"), help=tr("that holds DJI's libdirp")
    )


def _temperature(arguments: argparse.Namespace, desk: Desk) -> Answer:
    rows: list[dict[str, Any]] = []
    lines: list[str] = []
    ends = BackEnds.installed(arguments.program, arguments.library)
    for file in arguments.files:
        try:
            row = _row(file, arguments, ends)
        except GisError as error:
            verdict = error.verdict if isinstance(error, NoTemperaturesError) else "other"
            row = {
                "file": str(file),
                "error": error.message,
                "hint": error.hint,
                "verdict": verdict,
            }
            desk.say(error.message)
            if error.hint:
                desk.say(error.hint)
        rows.append(row)
        lines += _lines(row)
    wrong = any("error" in row for row in rows)
    data = {**rows[0], "files": rows} if len(rows) == 1 else {"files": rows}
    return Answer(data, lines, USER_CAN_FIX if wrong else DONE)


def _row(file: Path, arguments: argparse.Namespace, ends: BackEnds) -> dict[str, Any]:
    if file.is_dir():
        raise ParameterError(
            tr("{file} is a folder").format(file=file),
            hint=tr(
                "Name the files themselves, such as {files}; `gisapp flight` takes a folder."
            ).format(files=file / "*.JPG"),
        )
    image = open_thermal_image(file, unit=arguments.unit, exact="never")
    wanted = _wanted(image.parameters, arguments)
    given = None if wanted == image.parameters else wanted
    image = open_thermal_image(
        file, unit=arguments.unit, parameters=given, back_ends=ends, exact=arguments.exact
    )
    celsius = image.celsius(wanted)
    decoding = image.decoding_at(wanted)
    notes = [*decoding.notes]
    if arguments.off_nadir is not None and (note := off_nadir_note(arguments.off_nadir)):
        notes.append(note)
    known = celsius[np.isfinite(celsius)]
    row: dict[str, Any] = {
        "file": str(file),
        "camera": image.camera,
        "decoder": decoding.decoder,
        "accuracy_c": decoding.accuracy_c,
        "relative": decoding.is_relative,
        "shape": list(celsius.shape),
        "picture_size": list(image.picture_size),
        "min": float(known.min()) if known.size else None,
        "mean": float(known.mean(dtype=np.float64)) if known.size else None,
        "max": float(known.max()) if known.size else None,
        "unit": "degC",
        "without": int(celsius.size - known.size),
        "parameters": wanted,
        "notes": notes,
    }
    places = [(x, y, _cell(image, x, y)) for x, y in arguments.at]
    places += [(x, y, image.cell_of(x, y)) for x, y in arguments.at_picture]
    if places:
        row["at"] = [_at(file, celsius, *place) for place in places]
    return row


def _wanted(own: ThermalParameters, arguments: argparse.Namespace) -> ThermalParameters:
    start = own
    if arguments.water:
        start = own.over_water(arguments.water, arguments.air)
    return start.changed(
        emissivity=arguments.emissivity,
        reflected_c=arguments.reflected,
        air_c=arguments.air,
        humidity=arguments.humidity,
        distance_m=arguments.distance,
    )


def _cell(image: ThermalImage, x: float, y: float) -> tuple[int, int] | None:
    rows, columns = image.raw.shape
    return (int(y), int(x)) if 0 <= x < columns and 0 <= y < rows else None


def _at(
    file: Path, celsius: Any, x: float, y: float, cell: tuple[int, int] | None
) -> dict[str, Any]:
    if cell is None:
        raise ParameterError(
            tr("{x:g},{y:g} is outside {file}").format(x=x, y=y, file=file.name),
            hint=tr("It has {columns} columns and {rows} rows.").format(
                columns=celsius.shape[1], rows=celsius.shape[0]
            ),
        )
    value = float(celsius[cell])
    known = value if np.isfinite(value) else None
    return {"x": x, "y": y, "row": cell[0], "column": cell[1], "celsius": known}


def _lines(row: Mapping[str, Any]) -> list[str]:
    if "error" in row:
        return []
    how = (
        tr("relative only")
        if row["relative"]
        else tr("within {accuracy:.2g} °C").format(accuracy=row["accuracy_c"])
    )
    found = [f"{row['file']}\t{row['camera']}\t{row['decoder']}\t{how}"]
    if row["min"] is not None:
        words = tr("  {rows} × {columns}, {low:.2f} to {high:.2f} °C, mean {mean:.2f} °C")
        rows, columns = row["shape"]
        values = {"low": row["min"], "high": row["max"], "mean": row["mean"]}
        found.append(words.format(rows=rows, columns=columns, **values))
    p = row["parameters"]
    found.append(
        tr(
            "  emissivity {e:.3g}, reflected {reflected:.3g} °C, air {air:.3g} °C, "
            "humidity {humidity:.0%}, distance {distance:g} m"
        ).format(
            e=p.emissivity,
            reflected=p.reflected_c,
            air=p.air_c,
            humidity=p.humidity,
            distance=p.distance_m,
        )
    )
    for place in row.get("at", ()):
        value = "–" if place["celsius"] is None else f"{place['celsius']:.2f} °C"
        found.append(f"  {place['x']:g},{place['y']:g}\t{value}")
    return [*found, *(f"  {note}" for note in row["notes"])]


TEMPERATURE = Command(
    "temperature",
    N_("Say what thermal files hold, in °C, and how sure"),
    _arguments,
    _temperature,
)

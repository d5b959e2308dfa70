"""From pixels and water to candidates: of one mosaic, or of all frames of a flight."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from affine import Affine

from gisapp.api import (
    GisError,
    ParameterError,
    Point,
    metres_per_unit,
    open_thermal_image,
    read_flight,
    tr,
)

from .candidate import VERSION, Candidate, candidate_of
from .field_settings import FieldSettings
from .fusion import fused
from .mosaic import Mosaic
from .oblique import Laid, laid_flat, reason_against
from .picture import picture_of
from .pixels import ArrayPixels, Grid, Pixels, WaterMask
from .plume import cut_out, plume_of
from .search import Searched, search
from .together import together
from .water_source import WaterSource, proposed_water

Report = Callable[[float], None]
Draw = Callable[[str, bytes], None]  # the name of a cut-out and its PNG
PROPOSED_ERROR_M = 4.5  # of the edge of proposed water: three of the blocks it is made of
DRIFT_C = 0.3  # steps in the water from which drift is said to be left


@dataclass(frozen=True, eq=False)
class Found:
    """Candidates of one mosaic or flight; facts: what a summary says of it."""

    candidates: tuple[Candidate, ...]
    crs: str
    facts: dict[str, Any]
    notes: tuple[str, ...] = ()
    water: Any = field(default=None, repr=False)  # shapely, as it was used


def threads() -> int:
    return os.cpu_count() or 1


def find_in_mosaic(
    mosaic: Mosaic,
    water: WaterSource | None,
    settings: FieldSettings,
    report: Report,
    stem: str = "",
    draw: Draw | None = None,
    at_once: int = 1,
    nights: Sequence[Mosaic] = (),
) -> Found:
    """Search a mosaic, together with those of other nights of the same place. Water None: proposed
    from the mosaic. Raises ParameterError where there is no water on the mosaic or nights cannot be
    laid on each other, and what `report` raises."""
    used = proposed_water(mosaic, mosaic.crs) if water is None else water
    if used.made_of == "proposed":
        error = max(settings.bank_error_m, PROPOSED_ERROR_M)
        settings = replace(settings, bank_error_m=error, bank_is_known=False)
    mask = WaterMask(used.area, mosaic.to_map)
    pixels: Pixels = together((mosaic, *nights), mask) if nights else mosaic
    with ThreadPoolExecutor(max(1, at_once)) as pool:
        searched = search(pixels, mask, settings, lambda part: report(0.9 * part), at_once, pool)
        if searched.water_pixels == 0:
            raise ParameterError(
                tr("The water lies elsewhere: none of it is on {file}").format(file=mosaic.name),
                hint=tr(
                    "The lines given enclose nothing there: give both banks, or for a line along "
                    "the middle of a river its width (--width)."
                )
                if used.made_of == "banks"
                else tr("Are mosaic and water in the coordinate systems that they say?"),
            )
        if searched.seen_pixels == 0:
            raise ParameterError(
                tr("{file} has no temperatures where the water is").format(file=mosaic.name),
                hint=tr("Does the mosaic cover this water?"),
            )
        said = _parameters(settings, used.made_of, mosaic.provenance)
        name = stem or Path(mosaic.name).stem
        candidates = tuple(
            _drawn(pixels, mask, searched, name, mosaic.name, said, draw, pool, at_once)
        )
    report(1.0)
    facts = {**_facts(searched, mosaic.pixel_m), "water": used.made_of, **mosaic.provenance}
    notes = [*mosaic.said, used.words(), *_notes(searched)]
    if nights:
        facts["nights"] = [one.name for one in (mosaic, *nights)]
        facts["shifts_c"] = [round(shift, 3) for shift in getattr(pixels, "shifts", ())]
        notes.append(tr("{n} nights looked at together").format(n=1 + len(nights)))
    return Found(candidates, mosaic.crs, facts, tuple(notes), used.area)


def _parameters(settings: FieldSettings, water: str, provenance: dict[str, Any]) -> str:
    """What a candidate rests on, kept with it."""
    said = {**asdict(settings), "water": water, "temperatures": provenance, "version": VERSION}
    return json.dumps(said, ensure_ascii=False, sort_keys=True)


def _drawn(
    pixels: Pixels, mask: WaterMask, searched: Searched, stem: str, name: str, said: str,
    draw: Draw | None, pool: Executor | None = None, at_once: int = 1,
) -> list[Candidate]:  # fmt: skip
    """The surest first. They are measured in the order of the pixels, which are read once then."""
    ordered = sorted(searched.spots, key=lambda s: (bool(s.evidence.reasons), -s.evidence.z))

    def measured(number: int) -> Candidate:
        spot = ordered[number]
        plume = plume_of(pixels, mask, spot, searched.side)
        made = candidate_of(number + 1, spot, plume, stem, name, said)
        if draw is None:
            return replace(made, cutout="")
        draw(made.cutout, picture_of(cut_out(pixels, mask, plume))[0])
        return made

    numbers = sorted(range(len(ordered)), key=lambda n: (ordered[n].row, ordered[n].column))
    found: dict[int, Candidate] = {}
    share = max(1, -(-len(numbers) // max(1, at_once)))
    lots = [numbers[first : first + share] for first in range(0, len(numbers), share)]
    every = map if pool is None else pool.map
    for lot in every(lambda lot: [(n, measured(n)) for n in lot], lots):
        found.update(lot)
    return [found[number] for number in range(len(ordered))]


def _facts(searched: Searched, pixel_m: float) -> dict[str, Any]:
    return {
        "pixel_m": round(pixel_m, 4),
        "block_m": round(searched.block_m, 4),
        "noise_c": round(searched.typical_c, 4),
        "drift_c": round(searched.drift_c, 3),
        "water_m2": round(searched.water_pixels * pixel_m**2, 1),
        "seen_share": round(searched.seen_pixels / max(1, searched.water_pixels), 4),
        "tiles_read": searched.tiles_read,
        "tiles": searched.tiles,
    }


def _notes(searched: Searched) -> Iterator[str]:
    if searched.narrow:
        yield tr("The water is less than three pixels wide: bank and water cannot be told apart")
    if searched.drift_c > DRIFT_C:
        yield tr(
            "Steps in the water as of frames that differ by {drift:.2f} °C: drift is left; "
            "normalise the flight first"
        ).format(drift=searched.drift_c)


def find_in_flight(
    path: Path,
    water: WaterSource,
    settings: FieldSettings,
    placement_m: float,
    report: Report,
    stem: str = "",
    draw: Draw | None = None,
    at_once: int = 1,
) -> Found:
    """Search each frame of a flight.json and fuse what several of them saw.

    Oblique frames are laid flat on the ground first, as far as 60° from straight down; which ones
    could not be is among the facts. placement_m: how far frames may disagree about a place. Raises
    ReadError, ParameterError.
    """
    flight = read_flight(path)
    against = {f.file: reason_against(flight, f) for f in flight.frames if f.affine is None}
    frames = [frame for frame in flight.frames if not against.get(frame.file)]
    if not frames:
        raise ParameterError(
            tr("No frame of {file} can be laid flat on the map").format(file=path.name),
            hint=next(iter(against.values()), tr("Place the flight again.")),
        )
    unit = metres_per_unit(flight.crs, Point(*frames[0].corners[0]))
    said = _parameters(settings, water.made_of, {
        "decoder": frames[0].decoder, "accuracy_c": frames[0].accuracy_c,
        "parameters": dict(frames[0].parameters or {}),
    })  # fmt: skip
    name = stem or path.parent.name

    def work(number: int) -> Sighted:
        frame = frames[number]
        pictures: dict[str, bytes] = {}
        try:
            image = open_thermal_image(path.parent / frame.file)
        except GisError as error:
            return Sighted(refused=error.message)
        laid = _on_the_map(image.celsius() + np.float32(frame.offset_c), flight, frame, unit)
        if laid is None:
            return Sighted(aside=tr("nearly all of it is more than 60° from straight down"))
        mask = WaterMask(water.area, laid.pixels.to_map)
        made = search(laid.pixels, mask, settings, _nothing)
        own = _drawn(
            laid.pixels, mask, made, f"{name}-{number + 1:04d}", frame.name, said,
            None if draw is None else pictures.__setitem__,
        )  # fmt: skip
        return Sighted(tuple(own), pictures, made, laid.seen)

    seen: list[Sighted] = []
    with ThreadPoolExecutor(max(1, at_once)) as pool:
        running = [pool.submit(work, number) for number in range(len(frames))]
        try:
            for number, future in enumerate(running):
                seen.append(future.result())
                report(0.95 * (number + 1) / len(frames))
        finally:
            for future in running:
                future.cancel()
    refused = {f.file: s.refused for f, s in zip(frames, seen, strict=True) if s.refused}
    aside = {f.file: s.aside for f, s in zip(frames, seen, strict=True) if s.aside}
    aside |= {file: reason for file, reason in against.items() if reason}
    searched = [s.made for s in seen if s.made is not None and s.made.water_pixels]
    if not searched:
        told = (*refused.values(), *aside.values(), tr("Does the water lie where the flight was?"))
        raise ParameterError(
            tr("No frame of {file} shows the water").format(file=path.name), hint=told[0]
        )
    sightings = [(number, c) for number, one in enumerate(seen) for c in one.own]
    tree = shapely.STRtree([one.seen for one in seen if one.seen is not None])
    candidates = fused(
        sightings,
        lambda x, y: len(tree.query(shapely.Point(x, y), "intersects")),
        placement_m,
        unit,
    )
    candidates.sort(key=lambda c: (c.status == "rejected", -c.z))
    if draw is not None:
        kept = {name: png for one in seen for name, png in one.pictures.items()}
        for candidate in candidates:
            draw(candidate.cutout, kept[candidate.cutout])
    report(1.0)
    facts = {
        "frames": len(frames),
        "frames_with_water": len(searched),
        "frames_refused": refused,
        "frames_oblique": sum(f.affine is None for f in frames)
        - sum(f.file in aside for f in frames),
        "frames_left_out": aside,
        "sightings": len(sightings),
        "placement_m": placement_m,
        "water": water.made_of,
        "noise_c": round(float(np.median([s.typical_c for s in searched])), 4),
        "decoder": frames[0].decoder,
        "accuracy_c": frames[0].accuracy_c,
    }
    notes = [water.words(), *_flight_notes(facts)]
    if all(made.narrow for made in searched):
        notes += _notes(replace(searched[0], drift_c=0.0))
    return Found(tuple(candidates), flight.crs, facts, tuple(notes), water.area)


@dataclass(frozen=True, eq=False)
class Sighted:
    """What one frame gave. seen: the ground it saw; refused, aside: why it was not searched."""

    own: tuple[Candidate, ...] = ()
    pictures: dict[str, bytes] = field(default_factory=dict)
    made: Searched | None = None
    seen: Any = None
    refused: str = ""
    aside: str = ""


def _on_the_map(celsius: Grid, flight: Any, frame: Any, unit: float) -> Laid | None:
    if frame.affine is None:
        return laid_flat(celsius, flight, frame, unit)
    place = Affine(*frame.affine)
    pixels = ArrayPixels(celsius, place, abs(place.determinant) ** 0.5 * unit)
    return Laid(pixels, shapely.Polygon(frame.corners))


def _flight_notes(facts: dict[str, Any]) -> Iterator[str]:
    if facts["frames_oblique"]:
        yield tr("{n} oblique frames laid flat on the ground, up to 60° from straight down").format(
            n=facts["frames_oblique"]
        )
    if facts["frames_left_out"]:
        every = facts["frames_left_out"]
        yield tr("{n} oblique frames left out, such as {file}: {why}").format(
            n=len(every), file=Path(next(iter(every))).name, why=next(iter(every.values()))
        )
    if facts["frames_refused"]:
        yield tr("{n} frames could not be read").format(n=len(facts["frames_refused"]))


def _nothing(part: float) -> None:
    """Frames are reported as they are done."""


def lines_of(found: Sequence[Candidate]) -> Iterator[str]:
    """For people: one line a candidate, rejected ones counted."""
    kept = [c for c in found if c.status == "candidate"]
    for c in kept:
        kind = tr("warm") if c.kind == "warm" else tr("cool")
        yield tr("{id}: {kind} {dt:+.2f} °C, {area:.0f} m², {length:.0f} m long, {z:.0f} times the "
                 "noise, at {x:.1f}, {y:.1f}").format(
            id=c.id, kind=kind, dt=c.delta_t_c, area=c.area_m2, length=c.length_m, z=c.z,
            x=c.x, y=c.y,
        )  # fmt: skip
    yield tr("{n} candidates, {m} rejected with reasons").format(
        n=len(kept), m=len(found) - len(kept)
    )

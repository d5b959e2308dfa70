"""What is said of a flight: verdicts of its files, and the figures before and after each step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gisapp.app.flight_import import OpenFlight
from gisapp.model.flight import FrameVerdict
from gisapp.model.text import tr


@dataclass(frozen=True, slots=True)
class FigureLine:
    """One figure, before and after; `after` empty: it was not worked out."""

    title: str
    before: str
    after: str
    note: str = ""


def verdict_words(verdict: FrameVerdict) -> str:
    return {
        "used": tr("used"),
        "visible": tr("visible picture"),
        "photo": tr("photo"),
        "no_position": tr("no position"),
        "no_height": tr("no height"),
        "no_temperatures": tr("no temperatures"),
        "other_camera": tr("another camera"),
        "no_focal_length": tr("lens not known"),
        "damaged": tr("damaged"),
        "far_away": tr("far away"),
        "no_ground": tr("shows no ground"),
    }[verdict]


def summary(opened: OpenFlight) -> str:
    flight, covered = opened.flight, opened.covered
    faults = [o for o in flight.left_out if o.verdict not in ("visible", "photo")]
    words = tr("{n} frames on the map, {area:.1f} ha seen").format(
        n=len(flight.frames), area=covered.covered_m2 / 10_000
    )
    if covered.gaps:
        words += " · " + tr("{n} gaps, {area:.0f} m²").format(
            n=len(covered.gaps), area=covered.gap_m2
        )
    if faults:
        words += " · " + tr("{n} files cannot be used").format(n=len(faults))
    return words


def figures(opened: OpenFlight) -> Iterator[FigureLine]:
    """How far frames disagree on the ground, and how far their temperatures do."""
    fit = opened.flight.fit or {}
    before = fit.get("as_written", {}).get("median_m")
    best: Mapping[str, Any] = next((fit[k] for k in ("frames", "flight") if k in fit), {})
    if before is not None:
        after, ninety = best.get("median_m"), best.get("p90_m")
        note = "" if ninety is None else tr("90 % within {m:.2f} m").format(m=ninety)
        yield FigureLine(
            tr("Same place in two frames"),
            f"{before:.1f} m",
            "" if after is None else f"{after:.2f} m",
            note,
        )
    drift = fit.get("drift", {})
    if drift.get("after_rms_c") is not None:
        yield FigureLine(
            tr("Same place, temperature"),
            f"{drift['before_rms_c']:.2f} °C",
            f"{drift['after_rms_c']:.2f} °C",
            tr("offsets {low:+.1f} to {high:+.1f} °C").format(
                low=drift["lowest_c"], high=drift["highest_c"]
            ),
        )


def explanation(opened: OpenFlight) -> str:
    """How the frames were turned and what could not be done, a sentence a line."""
    flight, fit = opened.flight, opened.flight.fit or {}
    lines = []
    if "flight" in fit:
        lines.append(
            tr("Yaw turned by {yaw:.1f}°, lens {focal:.0f} px, looking {pitch:+.1f}° ahead").format(
                yaw=fit["flight"]["yaw_offset_deg"],
                focal=fit["flight"]["focal_px"],
                pitch=-fit["flight"]["boresight_y_deg"],
            )
        )
    elif fit.get("yaw_source") == "straight legs":
        lines.append(
            tr("Too few overlaps to fit: yaw turned by {yaw:.1f}° as the straight legs say").format(
                yaw=fit["yaw_offset_deg"]
            )
        )
    elif opened.is_aligned:
        lines.append(
            tr("The overlaps gave nothing better: the frames lie where their files say they were")
        )
    alone = fit.get("drift", {}).get("without_overlap", ())
    if alone:
        lines.append(
            tr("{n} frames overlap no other: their temperatures are as decoded").format(
                n=len(alone)
            )
        )
    beside = fit.get("not_in_mosaic", ())
    if beside:
        lines.append(
            tr(
                "{n} frames look to the side: they are asked about a place, not in the mosaic"
            ).format(n=len(beside))
        )
    first = flight.frames[0] if flight.frames else None
    if first is not None and first.decoder:
        accuracy = (
            tr("relative temperatures only")
            if first.accuracy_c is None
            else tr("within {accuracy:g} °C of the maker's own decoding").format(
                accuracy=first.accuracy_c
            )
        )
        decoder = first.decoder.partition(",")[0]
        lines.append(f"{flight.camera} · {decoder} · {accuracy}")
        if first.accuracy_c is None:
            lines.append(
                tr(
                    "Differences count, the zero is not known: correct the mosaic by readings in "
                    "the water, or install what decodes this camera exactly (see the guide)."
                )
            )
    return "\n".join(lines)

"""Where the frames of a flight were, from what their files say and the table of cameras."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isfinite

import numpy as np

from gisapp.analysis.flight_geometry import Floats, Heights, Poses, footprint, upright, wrapped
from gisapp.app.flight_frames import OpenedFrame
from gisapp.app.flight_options import FlightOptions
from gisapp.io.flight_heights import open_heights
from gisapp.model.errors import ParameterError, ReadError
from gisapp.model.flight import FrameVerdict, LeftOut, SurveyedFrame
from gisapp.model.frame import FrameFacts, Lens, Pose, focal_of
from gisapp.model.text import tr

_FAR_KM = 50.0  # from the middle of the flight: a position that cannot be
_LEAST_HEIGHT = 2.0  # metres: below that the drone stood on the ground
_NADIR = -90.0


@dataclass(frozen=True)
class Placed:
    """The frames that have a place. `numbers` are their places in the list that was given; `level`
    is the height of the ground below each, `flight_yaw` NaN where it is not written."""

    crs: str
    camera: str
    lens: Lens
    focal_source: str
    frames: tuple[SurveyedFrame, ...]
    numbers: tuple[int, ...]
    poses: Poses
    level: Floats
    flight_yaw: Floats
    left_out: tuple[LeftOut, ...]
    heights: Heights | None = None
    extent: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)  # of the track as written

    @property
    def is_oblique(self) -> bool:
        return bool(np.median(self.poses.angles[:, 1]) > -70)

    @property
    def heights_above_ground(self) -> Floats:
        return np.asarray(self.poses.xyz[:, 2] - self.level)


def place_frames(
    frames: Sequence[SurveyedFrame],
    opened: Sequence[OpenedFrame | None],
    options: FlightOptions,
) -> Placed:
    """Poses as written; `opened` is None for frames that were not decoded yet.

    Raises ReadError when no frame can be placed, ParameterError for a camera that is not there.
    """
    out: list[LeftOut] = []
    usable: list[int] = []
    lenses: dict[int, tuple[str, Lens, str]] = {}
    for number, (frame, content) in enumerate(zip(frames, opened, strict=True)):
        verdict, message, lens = _looked_at(frame.facts, content, options)
        if lens is None:
            out.append(LeftOut(frame.path, verdict, message))
            continue
        usable.append(number)
        lenses[number] = lens
    usable, camera = _one_camera(frames, usable, lenses, options, out)
    usable = _near(frames, usable, options, out)
    if not usable:
        raise ReadError(
            tr("No frame of this flight can be placed on the map"), hint=_reasons(frames, out)
        )
    kept = [frames[number] for number in usable]
    _, shared, source = lenses[usable[0]]
    crs = options.crs or _utm(kept, options)
    poses, flight_yaw = _poses(kept, crs, options)
    west, south = map(float, poses.xyz[:, :2].min(axis=0))
    east, north = map(float, poses.xyz[:, :2].max(axis=0))
    extent = west, south, east, north
    heights: Heights | None = None
    level = np.zeros(len(kept))
    if options.elevation is not None:
        heights = open_heights(options.elevation, crs, extent)
        poses, level = _on_model(poses, heights, options)
    return Placed(
        crs,
        camera,
        shared,
        source,
        tuple(kept),
        tuple(usable),
        poses,
        level,
        flight_yaw,
        tuple(out),
        heights,
        extent,
    )


def _looked_at(
    facts: FrameFacts, content: OpenedFrame | None, options: FlightOptions
) -> tuple[FrameVerdict, str, tuple[str, Lens, str] | None]:
    if content is not None and content.problem:
        return "no_temperatures", content.problem, None
    if facts.position(options.position) is None:
        return "no_position", tr("it does not say where it was taken (no GPS)"), None
    height = _height(facts, options)
    if height is None:
        return "no_height", tr("it does not say how high it was; give the height"), None
    if height < _LEAST_HEIGHT:
        words = tr("taken {height:.1f} m above the take-off: the drone stood on the ground")
        return "no_height", words.format(height=height), None
    focal = focal_of(facts, (content.columns, content.rows) if content else None)
    if focal is None:
        words = tr("the focal length of the camera {camera} is not known")
        return "no_focal_length", words.format(camera=facts.camera or "?"), None
    lens = Lens(focal.columns, focal.rows, focal.pixels)
    if not len(footprint(lens, Pose(0, 0, height, 0, _pitch(facts), facts.gimbal_roll or 0))):
        return "no_ground", tr("it shows no ground: it looks at the horizon or above"), None
    return "used", "", (facts.camera, lens, focal.source)


def _height(facts: FrameFacts, options: FlightOptions) -> float | None:
    """As a person said, as written, or by the laser to the middle of the frame."""
    if options.height_m is not None:
        return options.height_m
    if facts.relative_height_m is not None:
        return facts.relative_height_m
    if facts.laser_m is not None and facts.gimbal_pitch is not None:
        return float(facts.laser_m * abs(np.sin(np.radians(facts.gimbal_pitch))))
    return None


def _pitch(facts: FrameFacts) -> float:
    return _NADIR if facts.gimbal_pitch is None else facts.gimbal_pitch


def _one_camera(
    frames: Sequence[SurveyedFrame],
    usable: list[int],
    lenses: dict[int, tuple[str, Lens, str]],
    options: FlightOptions,
    out: list[LeftOut],
) -> tuple[list[int], str]:
    """The camera of most frames, or the one that was asked for; a zoom is another camera."""
    keys = {n: (lenses[n][0], lenses[n][1]) for n in usable}
    counted = Counter(keys.values())
    if options.camera:
        wanted = options.camera.casefold()
        counted = Counter({k: c for k, c in counted.items() if k[0].casefold() == wanted})
        if not counted:
            there = ", ".join(sorted({lenses[n][0] for n in usable})) or "–"
            raise ParameterError(
                tr("No frame was taken with the camera {camera}").format(camera=options.camera),
                hint=tr("There are: {cameras}").format(cameras=there),
            )
    if not counted:
        return [], ""
    chosen = counted.most_common(1)[0][0]
    for n in usable:
        if keys[n] != chosen:
            words = tr("taken with another camera or zoom ({camera}, {focal:.0f} px)")
            text = words.format(camera=keys[n][0], focal=keys[n][1].focal_px)
            out.append(LeftOut(frames[n].path, "other_camera", text))
    return [n for n in usable if keys[n] == chosen], chosen[0]


def _near(
    frames: Sequence[SurveyedFrame],
    usable: list[int],
    options: FlightOptions,
    out: list[LeftOut],
) -> list[int]:
    """Without the frames whose position cannot be."""
    if not usable:
        return usable
    places = np.array([_lon_lat(frames[n].facts, options) for n in usable])
    middle = np.median(places, axis=0)
    off = (places - middle) * [np.cos(np.radians(middle[1])) * 111.32, 110.75]
    far = np.hypot(*off.T)
    for n, distance in zip(usable, far, strict=True):
        if distance > _FAR_KM:
            words = tr("{distance:.0f} km from the rest of the flight")
            out.append(LeftOut(frames[n].path, "far_away", words.format(distance=distance)))
    return [n for n, distance in zip(usable, far, strict=True) if distance <= _FAR_KM]


def _lon_lat(facts: FrameFacts, options: FlightOptions) -> tuple[float, float]:
    place = facts.position(options.position)
    return (place.longitude, place.latitude) if place else (float("nan"), float("nan"))


def _utm(frames: Sequence[SurveyedFrame], options: FlightOptions) -> str:
    """The UTM zone of WGS 84, the system that positions are written in."""
    places = np.array([_lon_lat(frame.facts, options) for frame in frames])
    longitude, latitude = np.median(places, axis=0)
    return utm_of(float(longitude), float(latitude))


def utm_of(longitude: float, latitude: float) -> str:
    """The UTM zone of WGS 84 at a place."""
    zone = int((longitude + 180) // 6) % 60 + 1
    return f"EPSG:{(32600 if latitude >= 0 else 32700) + zone}"


def _poses(
    frames: Sequence[SurveyedFrame], crs: str, options: FlightOptions
) -> tuple[Poses, Floats]:
    """Yaw is turned from true north to the north of the system (meridian convergence)."""
    from pyproj import Transformer
    from pyproj.exceptions import ProjError

    places = np.array([_lon_lat(frame.facts, options) for frame in frames])
    try:
        transformer = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
        if not transformer.target_crs or not transformer.target_crs.is_projected:
            raise ParameterError(
                tr("{crs} is no plane system in metres").format(crs=crs),
                hint=tr("Choose a projected system, such as the zone of the project."),
            )
        x, y = transformer.transform(*places.T)
        north_x, north_y = transformer.transform(places[:, 0], places[:, 1] + 1e-4)
    except ProjError as error:
        raise ParameterError(
            tr("{crs} is not known as a coordinate system").format(crs=crs),
            hint=tr("Write it as a code such as EPSG:4547, or leave it away: {reason}").format(
                reason=error
            ),
        ) from error
    turned = np.degrees(np.arctan2(north_x - x, north_y - y))
    track = np.degrees(np.arctan2(np.gradient(x), np.gradient(y))) if len(x) > 1 else np.zeros(1)
    rows, flight = [], []
    for n, frame in enumerate(frames):
        facts = frame.facts
        heading = float("nan") if facts.flight_yaw is None else facts.flight_yaw + turned[n]
        yaw = facts.gimbal_yaw
        if yaw is None:
            yaw = facts.flight_yaw if facts.flight_yaw is not None else float(track[n] - turned[n])
        pose = Pose(
            float(x[n]) + options.shift_m[0],
            float(y[n]) + options.shift_m[1],
            float(_height(facts, options) or 0.0),
            wrapped(yaw + turned[n]),
            _pitch(facts),
            facts.gimbal_roll or 0.0,
        )
        rows.append(upright(pose))
        flight.append(heading)
    if not all(isfinite(value) for pose in rows for value in (pose.x, pose.y)):
        raise ParameterError(
            tr("{crs} does not reach to where the flight was").format(crs=crs),
            hint=tr("Leave the system away: then the UTM zone of the flight is used."),
        )
    return Poses.of(rows), np.array(flight)


def _on_model(poses: Poses, heights: Heights, options: FlightOptions) -> tuple[Poses, Floats]:
    """Heights above the take-off become heights of the model; the take-off is below the first."""
    level = heights(poses.xyz[:, 0], poses.xyz[:, 1])
    known = np.isfinite(level)
    takeoff = options.takeoff_m
    if takeoff is None:
        if not known.any():
            raise ReadError(
                tr("The elevation model has no heights where the flight was"),
                hint=tr("Choose a model of that place, or go on with flat ground."),
            )
        takeoff = float(level[known][0])
    xyz = poses.xyz.copy()
    xyz[:, 2] += takeoff
    return Poses(xyz, poses.angles), np.where(known, level, takeoff)


def _reasons(frames: Sequence[SurveyedFrame], out: Sequence[LeftOut]) -> str:
    """The commonest reason, with one file as an example, and what can be done about it."""
    if not out:
        return ""
    verdict, count = Counter(one.verdict for one in out).most_common(1)[0]
    example = next(one for one in out if one.verdict == verdict)
    name = example.file.replace("\\", "/").rsplit("/", 1)[-1]
    found = tr("{n} of {all} frames, such as {file}: {why}").format(
        n=count, all=len(frames), file=name, why=example.message
    )
    advice = _advice(verdict)
    return f"{found}. {advice}" if advice else found


def _advice(verdict: FrameVerdict) -> str:
    if verdict == "no_position":
        return tr(
            "Take the files from the camera's card: messengers and editors of pictures remove "
            "the position. Single frames of a hand-held camera can be added as photos instead."
        )
    if verdict == "no_height":
        return tr("Give the height above ground and try again.")
    if verdict == "no_focal_length":
        return tr("Only cameras whose lens is known can be laid on the map.")
    return ""


def with_pose(placed: Placed, poses: Poses, lens: Lens) -> Placed:
    """The same frames at other places."""
    return replace(placed, poses=poses, lens=lens)

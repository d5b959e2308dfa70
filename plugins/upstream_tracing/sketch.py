"""A small drawing of the upstream rivers and what lies on them, for the report."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

import numpy as np

from gisapp.api import FeatureSet, is_geographic

from .rivers import prepare
from .trace import Role, Trace

WIDTH, HEIGHT, MARGIN = 900.0, 520.0, 18.0
FINEST = 0.6  # pixels; vertices nearer to each other are left out
MOST = 4_000  # lines; of a larger basin the reaches nearest to the start are drawn
COLOURS: dict[Role, str] = {"sources": "#7c5c46", "outfalls": "#c2410c", "stations": "#0f5fa8",
                           "candidates": "#e07b00", "zones": "#0f766e"}  # fmt: skip


def sketch(trace: Trace, rivers: FeatureSet) -> str:
    """An SVG drawing, north up, or an empty text when there is nothing to draw."""
    shapes = rivers.shapes_in(rivers.crs)
    number = {str(fid): i for i, fid in enumerate(rivers.ids.tolist())}
    wanted = [number[r.feature] for r in trace.reaches[:MOST] if r.feature in number]
    parts = np.flatnonzero(np.isin(shapes.owner, wanted))
    if not len(parts):
        return ""
    box = shapes.boxes[parts]
    low, high = box[:, :2].min(axis=0), box[:, 2:].max(axis=0)
    flat = np.array([np.cos(np.radians((low[1] + high[1]) / 2)), 1.0])
    stretch = flat if is_geographic(rivers.crs) else np.ones(2)
    room = np.array([WIDTH - 2 * MARGIN, HEIGHT - 2 * MARGIN])
    scale = float((room / np.maximum((high - low) * stretch, 1e-9)).min())
    used = (high - low) * stretch * scale
    size = used + 2 * MARGIN

    def to_page(points: np.ndarray) -> np.ndarray:
        x = (points[:, 0] - low[0]) * stretch[0] * scale + MARGIN
        y = size[1] - MARGIN - (points[:, 1] - low[1]) * stretch[1] * scale
        return np.column_stack([x, y])

    lines = [
        f'<svg viewBox="0 0 {size[0]:.0f} {size[1]:.0f}" role="img">',
        f"<title>{escape(trace.headline)}</title>",
        '<g fill="none" stroke="#2596d1" stroke-width="1.2" stroke-linejoin="round">',
    ]
    for part in parts.tolist():
        at = to_page(shapes.coords[shapes.starts[part] : shapes.starts[part + 1]])
        lines.append(f'<path d="M{_path(at)}"/>')
    lines.append("</g>")
    lines += _marks(trace, rivers, to_page)
    return "\n".join([*lines, "</svg>"])


def _path(at: np.ndarray) -> str:
    kept = [at[0]]
    for point in at[1:-1]:
        if np.abs(point - kept[-1]).max() > FINEST:
            kept.append(point)
    kept.append(at[-1])
    return "L".join(f"{x:.1f} {y:.1f}" for x, y in kept)


def _marks(trace: Trace, rivers: FeatureSet, to_page: object) -> Iterator[str]:
    """Circles with a title each; the start as a ring."""
    assert callable(to_page)
    net = prepare(rivers)
    for role, colour in COLOURS.items():
        for found in (one for one in trace.found if one.role == role):
            reach = net.keys.get(found.reach)
            at = None if reach is None else net.lines.point_at(reach, found.measure_m)
            if at is None:
                continue
            x, y = to_page(np.array([at]))[0]
            radius = 5 if role == "stations" else 3
            yield (
                f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}" fill="{colour}" stroke="#fff">'
                f"<title>{escape(f'{found.id} {found.title}')}</title></circle>"
            )
    if trace.start.place is not None:
        x, y = to_page(np.array([trace.start.place]))[0]
        yield (
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="8" fill="none" stroke="#dc2626" '
            'stroke-width="2.5"/>'
        )

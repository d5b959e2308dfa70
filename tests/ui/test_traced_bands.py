"""Colours of travel time keep their distance: from rivers, from the ground, from each other."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from gisapp.app.layer_import import COLOURS
from gisapp.model.style import LineStyle
from gisapp.ui.theme import DARK, LIGHT
from gisapp.ui.traced_bands import COLORS

Values = npt.NDArray[np.float64]
RIVERS = (LineStyle().color, COLOURS[0])
GROUNDS = (LIGHT.canvas, DARK.canvas, "#ffffff")
# Machado, Oliveira and Fernandes 2009, full strength, for linear RGB
SEEN = {
    "as most people do": np.eye(3),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
}
XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)


def lab(colors: tuple[str, ...], seen: Values) -> Values:
    """CIELAB (D65) of colours as somebody sees them."""
    rgb = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in colors]) / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    xyz = np.clip(linear @ seen.T, 0, 1) @ XYZ.T / XYZ.sum(axis=1)
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    x, y, z = np.moveaxis(f, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def apart(one: Values, other: Values) -> Values:
    """CIEDE2000 (Sharma, Wu and Dalal 2005)."""
    light1, a1, b1 = np.moveaxis(one, -1, 0)
    light2, a2, b2 = np.moveaxis(other, -1, 0)
    c7 = ((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2) ** 7
    grey = 1.5 - 0.5 * np.sqrt(c7 / (c7 + 25.0**7))
    chroma1, chroma2 = np.hypot(a1 * grey, b1), np.hypot(a2 * grey, b2)
    hue1, hue2 = np.degrees(np.arctan2(b1, a1 * grey)), np.degrees(np.arctan2(b2, a2 * grey))
    turn = (hue2 - hue1 + 180) % 360 - 180
    light, chroma = (light1 + light2) / 2, (chroma1 + chroma2) / 2
    hue = hue1 + turn / 2

    def cos(times: int, shift: float) -> Values:
        return np.cos(np.radians(times * hue + shift))

    t = 1 - 0.17 * cos(1, -30) + 0.24 * cos(2, 0) + 0.32 * cos(3, 6) - 0.2 * cos(4, -63)
    by_light = 1 + 0.015 * (light - 50) ** 2 / np.sqrt(20 + (light - 50) ** 2)
    d_light = (light2 - light1) / by_light
    d_chroma = (chroma2 - chroma1) / (1 + 0.045 * chroma)
    d_hue = 2 * np.sqrt(chroma1 * chroma2) * np.sin(np.radians(turn / 2))
    d_hue = d_hue / (1 + 0.015 * chroma * t)
    blue = np.exp(-((((hue % 360) - 275) / 25) ** 2))
    both = -np.sin(np.radians(60 * blue)) * 2 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7))
    return np.sqrt(d_light**2 + d_chroma**2 + d_hue**2 + both * d_chroma * d_hue)


@pytest.mark.parametrize(
    ("one", "other", "difference"),
    [  # pairs 1, 7, 17 and 25 of the published test data
        ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
        ((50.0, 0.0, 0.0), (50.0, -1.0, 2.0), 2.3669),
        ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ],
)
def test_the_measure_is_the_published_one(one, other, difference):
    assert apart(np.array(one), np.array(other)) == pytest.approx(difference, abs=1e-4)


@pytest.mark.parametrize("seen", SEEN.values(), ids=SEEN.keys())
def test_no_band_is_near_the_blue_of_rivers_or_the_ground(seen):
    bands = lab(COLORS, seen)[:, None]
    assert apart(bands, lab(RIVERS, seen)[None]).min() > 20
    assert apart(bands, lab(GROUNDS, seen)[None]).min() > 15


@pytest.mark.parametrize("seen", SEEN.values(), ids=SEEN.keys())
def test_bands_differ_from_each_other_and_are_lighter_the_farther_they_are(seen):
    bands = lab(COLORS, seen)
    assert apart(bands[1:], bands[:-1]).min() > 8
    assert (np.diff(lab(COLORS, np.eye(3))[:, 0]) > 5).all()

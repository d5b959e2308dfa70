"""Reading colours written as #RRGGBB or #RRGGBBAA."""

from __future__ import annotations

from functools import lru_cache


@lru_cache(maxsize=512)
def rgba(color: str) -> tuple[int, int, int, int]:
    """Red, green, blue and alpha, 0 to 255."""
    digits = color.lstrip("#")
    red, green, blue = (int(digits[i : i + 2], 16) for i in (0, 2, 4))
    return red, green, blue, int(digits[6:8], 16) if len(digits) == 8 else 255


def lightness(color: str) -> float:
    """0 (black) to 1 (white) as the eye sees it (Rec. 709 weights on the values as they are)."""
    red, green, blue, _ = rgba(color)
    return (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255


def darker(color: str) -> str:
    """The same hue, dark enough for text on white; without transparency."""
    red, green, blue, _ = rgba(color)
    share = min(1.0, 0.26 / max(lightness(color), 0.01))
    return f"#{round(red * share):02x}{round(green * share):02x}{round(blue * share):02x}"


def lighter(color: str) -> str:
    """The same hue, light enough for text on black; without transparency."""
    red, green, blue, _ = rgba(color)
    now = lightness(color)
    share = max(0.0, (0.88 - now) / max(1 - now, 0.01))
    mixed = (round(part + (255 - part) * share) for part in (red, green, blue))
    return "#" + "".join(f"{part:02x}" for part in mixed)


@lru_cache(maxsize=512)
def packed(color: str) -> int:
    """One premultiplied pixel as it lies in memory (RGBA, little-endian)."""
    red, green, blue, alpha = rgba(color)
    red, green, blue = (round(part * alpha / 255) for part in (red, green, blue))
    return red | green << 8 | blue << 16 | alpha << 24

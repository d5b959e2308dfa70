"""Where the map is looked at from. A value: moving it makes a new one."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from gisapp.model.crs import CGCS2000, Coordinates, metres_per_unit
from gisapp.model.geometry import Extent, Pixel, PixelGrid, Point, Size

FARTHEST = 1e12  # map units from the origin; no system has places beyond


@dataclass(frozen=True, slots=True)
class Camera:
    center: Point
    resolution: float  # map units per pixel
    size: Size  # in pixels of the picture (device pixels on a screen)
    crs: str = CGCS2000  # of the map coordinates
    pixel_ratio: float = 1.0  # device pixels for one pixel of a style
    rotation: float = 0.0  # degrees the map is turned clockwise; 0: north is up

    @classmethod
    def fit(
        cls,
        extent: Extent,
        size: Size,
        crs: str = CGCS2000,
        margin: float = 1.1,
        pixel_ratio: float = 1.0,
    ) -> Camera:
        """Sees the whole extent (map units of `crs`); a point gets a view of about 400 m."""
        resolution = margin * max(extent.width / size.width, extent.height / size.height)
        if resolution <= 0:
            resolution = 400 / metres_per_unit(crs, extent.center) / size.width
        return cls(extent.center, resolution, size, crs, pixel_ratio)

    @property
    def is_sound(self) -> bool:
        """Whether there is anything to look at from there: numbers that a map can have."""
        x, y = self.center
        known = all(map(math.isfinite, (x, y, self.resolution, self.rotation)))
        return known and max(abs(x), abs(y)) < FARTHEST and 1e-12 < self.resolution < 1e9

    @property
    def extent(self) -> Extent:
        """What is seen; of a turned map the smallest upright rectangle around it."""
        cos, sin = (abs(part) for part in self._turn)
        width, height = self.size
        dx = (width * cos + height * sin) / 2 * self.resolution
        dy = (width * sin + height * cos) / 2 * self.resolution
        x, y = self.center
        return Extent(x - dx, y - dy, x + dx, y + dy)

    @property
    def _turn(self) -> tuple[float, float]:
        """Cosine and sine of the rotation, exact for quarter turns."""
        if not self.rotation:
            return 1.0, 0.0
        angle = math.radians(self.rotation)
        return math.cos(angle), math.sin(angle)

    @property
    def grid(self) -> PixelGrid:
        """Where the pixels of the picture lie on the map."""
        cos, sin = self._turn
        step = self.resolution
        across, down = (step * cos, step * sin), (step * sin, -step * cos)
        return PixelGrid(self.to_map(Pixel(0, 0)), across, down, self.size, self.crs)

    @property
    def affine(self) -> tuple[float, float, float, float, float, float]:
        """(a, b, c, d, e, f): a place (x, y) is at pixel (a x + b y + c, d x + e y + f).

        c and f are large where coordinates are: subtract an origin near the view from both the
        coordinates and the camera where the kernel calculates in less than double precision.
        """
        cos, sin = self._turn
        k = 1 / self.resolution
        x, y = self.center
        a, b, d, e = cos * k, sin * k, sin * k, -cos * k
        width, height = self.size
        return a, b, width / 2 - a * x - b * y, d, e, height / 2 - d * x - e * y

    def to_map(self, pixel: Pixel) -> Point:
        cos, sin = self._turn
        right = (pixel.x - self.size.width / 2) * self.resolution
        down = (pixel.y - self.size.height / 2) * self.resolution
        return Point(
            self.center.x + right * cos + down * sin, self.center.y + right * sin - down * cos
        )

    def to_screen(self, point: Point) -> Pixel:
        cos, sin = self._turn
        east = (point.x - self.center.x) / self.resolution
        north = (point.y - self.center.y) / self.resolution
        width, height = self.size
        return Pixel(east * cos + north * sin + width / 2, east * sin - north * cos + height / 2)

    def to_pixels(self, points: Coordinates) -> Coordinates:
        """Many points at once: map in, screen out (n x 2)."""
        middle = np.divide(self.size, 2)
        flat = (points - self.center) / self.resolution
        if not self.rotation:
            return flat * (1, -1) + middle
        cos, sin = self._turn
        turned: Coordinates = flat @ np.array([[cos, sin], [sin, -cos]]) + middle
        return turned

    def panned(self, dx: float, dy: float) -> Camera:
        """Dragged by so many pixels."""
        middle = Pixel(self.size.width / 2 - dx, self.size.height / 2 - dy)
        return replace(self, center=self.to_map(middle))

    def turned(self, rotation: float, around: Pixel | None = None) -> Camera:
        """Turned so many degrees clockwise from north up; the pixel given stays where it is."""
        middle = Pixel(self.size.width / 2, self.size.height / 2)
        fixed = self.to_map(around or middle)
        turned = replace(self, rotation=rotation % 360)
        moved = turned.to_map(around or middle)
        center = Point(self.center.x + fixed.x - moved.x, self.center.y + fixed.y - moved.y)
        return replace(turned, center=center)

    def zoomed(self, factor: float, around: Pixel) -> Camera:
        """Closer (factor > 1) or farther, keeping the place under the pointer still."""
        fixed = self.to_map(around)
        zoomed = replace(self, resolution=self.resolution / factor)
        moved = zoomed.to_map(around)
        center = Point(self.center.x + fixed.x - moved.x, self.center.y + fixed.y - moved.y)
        return replace(zoomed, center=center)

    def part(self, left: int, top: int, width: int, height: int) -> Camera:
        """Looks at a rectangle of this picture's pixels, at the same resolution."""
        center = self.to_map(Pixel(left + width / 2, top + height / 2))
        return replace(self, center=center, size=Size(width, height))

    def resized(self, size: Size, pixel_ratio: float) -> Camera:
        """The same centre and scale on the ground in a picture of another size."""
        resolution = self.resolution * self.pixel_ratio / pixel_ratio
        return replace(self, size=size, resolution=resolution, pixel_ratio=pixel_ratio)

    @property
    def scale(self) -> float:
        """The number n of 1:n at the centre, on a screen of 96 pixels an inch."""
        ground = self.resolution * self.pixel_ratio * metres_per_unit(self.crs, self.center)
        return ground / (0.0254 / 96)

    def at_scale(self, scale: float) -> Camera:
        return replace(self, resolution=self.resolution * scale / self.scale)

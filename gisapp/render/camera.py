"""Where the map is looked at from. A value: moving it makes a new one."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from gisapp.model.crs import CGCS2000, Coordinates, metres_per_unit
from gisapp.model.geometry import Extent, Pixel, Point, Size


@dataclass(frozen=True, slots=True)
class Camera:
    center: Point
    resolution: float  # map units per pixel
    size: Size  # in pixels of the picture (device pixels on a screen)
    crs: str = CGCS2000  # of the map coordinates
    pixel_ratio: float = 1.0  # device pixels for one pixel of a style

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
    def extent(self) -> Extent:
        dx = self.size.width / 2 * self.resolution
        dy = self.size.height / 2 * self.resolution
        x, y = self.center
        return Extent(x - dx, y - dy, x + dx, y + dy)

    def to_map(self, pixel: Pixel) -> Point:
        return Point(
            self.center.x + (pixel.x - self.size.width / 2) * self.resolution,
            self.center.y - (pixel.y - self.size.height / 2) * self.resolution,
        )

    def to_screen(self, point: Point) -> Pixel:
        return Pixel(
            (point.x - self.center.x) / self.resolution + self.size.width / 2,
            (self.center.y - point.y) / self.resolution + self.size.height / 2,
        )

    def to_pixels(self, points: Coordinates) -> Coordinates:
        """Many points at once: map in, screen out."""
        middle = np.divide(self.size, 2)
        return (points - self.center) / self.resolution * (1, -1) + middle

    def panned(self, dx: float, dy: float) -> Camera:
        """Dragged by so many pixels."""
        x, y = self.center
        center = Point(x - dx * self.resolution, y + dy * self.resolution)
        return replace(self, center=center)

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

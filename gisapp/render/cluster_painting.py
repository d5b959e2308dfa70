"""Points of a layer with clusters: the single ones as they look, the others as discs."""

from __future__ import annotations

from gisapp.model.features import FeatureSet
from gisapp.model.style import PointStyle
from gisapp.render.camera import Camera
from gisapp.render.canvas import Canvas
from gisapp.render.clusters import clusters_in, draw_clusters
from gisapp.render.looks import point_looks


def paint_clustered(style: PointStyle, data: FeatureSet, camera: Camera, canvas: Canvas) -> None:
    """Clusters lie over the single points around them."""
    clusters = clusters_in(data, style, camera)
    if len(clusters.rows):
        number, looks = point_looks(style, data)
        mine, at = number[clusters.rows], camera.to_pixels(clusters.at)
        for look in reversed(range(len(looks))):
            places = at[mine == look]
            if len(places):
                canvas.symbols(places, *looks[look], style.size * camera.pixel_ratio)
    if len(clusters):
        draw_clusters(clusters, style, camera, canvas)

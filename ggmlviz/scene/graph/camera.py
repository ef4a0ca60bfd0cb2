"""What part of a graph's layout is in view, and how large."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

SMALLEST, LARGEST = 0.0005, 4.0
READABLE = 0.62  # a zoom at which labels still are
EDGE = 12.0  # pixels left free around what is shown
FOOT = 34.0  # and below it, where the legend is


@dataclass(frozen=True)
class Camera:
    zoom: float = 1.0
    left: float = 0.0  # what of the layout is at the left edge of the view
    top: float = 0.0

    def boxes(self, boxes: np.ndarray) -> np.ndarray:
        """Places of the layout, pairs of x and y, in pixels."""
        corner = np.tile([self.left, self.top], boxes.shape[1] // 2)
        return ((boxes - corner) * self.zoom).astype(np.float32)

    def place(self, x: float, y: float) -> tuple[float, float]:
        """What of the layout is at this pixel."""
        return self.left + x / self.zoom, self.top + y / self.zoom

    def seen(self, width: float, height: float) -> tuple[float, float, float, float]:
        return self.left, self.top, self.left + width / self.zoom, self.top + height / self.zoom

    def panned(self, x: float, y: float) -> Camera:
        """By pixels, as the mouse drags."""
        return replace(self, left=self.left - x / self.zoom, top=self.top - y / self.zoom)

    def zoomed(self, factor: float, x: float, y: float) -> Camera:
        """What is at this pixel stays there."""
        zoom = min(max(self.zoom * factor, SMALLEST), LARGEST)
        at_x, at_y = self.place(x, y)
        return Camera(zoom, at_x - x / zoom, at_y - y / zoom)

    def holding(self, before: tuple[float, float], after: tuple[float, float]) -> Camera:
        """For a new layout in which something has moved: it stays where it is seen."""
        return replace(self, left=self.left + after[0] - before[0], top=self.top + after[1] - before[1])


def fit(box: tuple[float, float, float, float], width: float, height: float, largest: float = 1.0) -> Camera:
    """All of it, in the middle."""
    wide, high = max(box[2] - box[0], 1.0), max(box[3] - box[1], 1.0)
    zoom = min((width - 2 * EDGE) / wide, (height - EDGE - FOOT) / high, largest)
    zoom = max(zoom, SMALLEST)
    middle = (height - FOOT + EDGE) / 2
    return Camera(zoom, (box[0] + box[2] - width / zoom) / 2, (box[1] + box[3]) / 2 - middle / zoom)


def showing(
    camera: Camera, box: tuple[float, float, float, float], width: float, height: float, scale: float = 1.0
) -> Camera:
    """Unchanged if the box is in view and can be read, else moved so that it is in the middle."""
    left, top, right, bottom = camera.seen(width, height)
    inside = left <= box[0] and box[2] <= right and top <= box[1] and box[3] <= bottom
    if inside and camera.zoom >= READABLE * scale / 2:
        return camera
    zoom = max(camera.zoom, READABLE * scale)
    return Camera(zoom, (box[0] + box[2] - width / zoom) / 2, (box[1] + box[3] - height / zoom) / 2)


def first_view(
    width: float, height: float, of_width: float, of_height: float, scale: float = 1.0, first: float | None = None
) -> Camera:
    """All of it if that can be read; else its top, as large as can be read, with what is at `first` across in the
    middle. `scale` is that of the display."""
    camera = fit((0, 0, of_width, of_height), width, height, scale)
    if camera.zoom >= READABLE * scale:
        return camera
    zoom = min(max((width - 2 * EDGE) / of_width, READABLE * scale), scale)
    out_of_sight = of_width + 2 * EDGE / zoom - width / zoom
    if first is None or out_of_sight <= 0:
        return Camera(zoom, (of_width - width / zoom) / 2, -EDGE / zoom)
    left = first - width / zoom / 2
    return Camera(zoom, min(max(left, -EDGE / zoom), out_of_sight - EDGE / zoom), -EDGE / zoom)

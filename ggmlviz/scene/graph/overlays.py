"""What lies over a graph and does not move with it: minimap and a word on what is shown."""

from __future__ import annotations

import numpy as np

from ggmlviz.analysis.graph.layout import GraphLayout
from ggmlviz.scene.drawing import Raster, Rectangles, Shape, colours
from ggmlviz.scene.graph.boxes import NO_PIXELS, LayoutBoxes
from ggmlviz.scene.graph.camera import Camera
from ggmlviz.scene.graph.raster import painted
from ggmlviz.scene.graph.writing import Writing
from ggmlviz.scene.lettering import shortened, text_width
from ggmlviz.scene.palette import Theme, mixed

LETTERS, MARGIN = 12.0, 8.0
SMALLEST_VIEW = 160  # with a map in it


def banner(text: str, width: int, theme: Theme, scale: float) -> tuple[Shape, ...]:
    letters = LETTERS * scale
    words = shortened(text, width - 4 * MARGIN * scale, letters)
    wide, high = text_width(words, letters) + 16 * scale, 22 * scale
    left = (width - wide) / 2
    box = np.array([[left, 6, left + wide, 6 + high]] if words else [], np.float32).reshape(-1, 4)
    writing = Writing(letters, "centre")
    writing.add(width / 2, 6 + high / 2, words, theme.text)
    return Rectangles(box, colours(theme.raised, len(box)), colours(theme.accent, len(box)), 4.0), writing.shape()


class Minimap:
    """All of a layout at the bottom right, squeezed if it is very long, while less than all is in view."""

    WIDEST, HIGHEST, NARROWEST = 110.0, 190.0, 18.0  # pixels
    PART = 0.3  # of the view, at most

    def __init__(self, layout: GraphLayout, boxes: LayoutBoxes, theme: Theme):
        self._layout, self._boxes, self._theme = layout, boxes, theme
        self._pixels: dict[tuple[int, int], np.ndarray] = {}

    def _size(self, width: int, height: int) -> tuple[int, int]:
        layout = self._layout
        wide, high = min(self.WIDEST, width * self.PART), min(self.HIGHEST, height * self.PART)
        zoom = min(wide / layout.width, high / layout.height)
        return round(max(layout.width * zoom, self.NARROWEST)), round(max(layout.height * zoom, self.NARROWEST))

    def _painted(self, width: int, height: int) -> np.ndarray:
        """Frames first, so that boxes are seen on them."""
        if (width, height) not in self._pixels:
            layout = self._layout
            scale = np.array([width / layout.width, height / layout.height] * 2)
            back = np.array(mixed(self._theme.panel, self._theme.raised, 0.7), np.uint8)
            pixels = np.tile(back, (height, width, 1))
            for boxes, fill in (
                (layout.frame_boxes, colours(self._theme.line, len(layout.frames))),
                (self._boxes.boxes, self._boxes.colours),
            ):
                over = painted(boxes * scale, fill, width, height)
                pixels = np.where(over[..., 3:] > 0, over, pixels)
            self._pixels = {(width, height): pixels}
        return self._pixels[width, height]

    def beside(self, camera: Camera, width: int, height: int) -> float:
        """Pixels from the left edge of the view that it leaves."""
        return self.box(width, height)[0] if self.is_of_use(camera, width, height) else width

    def box(self, width: int, height: int) -> tuple[float, float, float, float]:
        wide, high = self._size(width, height)
        return width - MARGIN - wide, height - MARGIN - high, width - MARGIN, height - MARGIN

    def is_of_use(self, camera: Camera, width: int, height: int) -> bool:
        left, top, right, bottom = camera.seen(width, height)
        whole = left <= 0 and top <= 0 and right >= self._layout.width and bottom >= self._layout.height
        return not whole and min(width, height) >= SMALLEST_VIEW

    def place(self, x: float, y: float, width: int, height: int) -> tuple[float, float] | None:
        """What of the layout is at this pixel of the view, if that is on the map."""
        left, top, right, bottom = self.box(width, height)
        if not (left <= x < right and top <= y < bottom):
            return None
        part_x, part_y = (x - left) / (right - left), (y - top) / (bottom - top)
        return part_x * self._layout.width, part_y * self._layout.height

    def shapes(self, camera: Camera, width: int, height: int) -> tuple[Shape, ...]:
        if not self.is_of_use(camera, width, height):
            empty = Rectangles(np.empty((0, 4), np.float32), np.empty((0, 4), np.uint8))
            return NO_PIXELS, empty
        left, top, right, bottom = self.box(width, height)
        scale = np.array([(right - left) / self._layout.width, (bottom - top) / self._layout.height] * 2)
        seen = np.clip(np.array(camera.seen(width, height)) * scale, 0, [right - left, bottom - top] * 2)
        seen += np.array([left, top, left, top])
        seen[2:] = np.maximum(seen[2:], seen[:2] + 3)
        boxes = np.array([(left - 1, top - 1, right + 1, bottom + 1), seen], np.float32)
        edges = np.array([self._theme.line, self._theme.accent], np.uint8)
        pixels = self._painted(*self._size(width, height))
        return Raster((left, top, right, bottom), pixels), Rectangles(boxes, np.zeros((2, 4), np.uint8), edges)

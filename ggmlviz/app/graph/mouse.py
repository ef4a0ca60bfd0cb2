"""What the mouse does to the graph: drag to move, wheel to zoom, click to select, double-click to open and close."""

from __future__ import annotations

from ggmlviz.app.graph.view import GraphView
from ggmlviz.app.panel import Mouse
from ggmlviz.scene.graph.camera import Camera
from ggmlviz.scene.graph.hits import Hit, hit
from ggmlviz.scene.graph.picture import Box

NOTCH = 1.18  # what a notch of the wheel makes larger
STILL = 4.0  # pixels that the mouse may move in a click


class GraphMouse:
    def __init__(self, view: GraphView):
        self._view = view
        self._dragged_from: Camera | None = None
        self._on_map = False
        self.titles: tuple[tuple[Box, int], ...] = ()  # of the picture that is shown

    def on(self, mouse: Mouse) -> None:
        if not self._view.ready:
            return
        if mouse.what == "press":
            self._dragged_from, self._on_map = self._view.eye.camera, self._to_map(mouse)
        elif mouse.what == "drag" and self._dragged_from:
            if self._on_map:
                self._to_map(mouse)
            elif self._moved(mouse):
                self._view.eye.camera = self._dragged_from.panned(mouse.x - mouse.from_x, mouse.y - mouse.from_y)
        elif mouse.what == "release":
            clicked = mouse.button == "left" and not self._on_map and not self._moved(mouse)
            self._dragged_from = None
            if clicked:
                self._click(mouse)
        elif mouse.what == "double" and mouse.button == "left":
            self._double(mouse)
        elif mouse.what == "wheel":
            self._view.eye.camera = self._view.eye.camera.zoomed(NOTCH**mouse.wheel, mouse.x, mouse.y)

    def under(self, x: float, y: float) -> Hit | None:
        """Titles lie over what is in their group."""
        for box, group in self.titles:
            if _inside(box, x, y):
                return Hit("frame", group)
        return hit(self._view.layouts.layout, self._view.eye.camera, x, y)

    def title_at(self, x: float, y: float) -> int | None:
        return next((group for box, group in self.titles if _inside(box, x, y)), None)

    def _click(self, mouse: Mouse) -> None:
        title, found = self.title_at(mouse.x, mouse.y), self.under(mouse.x, mouse.y)
        if title is not None:
            self._view.choice.toggle(title)
        elif found and found.what in ("node", "leaf"):
            self._view.select(found.number)
        else:
            self._view.group = found.number if found and found.what == "group" else None

    def _double(self, mouse: Mouse) -> None:
        found = self.under(mouse.x, mouse.y)
        if found and found.what in ("group", "frame") and self.title_at(mouse.x, mouse.y) is None:
            self._view.choice.toggle(found.number)

    def _to_map(self, mouse: Mouse) -> bool:
        """Whether the mouse is on the map, whose place then comes into the middle of the view."""
        view = self._view
        width, height = view.eye.size
        if not view.picture.minimap.is_of_use(view.eye.camera, width, height):
            return False
        place = view.picture.minimap.place(mouse.x, mouse.y, width, height)
        if place:
            zoom = view.eye.camera.zoom
            view.eye.camera = Camera(zoom, place[0] - width / zoom / 2, place[1] - height / zoom / 2)
        return place is not None

    @staticmethod
    def _moved(mouse: Mouse) -> bool:
        return max(abs(mouse.x - mouse.from_x), abs(mouse.y - mouse.from_y)) > STILL


def _inside(box: Box, x: float, y: float) -> bool:
    left, top, right, bottom = box
    return left <= x < right and top <= y < bottom

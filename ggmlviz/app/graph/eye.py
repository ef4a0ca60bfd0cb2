"""From where the graph is seen: what of its layout is in view, and what becomes of that when the panel changes."""

from __future__ import annotations

from ggmlviz.analysis.graph.layout import GraphLayout
from ggmlviz.app.graph.aim import Held, aimed
from ggmlviz.scene.graph.camera import Camera, first_view, fit, showing

Box = tuple[float, float, float, float]


class Eye:
    """`camera` is moved by whoever is asked to; `size` and `scale` are those of the panel."""

    def __init__(self) -> None:
        self.camera = Camera()
        self.size = (0, 0)
        self.scale = 1.0
        self._first: Camera | None = None  # how the graph was seen before anybody moved

    @property
    def seen(self) -> Box | None:
        """The part of the layout that is in view; None: the panel has not been looked at."""
        return self.camera.seen(*self.size) if all(self.size) else None

    def follow(self, layout: GraphLayout, size: tuple[int, int], scale: float) -> None:
        """What nobody has moved fits a panel of another size, too; else what is in the middle only gets larger."""
        if (size, scale) == (self.size, self.scale):
            return
        factor, (self.size, self.scale) = scale / self.scale, (size, scale)
        if self.camera == self._first:
            self._look(self._first_of(layout))
        elif factor != 1.0:
            self.camera = self.camera.zoomed(factor, size[0] / 2, size[1] / 2)

    def take(self, layout: GraphLayout, before: GraphLayout | None, held: Held | None) -> None:
        """A new layout."""
        first = self._first_of(layout)
        self.camera = aimed(self.camera, before, layout, held, first)
        if self.camera == first:
            self._look(first)

    def fit(self, layout: GraphLayout) -> None:
        self.camera = fit((0, 0, layout.width, layout.height), *self.size, self.scale)

    def show(self, box: Box) -> None:
        """Moves only if it is not in view."""
        self.camera = showing(self.camera, box, *self.size, self.scale)

    def _first_of(self, layout: GraphLayout) -> Camera:
        """With where the computing begins in the middle, if not all can be seen."""
        begin = float(layout.boxes[0][0] + layout.boxes[0][2]) / 2 if len(layout.boxes) else None
        return first_view(*self.size, layout.width, layout.height, self.scale, begin)

    def _look(self, camera: Camera) -> None:
        self.camera = self._first = camera

"""A lane of things that last: each a box of a colour, or its share of the time where they are too many for boxes."""

from __future__ import annotations

import numpy as np

from ggmlviz.analysis.level_of_detail import TimeOfKinds
from ggmlviz.analysis.time_range import TimeRange
from ggmlviz.scene.drawing import Shape
from ggmlviz.scene.timeline.boxes import boxes, labels
from ggmlviz.scene.timeline.frame import MOST_BOXES, Frame, Hit
from ggmlviz.scene.timeline.shares import stacked


class SpansLane:
    """They follow each other without overlap, in the order of time."""

    height = 20.0
    about = ""

    def __init__(self, key: str, begins: np.ndarray, ends: np.ndarray, kinds: np.ndarray, colours: np.ndarray):
        self.key = self.title = key
        self.begins, self.ends = np.ascontiguousarray(begins), np.ascontiguousarray(ends)
        self._kinds, self._colours = kinds.astype(np.uint8), colours
        self._times = TimeOfKinds(self.ends, self.ends - self.begins, self._kinds, len(colours))

    def texts(self, at: int) -> tuple[str, ...]:
        """What is written on a box, the longest first."""
        raise NotImplementedError

    def hit(self, at: int, span: TimeRange) -> Hit:
        raise NotImplementedError

    def shares(self, edges: np.ndarray) -> np.ndarray:
        """ns between the edges, of each kind."""
        return self._times.between(edges)

    def within(self, view: TimeRange) -> tuple[int, int]:
        low = int(np.searchsorted(self.ends, view.begin, "right"))
        return low, max(low, int(np.searchsorted(self.begins, view.end)))

    def draw(self, frame: Frame, top: float, bottom: float) -> list[Shape]:
        low, high = self.within(frame.look.view)
        if high - low > MOST_BOXES:
            box = (frame.left, top, frame.left + frame.columns, bottom)
            return [stacked(self.shares(frame.edges), frame.time.ns_per_pixel, self._colours, box)]
        begins, ends, fill = self.begins[low:high], self.ends[low:high], self._colours[self._kinds[low:high]]
        shapes = boxes(frame, begins, ends, fill, top, bottom)
        return shapes + labels(
            frame, begins, ends, fill, (top + bottom) / 2, lambda wide: map(self.texts, (wide + low).tolist())
        )

    def at(self, frame: Frame, x: float, part: float) -> Hit | None:
        at = int(np.searchsorted(self.ends, frame.time.time(x), "right"))
        if at >= len(self.ends) or self.begins[at] > frame.time.time(x + 1):
            return None
        return self.hit(at, TimeRange(int(self.begins[at]), int(self.ends[at])))

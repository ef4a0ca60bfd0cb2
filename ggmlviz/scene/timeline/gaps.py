"""Where rows are missing: hatched in the colour of loss, over all that is drawn there."""

from __future__ import annotations

import numpy as np

from ggmlviz.analysis.gaps import CAUSES, OPEN
from ggmlviz.analysis.time_range import TimeRange
from ggmlviz.scene.drawing import Lines, Rectangles, Shape, colours
from ggmlviz.scene.palette import LOST
from ggmlviz.scene.timeline.frame import Frame, Hit
from ggmlviz.scene.units import duration

NARROWEST = 3.0  # pixels, so that no loss is overlooked
STEP = 7.0  # pixels between the lines
MOST_LINES = 400


class Gaps:
    def __init__(self, gaps: np.ndarray):
        self.table = gaps

    def of(self, lane: int) -> np.ndarray:
        return self.table[self.table["lane"] == lane]

    def places(self, frame: Frame, gaps: np.ndarray) -> np.ndarray:
        """float [n, 2]: pixels from and to; those that touch are one."""
        view = frame.look.view
        seen = gaps[(gaps["end"] >= view.begin) & (gaps["begin"] <= view.end)]
        edges = np.stack([frame.inside(seen["begin"]), frame.inside(np.minimum(seen["end"], view.end))], axis=1)
        edges[:, 1] = np.maximum(edges[:, 1], edges[:, 0] + NARROWEST * frame.ui)
        if not len(edges):
            return edges
        edges = edges[np.argsort(edges[:, 0], kind="stable")]
        reach = np.maximum.accumulate(edges[:, 1])
        starts = np.flatnonzero(np.append(True, edges[1:, 0] > reach[:-1]))
        return np.stack([edges[starts, 0], reach[np.append(starts[1:], len(edges)) - 1]], axis=1)

    def draw(self, frame: Frame, gaps: np.ndarray, top: float, bottom: float) -> list[Shape]:
        places = self.places(frame, gaps)
        if not len(places):
            return []
        box = np.empty((len(places), 4), np.float32)
        box[:, 0], box[:, 2], box[:, 1], box[:, 3] = places[:, 0], places[:, 1], top, bottom
        fill, edge = colours((*LOST[:3], 70), len(box)), colours(LOST, len(box))
        shapes: list[Shape] = [Rectangles(box, fill, edge)]
        lines = [line for left, right in places.tolist() for line in hatch(left, right, top, bottom, STEP * frame.ui)]
        if lines:
            lines = lines[:MOST_LINES]
            shapes.append(Lines(np.array(lines, np.float32), colours(LOST, len(lines))))
        return shapes

    def at(self, frame: Frame, lane: int, x: float) -> Hit | None:
        for gap in self.of(lane):
            left = float(frame.time.x(np.int64(gap["begin"])))
            right = float("inf") if gap["end"] == OPEN else float(frame.time.x(np.int64(gap["end"])))
            if left <= x <= max(right, left + NARROWEST * frame.ui):
                return Hit("loss", f"lane {lane}", _card(gap), TimeRange(int(gap["begin"]), int(gap["end"])))
        return None


def _card(gap: np.void) -> str:
    lasted = "to the end" if gap["end"] == OPEN else f"over {duration(int(gap['end'] - gap['begin']))}"
    return f"{gap['rows']:,} rows {CAUSES[gap['cause']]} {lasted}\nwhat was going on here is not known"


def hatch(left: float, right: float, top: float, bottom: float, step: float):
    """Falling lines, cut at the edges of the box."""
    height = bottom - top
    for at in np.arange(left - height + step, right, step).tolist():
        from_x, to_x = max(at, left), min(at + height, right)
        if to_x > from_x:
            yield from_x, bottom - (from_x - at), to_x, bottom - (to_x - at)

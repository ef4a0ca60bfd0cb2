"""All of the trace in one strip, with the part that is in view."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ggmlviz.analysis.time_range import TimeRange
from ggmlviz.scene.drawing import Lines, Raster, Rectangles, Shape, colours
from ggmlviz.scene.palette import LOST
from ggmlviz.scene.time_scale import TimeScale
from ggmlviz.scene.timeline.frame import Frame
from ggmlviz.scene.timeline.gaps import Gaps
from ggmlviz.scene.timeline.runs import PHASE_COLOURS, RunsLane
from ggmlviz.scene.timeline.shares import stacked

NARROWEST = 4.0  # pixels of the window, so that it can be seen and held


class Minimap:
    def __init__(self, runs: list[RunsLane], gaps: Gaps):
        self._runs, self._gaps = runs, gaps
        self._picture: tuple[tuple, Raster] | None = None

    def scale(self, frame: Frame) -> TimeScale:
        return TimeScale(frame.look.whole, frame.left, frame.columns)

    def draw(self, frame: Frame, top: float, bottom: float) -> list[Shape]:
        theme, scale = frame.theme, self.scale(frame)
        left, right = self.window(frame)
        width = frame.look.width
        box = np.array([[0, top, width, bottom]], np.float32)
        shapes: list[Shape] = [
            Rectangles(box, colours(theme.raised, 1)),
            self._runs_picture(frame, top + 3, bottom - 3),
        ]
        shapes += self._marks(frame, scale, top, bottom)
        shade = [[frame.left, top, left, bottom], [right, top, frame.left + frame.columns, bottom]]
        shapes.append(Rectangles(np.array(shade, np.float32), colours((*theme.window[:3], 150), 2)))
        window = np.array([[left, top + 1, right, bottom - 1]], np.float32)
        shapes.append(Rectangles(window, np.zeros((1, 4), np.uint8), colours(theme.accent, 1)))
        return shapes

    def window(self, frame: Frame) -> tuple[float, float]:
        """Pixels that stand for the view."""
        view = frame.look.view
        left, right = self.scale(frame).x(np.array([view.begin, view.end])).tolist()
        middle, half = (left + right) / 2, max(right - left, NARROWEST) / 2
        return max(frame.left, middle - half), min(frame.left + frame.columns, middle + half)

    def _runs_picture(self, frame: Frame, top: float, bottom: float) -> Raster:
        """It changes with the size only."""
        key = frame.left, frame.columns, top, bottom, frame.look.whole
        if self._picture is None or self._picture[0] != key:
            whole = frame.look.whole
            length = whole.end - whole.begin
            edges = whole.begin + np.rint(np.arange(frame.columns + 1) * (length / frame.columns)).astype(np.int64)
            amounts = sum(lane.shares(edges) for lane in self._runs) if self._runs else np.zeros((frame.columns, 1))
            full = length / frame.columns * max(1, len(self._runs))
            box = (frame.left, top, frame.left + frame.columns, bottom)
            picture = stacked(amounts, full, PHASE_COLOURS[: amounts.shape[1]], box)
            self._picture = key, replace(picture, name="minimap")
        return self._picture[1]

    def _marks(self, frame: Frame, scale: TimeScale, top: float, bottom: float) -> list[Shape]:
        """Losses, the picked area, notes."""
        look, shapes = frame.look, []
        gaps = self._gaps.table
        if len(gaps):
            x = np.unique(np.clip(scale.x(gaps["begin"]), frame.left, frame.left + frame.columns - 2).astype(np.int64))
            box = np.stack([x, np.full(len(x), top), x + 3, np.full(len(x), bottom)], axis=1).astype(np.float32)
            shapes.append(Rectangles(box, colours(LOST, len(box))))
        if look.area is not None:
            left, right = scale.x(np.array(look.area)).tolist()
            box = np.array([[left, top, max(right, left + 2), bottom]], np.float32)
            shapes.append(Rectangles(box, colours((*frame.theme.accent[:3], 90), 1)))
        if look.notes:
            x = scale.x(np.array([note.time for note in look.notes]))
            ends = np.stack([x, np.full(len(x), top), x, np.full(len(x), bottom)], axis=1).astype(np.float32)
            shapes.append(Lines(ends, colours(frame.theme.accent, len(x)), 2.0))
        return shapes

    def time_at(self, frame: Frame, x: float) -> int:
        return self.scale(frame).time(x)

    def moved_to(self, frame: Frame, middle: int) -> TimeRange:
        """The view, as long as it is, around a moment."""
        half = (frame.look.view.end - frame.look.view.begin) // 2
        return TimeRange(middle - half, middle - half + frame.look.view.end - frame.look.view.begin)

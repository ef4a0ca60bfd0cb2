"""All runs of the range in a thin row, to scrub through: the selected one is lit."""

from __future__ import annotations

import numpy as np

from ggmlviz.scene.drawing import Rectangles, Shape, Texts, Triangles, colours
from ggmlviz.scene.opened import Opened
from ggmlviz.scene.palette import Theme, mixed
from ggmlviz.scene.time_scale import TimeScale

WIDE = 24.0  # pixels


def ruler_shapes(
    opened: Opened, times: TimeScale, top: float, bottom: float, selected: int | None, theme: Theme, scale: float
) -> list[Shape]:
    runs, begins = opened.trace.runs, opened.trace.run_begins
    inside = np.flatnonzero(begins < times.range.end)
    inside = inside[runs["end"][inside] > times.range.begin]
    left = np.clip(times.x(begins[inside]), times.left, None)
    right = np.clip(times.x(runs["end"][inside]), None, times.left + times.width)
    middle = (top + bottom) / 2
    title = Texts(np.array([[8 * scale, middle]], np.float32), ["RUNS"], colours(theme.text, 1), 12 * scale, bold=True)
    boxes = _merged(left, right, middle - 3 * scale, middle + 3 * scale)
    shapes: list[Shape] = [
        title,
        Rectangles(
            np.array([[times.left, middle - 0.5, times.left + times.width, middle + 0.5]], np.float32),
            colours(theme.line, 1),
        ),
        Rectangles(boxes, colours(mixed(theme.faint, theme.panel, 0.35), len(boxes))),
    ]
    if selected is not None:
        begin, end = times.x(np.array([runs["begin"][selected], runs["end"][selected]])).tolist()
        if end >= times.left and begin <= times.left + times.width:
            begin, end = max(begin, times.left), min(max(end, begin + 3 * scale), times.left + times.width)
            wide = end - begin > WIDE * scale  # of a run that is nearly all of the range a thin line tells as much
            box = np.array([[begin, middle - 3 * scale if wide else top, end, middle + 3 * scale if wide else bottom]])
            x = (begin + end) / 2
            tip = np.array([[x - 4 * scale, top - 2 * scale, x + 4 * scale, top - 2 * scale, x, top + 3 * scale]])
            shapes.append(Rectangles(box.astype(np.float32), colours(theme.accent, 1)))
            shapes.append(Triangles(tip.astype(np.float32), colours(theme.accent, 1)))
    return shapes


def _merged(left: np.ndarray, right: np.ndarray, top: float, bottom: float) -> np.ndarray:
    """Boxes; those less than a pixel apart are one, so that there are never more than pixels."""
    order = np.argsort(left, kind="stable")
    left, right = left[order], np.maximum.accumulate(right[order]) if len(right) else right
    new = np.concatenate([[True], left[1:] - right[:-1] >= 1.0]) if len(left) else np.empty(0, bool)
    first = np.flatnonzero(new)
    ends = np.maximum.reduceat(right, first) if len(first) else right
    starts = left[first]
    ends = np.maximum(ends, starts + 1)
    high = np.full((2, len(first)), [[top], [bottom]])
    return np.column_stack([starts, high[0], ends, high[1]]).astype(np.float32)


def run_at(opened: Opened, times: TimeScale, x: float) -> int | None:
    """The run that was on at this pixel, or that began last before it; the first one left of all."""
    order = opened.runs_by_time
    at = int(np.searchsorted(opened.begins_by_time, times.time(x), "right")) - 1
    return int(order[max(at, 0)]) if len(order) else None

"""The ruler above the lanes: moments since the trace began, as precise as the zoom."""

from __future__ import annotations

import math

import numpy as np

from ggmlviz.analysis.time_range import TimeRange
from ggmlviz.scene.drawing import Lines, Rectangles, Shape, Texts, colours
from ggmlviz.scene.lettering import text_width
from ggmlviz.scene.timeline.frame import Frame

APART = 104  # pixels between labels, at least, before scaling


def step_of(range: TimeRange, labels: float) -> int:
    """1, 2 or 5 times a power of ten ns, so that no more than so many fit into the range."""
    least = max(1.0, (range.end - range.begin) / max(1.0, labels))
    power = 10 ** math.floor(math.log10(least))
    return int(next(power * times for times in (1, 2, 5, 10) if power * times >= least))


def moment_text(time: int, step: int, whole: TimeRange) -> str:
    """In one unit for the whole trace, with the digits that the step needs."""
    unit, size = ("s", 9) if whole.end - whole.begin >= 2_000_000_000 else ("ms", 6)
    digits = max(0, size - int(math.log10(step)))
    return f"{time / 10**size:,.{digits}f} {unit}"


def ruler(frame: Frame, height: float, taken: list[tuple[float, float]]) -> list[Shape]:
    """`taken`: from where to where something else is written."""
    view, theme = frame.look.view, frame.theme
    step = step_of(view, frame.columns / (APART * frame.ui))
    times = np.arange(-(-view.begin // step) * step, view.end + 1, step, dtype=np.int64)
    x = frame.time.x(times)
    small = np.arange(-(-view.begin * 5 // step), view.end * 5 // step + 1) * (step / 5)
    texts = [moment_text(time, step, frame.look.whole) for time in times.tolist()]
    right = frame.left + frame.columns
    spans = [(place, place + 4 + text_width(text, frame.text)) for place, text in zip(x.tolist(), texts, strict=True)]
    free = [end <= right and not any(a < end and begin < b for a, b in taken) for begin, end in spans]
    kept = np.flatnonzero(free)
    at = np.stack([x[kept] + 4 * frame.ui, np.full(len(kept), height * 0.42)], axis=1)
    box = np.array([[0, 0, frame.look.width, height]], np.float32)
    return [
        Rectangles(box, colours(theme.raised, 1)),
        Lines(upright(frame.time.x(small), height * 0.8, height), colours(theme.line, len(small))),
        Lines(upright(x, height * 0.55, height), colours(theme.faint, len(x))),
        Texts(at.astype(np.float32), [texts[i] for i in kept], colours(theme.faint, len(kept)), frame.text * 0.94),
    ]


def grid(frame: Frame, top: float, bottom: float) -> list[Shape]:
    """Faint lines below the labels, behind the lanes."""
    view = frame.look.view
    step = step_of(view, frame.columns / (APART * frame.ui))
    x = frame.time.x(np.arange(-(-view.begin // step) * step, view.end + 1, step, dtype=np.int64))
    return [Lines(upright(x, top, bottom), colours((*frame.theme.line[:3], 110), len(x)))]


def upright(x: np.ndarray, top: float, bottom: float) -> np.ndarray:
    """The ends of lines."""
    ends = np.empty((len(x), 4), np.float32)
    ends[:, 0] = ends[:, 2] = x
    ends[:, 1], ends[:, 3] = top, bottom
    return ends

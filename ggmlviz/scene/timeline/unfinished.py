"""A run that has not ended, with what it has computed so far: open to the right, and hatched."""

from __future__ import annotations

import numpy as np

from ggmlviz.analysis.time_range import TimeRange
from ggmlviz.scene.drawing import Colour, Lines, Rectangles, Shape, Texts, colours
from ggmlviz.scene.palette import mixed
from ggmlviz.scene.timeline.boxes import LABELLED, MARGIN, fitting
from ggmlviz.scene.timeline.frame import Frame, Hit
from ggmlviz.scene.timeline.gaps import hatch
from ggmlviz.scene.units import duration
from ggmlviz.trace.phases import PHASES, purpose_of
from ggmlviz.trace.trace import Trace

STEP = 9.0  # pixels between the lines
NARROWEST = 3.0  # pixels, so that it is seen
MOST_LINES = 400


class UnfinishedRun:
    """`run`: a row of `unfinished_runs`. How far it is drawn is how far it is known to have gone on."""

    def __init__(self, trace: Trace, run: np.void, phase_colours: np.ndarray):
        self.begin, self.until, self._nodes = int(run["begin"]), int(run["until"]), int(run["nodes"])
        graph = int(run["graph"])
        self._phase = purpose_of(trace.graph(graph)).phase if graph >= 0 else PHASES[0]
        self._colour: Colour = tuple(phase_colours[PHASES.index(self._phase)].tolist())
        self._name = f"run {run['number'] + 1:,}"

    def draw(self, frame: Frame, top: float, bottom: float) -> list[Shape]:
        """With a line on three sides: where the fourth would be is not known."""
        left, right = self._place(frame)
        if right <= left:
            return []
        fill = mixed(self._colour, frame.theme.panel, 0.65)
        box = np.array([[left, top, right, bottom]], np.float32)
        edges = [[left, top, right, top], [left, bottom, right, bottom]]
        if self.begin >= frame.look.view.begin:
            edges.append([left, top, left, bottom])
        slanting = list(hatch(left, right, top, bottom, STEP * frame.ui))[:MOST_LINES]
        shapes: list[Shape] = [Rectangles(box, colours(fill, 1))]
        for lines, colour in ((slanting, mixed(self._colour, fill, 0.4)), (edges, self._colour)):
            if lines:
                shapes.append(Lines(np.array(lines, np.float32), colours(colour, len(lines))))
        return shapes + self._label(frame, left, right, fill, (top + bottom) / 2)

    def _place(self, frame: Frame) -> tuple[float, float]:
        view = frame.look.view
        if self.until < view.begin or self.begin >= view.end:
            return 0.0, 0.0
        left, right = frame.inside(np.array([self.begin, self.until])).tolist()
        return left, max(right, left + NARROWEST * frame.ui)

    def _label(self, frame: Frame, left: float, right: float, fill: Colour, middle: float) -> list[Shape]:
        margin = MARGIN * frame.ui
        if right - left < LABELLED * frame.ui:
            return []
        since = f"unfinished, since {self.begin / 1e9:.3f} s"
        text = fitting((f"{self._phase} · {since}", since, "unfinished"), right - left - 2 * margin, frame.text)
        at = np.array([[left + margin, middle]], np.float32)
        return [Texts(at, [text], colours(frame.theme.text, 1), frame.text)] if text else []

    def at(self, frame: Frame, key: str, x: float) -> Hit | None:
        left, right = self._place(frame)
        if not left <= x <= right or right <= left:
            return None
        lines = [
            f"{self._name}: {self._phase}, unfinished",
            f"begun at {self.begin / 1e9:.6f} s; when it ends is not known",
            f"it went on for {duration(self.until - self.begin)} at least  ({self.until - self.begin:,} ns)",
            f"{self._nodes:,} node{'s' * (self._nodes != 1)} computed by then",
        ]
        return Hit("unfinished", key, "\n".join(lines), TimeRange(self.begin, max(self.until, self.begin + 1)))

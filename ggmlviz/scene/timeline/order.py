"""In place of the ops where a trace tells no times of them: which there were in each run, in their order.

All are drawn alike wide, and hatched, since their places say nothing but what came before what.
"""

from __future__ import annotations

import numpy as np

from ggmlviz.analysis.time_range import TimeRange
from ggmlviz.scene.drawing import Lines, Shape, colours
from ggmlviz.scene.opened import Opened
from ggmlviz.scene.palette import FAMILY_COLOURS, mixed, paler
from ggmlviz.scene.timeline.boxes import boxes, labels
from ggmlviz.scene.timeline.frame import MOST_BOXES, Frame, Hit

HATCH = 7.0  # pixels from line to line


class OrderLane:
    title, about, height = "ops", "in order, no times", 34.0

    def __init__(self, key: str, opened: Opened, lane: int):
        self.key, self.lane = key, lane
        self._opened, self._trace = opened, opened.trace
        self._runs = np.flatnonzero((self._trace.runs["lane"] == lane) & (self._trace.runs["graph"] >= 0))
        self._begins, self._ends = (self._trace.runs[edge][self._runs] for edge in ("begin", "end"))

    def draw(self, frame: Frame, top: float, bottom: float) -> list[Shape]:
        begins, ends, numbers = self._nodes(frame.look.view)
        if begins is None:
            return self._covered(frame, top, bottom)
        families = np.array([self._family(*number) for number in numbers], np.int64)
        fill = paler(FAMILY_COLOURS, frame.theme)[families]
        shapes = boxes(frame, begins, ends, fill, top, bottom)
        shapes += _hatched(frame, begins, ends, bottom)
        middle = (top + bottom) / 2
        return shapes + labels(
            frame, begins, ends, fill, middle, lambda wide: [self._texts(*numbers[at]) for at in wide.tolist()]
        )

    def _covered(self, frame: Frame, top: float, bottom: float) -> list[Shape]:
        """More than can be told apart: from when to when there were any."""
        low, high = self._within(frame.look.view)
        step = max(1, (high - low) // MOST_BOXES)
        begins = self._begins[low:high:step]
        ends = self._ends[low:high][np.minimum(np.arange(len(begins)) * step + step - 1, high - low - 1)]
        fill = np.tile(np.array(mixed(frame.theme.faint, frame.theme.panel, 0.5), np.uint8), (len(begins), 1))
        return boxes(frame, begins, ends, fill, top, bottom, edges=False) + _hatched(frame, begins, ends, bottom)

    def at(self, frame: Frame, x: float, part: float) -> Hit | None:
        moment = frame.time.time(x)
        at = int(np.searchsorted(self._ends, moment, "right"))
        if at >= len(self._ends) or self._begins[at] > moment:
            return None
        run, span = int(self._runs[at]), TimeRange(int(self._begins[at]), int(self._ends[at]))
        graph = self._trace.graph(int(self._trace.runs["graph"][run]))
        node = min(graph.nodes - 1, (moment - span.begin) * graph.nodes // max(1, span.end - span.begin))
        if node < 0:
            return None
        text = f"{graph.ops[node]}  {graph.names[node]}\nnode {node + 1:,} of {graph.nodes:,}\n{self._trace.untold}"
        return Hit("run", self.key, text, span, run)

    def _within(self, view: TimeRange) -> tuple[int, int]:
        low = int(np.searchsorted(self._ends, view.begin, "right"))
        return low, max(low, int(np.searchsorted(self._begins, view.end)))

    def _nodes(self, view: TimeRange) -> tuple[np.ndarray | None, np.ndarray | None, list[tuple[int, int]]]:
        """Begins and ends of the places of nodes, and graph and node of each; none where they are too many."""
        low, high = self._within(view)
        graphs = self._trace.runs["graph"][self._runs[low:high]].tolist()
        counts = [self._trace.graph(graph).nodes for graph in graphs[: MOST_BOXES + 1]]
        if high - low > MOST_BOXES or sum(counts) > MOST_BOXES:
            return None, None, []
        begins, ends = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
        for at, count in enumerate(counts, low):
            edges = np.linspace(self._begins[at], self._ends[at], count + 1).astype(np.int64)
            begins.append(edges[:-1])
            ends.append(edges[1:])
        numbers = [(graph, node) for graph, count in zip(graphs, counts, strict=True) for node in range(count)]
        return np.concatenate(begins), np.concatenate(ends), numbers

    def _family(self, graph: int, node: int) -> int:
        return int(self._opened.families(graph)[node])

    def _texts(self, graph: int, node: int) -> tuple[str, ...]:
        known = self._trace.graph(graph)
        return f"{known.ops[node]} {known.names[node]}", known.names[node] or known.ops[node], known.ops[node]


def _hatched(frame: Frame, begins: np.ndarray, ends: np.ndarray, bottom: float) -> list[Shape]:
    """A hem of slanting lines below what lies there, on one grid for all."""
    if not len(begins):
        return []
    step = rise = HATCH * frame.ui
    x = np.arange(frame.left, frame.left + frame.columns - rise, step)
    left, right = frame.inside(begins), frame.inside(ends)
    at = np.searchsorted(left, x, "right") - 1
    x = x[(at >= 0) & (x + rise <= right[np.maximum(at, 0)])]
    low = np.full(len(x), bottom - 2)
    lines = np.stack([x, low, x + rise, low - rise], axis=1).astype(np.float32)
    return [Lines(lines, colours(frame.theme.text, len(lines)))]

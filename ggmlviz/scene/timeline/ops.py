"""The lane of computed nodes, coloured by the family of their op."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ggmlviz.analysis.op_lanes import OpLane, places_of
from ggmlviz.analysis.time_range import TimeRange
from ggmlviz.scene.drawing import Rectangles, Shape, colours
from ggmlviz.scene.palette import mixed
from ggmlviz.scene.timeline.boxes import boxes, labels
from ggmlviz.scene.timeline.computed import KIND_COLOURS, Computed
from ggmlviz.scene.timeline.frame import MOST_BOXES, Frame, Hit
from ggmlviz.scene.timeline.op_card import card
from ggmlviz.scene.timeline.selected import selected_op
from ggmlviz.scene.timeline.shares import stacked

MOST_LOOKED_AT = 20_000  # ops in view; of more, none is looked at for itself
CRISP = 8.0  # pixels from which on an op has its own box also among many


class OpsLane:
    height = 34.0
    about = ""

    def __init__(self, key: str, computed: Computed, lane: OpLane):
        self.key = self.title = key
        self._computed, self._trace, self.lane = computed, computed.trace, lane
        self._unfinished = [ops for ops in computed.unfinished if ops.lane == lane.lane]

    def draw(self, frame: Frame, top: float, bottom: float) -> list[Shape]:
        first, last = self.lane.within(self._trace, frame.look.view)
        shapes: list[Shape] = []
        if last - first > MOST_BOXES:
            box = (frame.left, top, frame.left + frame.columns, bottom)
            shapes.append(stacked(self._computed.shares(frame, self.lane), frame.time.ns_per_pixel, KIND_COLOURS, box))
        if last - first <= MOST_LOOKED_AT:
            shapes += self._one_by_one(frame, first, last, top, bottom)
        for unfinished in self._unfinished:
            shapes += unfinished.draw(frame, top, bottom)
        execution = frame.look.selection.execution
        mine = execution is not None and self.lane.first <= execution < self.lane.last
        return shapes + (selected_op(frame, self._trace, top, bottom) if mine else [])

    def _one_by_one(self, frame: Frame, first: int, last: int, top: float, bottom: float) -> list[Shape]:
        ops = self._trace.ops
        ends = ops.end[first:last]
        begins = ends - np.maximum(ops.duration[first:last], 0)
        chosen = np.arange(last - first)
        if last - first > MOST_BOXES:
            chosen = np.flatnonzero(ends - begins >= CRISP * frame.time.ns_per_pixel)
        fill = KIND_COLOURS[self._computed.kinds[first + chosen]]
        begins, ends = begins[chosen], ends[chosen]
        shapes = boxes(frame, begins, ends, fill, top, bottom)
        shapes += self._same_node(frame, first, last, top, bottom)
        middle = (top + bottom) / 2
        shapes += labels(frame, begins, ends, fill, middle, lambda wide: self._texts(first + chosen[wide]))
        return shapes

    def _texts(self, executions: np.ndarray) -> Iterator[tuple[str, ...]]:
        for op, tensor, *_ in self._computed.facts_of(executions):
            yield (f"{op} {tensor}", tensor, op) if tensor != op else (op,)

    def _same_node(self, frame: Frame, first: int, last: int, top: float, bottom: float) -> list[Shape]:
        """A mark under every other execution of the selected node that is in view."""
        selection = frame.look.selection
        if selection.graph is None or selection.member is None:
            return []
        places = places_of(self._trace, first, last)
        same = np.flatnonzero((places.graph == selection.graph) & (places.node == selection.member))
        return marks(frame, self._trace, first + same, bottom - 3 * frame.ui, bottom)

    def at(self, frame: Frame, x: float, part: float) -> Hit | None:
        execution = self._at(frame, x)
        if execution is None:
            return next(filter(None, (ops.at(frame, x, part) for ops in self._unfinished)), None)
        end = int(self._trace.ops.end[execution])
        span = TimeRange(end - max(0, int(self._trace.ops.duration[execution])), end)
        section = int(places_of(self._trace, execution, execution + 1).section[0])
        run = int(self._trace.sections["run"][section])
        text = card(self._computed, execution)
        return Hit("op", self.key, text, span, run if run >= 0 else None, execution)

    def _at(self, frame: Frame, x: float) -> int | None:
        """What was going on there; an op that took no time is met within a pixel of it."""
        ends = self.lane.ends(self._trace)
        low = int(np.searchsorted(ends, frame.time.time(x - 1)))
        high = int(np.searchsorted(ends, frame.time.time(x + 1), "right"))
        if high - low <= MOST_BOXES:
            instant = np.flatnonzero(self.lane.durations(self._trace)[low:high] <= 0)
            if len(instant):
                return self.lane.first + low + int(instant[0])
        return self.lane.at(self._trace, frame.time.time(x))


def marks(frame: Frame, trace, executions: np.ndarray, top: float, bottom: float) -> list[Shape]:
    if not len(executions):
        return []
    ends = trace.ops.end[executions]
    box = np.empty((len(ends), 4), np.float32)
    box[:, 0], box[:, 2] = frame.inside(ends - trace.ops.duration[executions]), frame.inside(ends)
    box[:, 1], box[:, 3] = top, bottom
    return [Rectangles(box, colours(mixed(frame.theme.accent, frame.theme.panel, 0.25), len(box)))]

"""Work and wait of one thread over time: barrier by barrier where it is looked at closely, section by section else."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ggmlviz.analysis.time_range import TimeRange
from ggmlviz.format.layout import RowKind
from ggmlviz.trace.trace import Trace

BARRIERS = (RowKind.NODE, RowKind.BARRIER)
LOOK_BACK = 64  # rows before the view in which the last barrier before it is found: sections begin with fewer others


class Stretches(NamedTuple):
    """Parts of a thread's time that follow each other: it worked or it waited, within a section."""

    begin: np.ndarray  # ns
    end: np.ndarray
    waiting: np.ndarray  # bool
    section: np.ndarray


class ThreadTime:
    """What the thread of one lane did in the sections it took part in."""

    def __init__(self, trace: Trace, lane: int):
        self._trace, self.lane = trace, lane
        parts = trace.parts[trace.parts["lane"] == lane]
        begins = trace.sections["begin"][parts["section"]]
        order = np.argsort(begins, kind="stable")
        self.parts, self.begins = parts[order], begins[order]
        self.ends = self.begins + np.maximum(self.parts["work"] + self.parts["wait"], 0)
        # Up to each begin and end in turn, how long it had been in sections and how long it had waited there.
        self._knots = np.stack([self.begins, self.ends], axis=1).ravel()
        zeros = np.zeros(len(self.parts), np.int64)
        self._inside = np.cumsum(np.stack([zeros, self.ends - self.begins], axis=1).ravel())
        self._waited = np.cumsum(np.stack([zeros, self.parts["wait"]], axis=1).ravel())

    def sections_within(self, view: TimeRange) -> slice:
        """Of its parts."""
        return slice(int(np.searchsorted(self.ends, view.begin, "right")), int(np.searchsorted(self.begins, view.end)))

    def many_rows(self, view: TimeRange, most: int) -> bool:
        """Whether more than so many of its rows are in view; told without the file where there are far more."""
        within = self.sections_within(view)
        firsts = self.parts["first_row"]
        if within.stop - within.start > 2 and firsts[within.stop - 1] - firsts[within.start] > most:
            return True
        low, high = self._rows_within(view)
        return high - low > most

    def _rows_within(self, view: TimeRange) -> tuple[int, int]:
        """Positions in the lane."""
        lane = self._trace.lanes[self.lane]
        low, high = lane.at_time(self._trace.clock.ticks(np.array([view.begin, view.end]))).tolist()
        return low, high

    def spread(self, edges: np.ndarray) -> np.ndarray:
        """float64 [edges - 1, 2]: ns of work and of wait between the edges; within a section they are spread evenly."""
        if not len(self.parts):
            return np.zeros((len(edges) - 1, 2))
        inside = np.diff(np.interp(edges, self._knots, self._inside))
        waited = np.diff(np.interp(edges, self._knots, self._waited))
        return np.stack([np.maximum(inside - waited, 0), waited], axis=1)

    def stretches(self, view: TimeRange) -> Stretches:
        """Every wait that has a part in view, and the work between."""
        parts = self.parts[self.sections_within(view)]
        begins, ends = self.begins[self.sections_within(view)], self.ends[self.sections_within(view)]
        left, waited = self._barriers(view)
        if not len(parts):
            return Stretches(*np.zeros((2, 0), np.int64), np.zeros(0, bool), np.zeros(0, np.int64))
        # A barrier belongs to the section during which it was entered.
        entered = left - waited
        of = np.searchsorted(begins, entered, "right") - 1
        good = (of >= 0) & (entered <= ends[np.maximum(of, 0)])
        left, entered, of = left[good], entered[good], of[good]
        # From its begin on the thread works, from each entering on it waits, from each leaving on it works.
        moments = np.concatenate([begins, entered, left])
        kind = np.repeat(np.array([0, 1, 2], np.uint8), [len(begins), len(entered), len(left)])
        owner = np.concatenate([np.arange(len(parts)), of, of])
        order = np.lexsort((kind, moments, owner))
        moments, kind, owner = moments[order], kind[order], owner[order]
        until = np.append(moments[1:], 0)
        last = np.append(owner[1:] != owner[:-1], True)
        until[last] = ends[owner[last]]
        keep = (until > moments) & (until > view.begin) & (moments < view.end)
        return Stretches(moments[keep], until[keep], kind[keep] == 1, parts["section"][owner[keep]])

    def _barriers(self, view: TimeRange) -> tuple[np.ndarray, np.ndarray]:
        """When each that matters in view was left, and how long it was waited in; with one before and one behind."""
        lane, clock = self._trace.lanes[self.lane], self._trace.clock
        low, high = self._rows_within(view)
        low = max(0, low - LOOK_BACK)
        within = np.flatnonzero(np.isin(lane.kinds[low:high], BARRIERS)) + low
        at = np.concatenate([within, lane.barriers_from(high, 1)]).astype(np.int64)
        return clock.ns(lane.take("time", at)), clock.duration(lane.waits(at)).astype(np.int64)

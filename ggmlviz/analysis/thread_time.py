"""Work and wait of one thread over time: barrier by barrier where it is looked at closely, section by section else."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ggmlviz.analysis.time_range import TimeRange
from ggmlviz.format.layout import RowKind
from ggmlviz.trace.trace import Trace

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
        # All in the type that is interpolated with, or it would be converted for each picture; exact below 2^53 ns.
        self._knots = np.stack([self.begins, self.ends], axis=1).ravel().astype(float)
        # Both in one: numpy interpolates complex numbers with one search for their place.
        self._inside_and_waited = _summed(self.ends - self.begins) + 1j * _summed(self.parts["wait"])

    def sections_within(self, view: TimeRange) -> slice:
        """Of its parts."""
        return slice(int(np.searchsorted(self.ends, view.begin, "right")), int(np.searchsorted(self.begins, view.end)))

    def rows_within(self, view: TimeRange, most: int) -> slice | None:
        """Positions in the lane; None where there are more than so many: far more are told without the file."""
        within = self.sections_within(view)
        firsts = self.parts["first_row"]
        if within.stop - within.start > 2 and firsts[within.stop - 1] - firsts[within.start] > most:
            return None
        rows = self._rows_within(view)
        return rows if rows.stop - rows.start <= most else None

    def _rows_within(self, view: TimeRange) -> slice:
        lane = self._trace.lanes[self.lane]
        return slice(*lane.at_time(self._trace.clock.ticks(np.array([view.begin, view.end]))).tolist())

    def spread(self, edges: np.ndarray) -> np.ndarray:
        """float64 [edges - 1, 2]: ns of work and of wait between the edges; within a section they are spread evenly."""
        return self._parted(edges)

    def spread_closely(self, edges: np.ndarray, rows: slice) -> np.ndarray:
        """The same, with every wait at its place. `rows`: those between the first edge and the last."""
        left, waited = self._barriers(rows)
        if not len(self.parts) or not len(left):
            return self.spread(edges)
        entered = left - waited
        inside = self._in_a_section(entered)
        knots = np.stack([entered[inside], left[inside]], axis=1).ravel().astype(float)
        return self._parted(edges, np.interp(edges, knots, _summed(waited[inside])) if len(knots) else edges * 0)

    def _parted(self, edges: np.ndarray, waited: np.ndarray | None = None) -> np.ndarray:
        """`waited` before each edge, where that is known better than by sections."""
        if not len(self.parts):
            return np.zeros((len(edges) - 1, 2))
        before = np.interp(edges, self._knots, self._inside_and_waited)
        parted = np.empty((len(edges) - 1, 2))
        parted[:, 1] = np.diff(before.imag if waited is None else waited)
        parted[:, 0] = np.maximum(np.diff(before.real) - parted[:, 1], 0)
        return parted

    def _in_a_section(self, moments: np.ndarray) -> np.ndarray:
        """Whether one of its parts was going on then. Only those between the first and the last are looked at."""
        low, high = np.searchsorted(self.begins, (moments.min(), moments.max()), "right").tolist()
        of = np.searchsorted(self.begins[low:high], moments, "right") + (low - 1)
        return (of >= 0) & (moments <= self.ends[of])

    def stretches(self, view: TimeRange, rows: slice | None = None) -> Stretches:
        """Every wait that has a part in view, and the work between. `rows`: those in view, where they are known."""
        within = self.sections_within(view)
        parts, begins, ends = self.parts[within], self.begins[within], self.ends[within]
        left, waited = self._barriers(rows or self._rows_within(view))
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

    def _barriers(self, rows: slice) -> tuple[np.ndarray, np.ndarray]:
        """When each that matters in these was left, and how long it was waited in; with one before and one behind."""
        lane, clock = self._trace.lanes[self.lane], self._trace.clock
        low = max(0, rows.start - LOOK_BACK)
        kinds = lane.kinds[low : rows.stop]
        within = np.flatnonzero((kinds == RowKind.NODE) | (kinds == RowKind.BARRIER)) + low
        at = np.concatenate([within, lane.barriers_from(rows.stop, 1)]).astype(np.int64)
        return clock.ns(lane.take("time", at)), clock.duration(lane.waits(at)).astype(np.int64)


def _summed(lasted: np.ndarray) -> np.ndarray:
    """float64: how long together up to the begin of each and up to its end, in turn."""
    return np.cumsum(np.stack([np.zeros(len(lasted)), lasted], axis=1).ravel())

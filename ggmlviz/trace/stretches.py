"""The computed nodes of some sections that follow each other on a lane, few enough to stay in the processor's cache."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np

from ggmlviz.format.clock import Clock
from ggmlviz.format.layout import RowKind
from ggmlviz.trace.lane_rows import LaneRows
from ggmlviz.trace.positions import ranges
from ggmlviz.trace.row_scan import ROWS_AT_ONCE


class Stretch:
    """Each column is computed when it is asked for, and not kept."""

    def __init__(self, lane: LaneRows, sections: np.ndarray, clock: Clock):
        self._lane, self._sections, self._clock = lane, sections, clock
        first = sections["first_execution"]
        self.executions = slice(int(first[0]), int(first[-1] + sections["executions"][-1]))
        self._firsts = first - first[0]
        self._low, self._high = int(sections["first_row"][0]), int(sections["last_row"][-1])

    @cached_property
    def _nodes(self) -> np.ndarray:
        """Where their rows are, counted from `_low`."""
        nodes = np.flatnonzero(self._lane.kinds[self._low : self._high] == RowKind.NODE)
        if len(nodes) == self.executions.stop - self.executions.start:
            return nodes
        begins = np.searchsorted(nodes, self._sections["first_row"] - self._low)
        return nodes[ranges(begins, self._sections["executions"])]

    def end(self) -> np.ndarray:
        return self._clock.ns(self._lane.column("time", self._low, self._high)[self._nodes])

    def duration(self) -> np.ndarray:
        end = self.end()
        duration = np.empty_like(end)
        np.subtract(end[1:], end[:-1], out=duration[1:])
        duration[self._firsts] = end[self._firsts] - self._sections["begin"]
        return duration

    def wait(self) -> np.ndarray:
        """What thread 0 waited in the barriers inside each node and in the one at its end."""
        waited = self._lane.waited(self._low, self._high)
        until = waited[self._nodes + 1]
        since = np.empty_like(until)
        since[1:] = until[:-1]
        # Barriers behind the last node of a section belong to no node: the first of the next begins behind them.
        since[self._firsts] = waited[self._sections["first_row"] - self._low]
        return self._clock.duration(until - since)


def stretches_of(lane: LaneRows, sections: np.ndarray, clock: Clock) -> Iterator[Stretch]:
    """Of the sections of a lane that computed anything, in their order."""
    sections = sections[sections["executions"] > 0]
    last_rows = sections["last_row"].copy()  # a field of a table would be copied as a whole for each look
    low = 0
    while low < len(sections):
        limit = sections["first_row"][low] + ROWS_AT_ONCE
        high = max(low + 1, int(np.searchsorted(last_rows, limit)))
        yield Stretch(lane, sections[low:high], clock)
        low = high

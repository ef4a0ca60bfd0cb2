"""Computed nodes as they follow each other on the thread that led them, so that those in view are found at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ggmlviz.analysis.alike_sections import alike_sections
from ggmlviz.analysis.time_range import TimeRange
from ggmlviz.trace.trace import Trace

SECTIONS_AT_ONCE = 1024


class OpLane(NamedTuple):
    """Its part of the sections and of the columns of `trace.ops`: both go lane by lane, in the order of time."""

    lane: int  # index of the lane of thread 0
    sections: slice
    first: int
    last: int  # behind its last

    def ends(self, trace: Trace) -> np.ndarray:
        return trace.ops.end[self.first : self.last]

    def durations(self, trace: Trace) -> np.ndarray:
        return trace.ops.duration[self.first : self.last]

    def within(self, trace: Trace, view: TimeRange) -> tuple[int, int]:
        """Of which execution to before which one any part is in view."""
        low, high = np.searchsorted(self.ends(trace), (view.begin, view.end), "right").tolist()
        if high < self.last - self.first:  # it ends behind the view, and may have begun in it
            end, duration = int(trace.ops.end[self.first + high]), int(trace.ops.duration[self.first + high])
            high += end - duration < view.end
        return self.first + low, self.first + high

    def at(self, trace: Trace, moment: int) -> int | None:
        """The execution that was going on."""
        at = self.first + int(np.searchsorted(self.ends(trace), moment, "right"))
        if at < self.last and trace.ops.end[at] - trace.ops.duration[at] <= moment:
            return at
        return None


def op_lanes(trace: Trace) -> list[OpLane]:
    """Of the lanes on which anything was computed."""
    sections, found = trace.sections, []
    for lane in np.unique(sections["lane"][sections["executions"] > 0]).tolist():
        low, high = np.searchsorted(sections["lane"], (lane, lane + 1)).tolist()
        first = int(sections["first_execution"][low])
        last = int(sections["first_execution"][high - 1] + sections["executions"][high - 1])
        found.append(OpLane(lane, slice(low, high), first, last))
    return found


class Places(NamedTuple):
    """Whose nodes some executions are: parallel columns."""

    section: np.ndarray
    run: np.ndarray
    graph: np.ndarray
    node: np.ndarray


def places_of(trace: Trace, first: int, last: int) -> Places:
    """Of the executions from `first` to before `last`: a number small enough to be looked at one by one."""
    sections = trace.sections
    low, high = np.searchsorted(trace.ops.firsts, (first, max(first, last - 1)), "right").tolist()
    low = max(0, low - 1)
    starts = trace.ops.firsts[low:high]
    stops = np.minimum(starts + sections["executions"][low:high], last)
    section = np.repeat(np.arange(low, high), np.maximum(stops - np.maximum(starts, first), 0))
    run = sections["run"][section]
    graph = np.where(run >= 0, trace.runs["graph"][run] if len(trace.runs) else -1, -1)
    return Places(section, run, graph, trace.ops.node[first:last])


def kinds_of(trace: Trace, kinds_of_graph: Callable[[int], np.ndarray], unknown: int) -> np.ndarray:
    """uint8, a kind for every computed node: that of its place in its graph, or `unknown` where it has none."""
    kinds = np.full(len(trace.ops), unknown, np.uint8)
    for alike in alike_sections(trace):
        if alike.graph < 0 or (alike.nodes < 0).all():
            continue
        row = kinds_of_graph(alike.graph)[alike.nodes]
        width = len(row)
        if len(alike.first) and alike.first[-1] - alike.first[0] == width * (len(alike.first) - 1):
            kinds[alike.first[0] : alike.first[-1] + width].reshape(-1, width)[:] = row
            continue
        within = np.arange(width)
        for step in range(0, len(alike.first), SECTIONS_AT_ONCE):
            kinds[alike.first[step : step + SECTIONS_AT_ONCE][:, None] + within] = row
    return kinds

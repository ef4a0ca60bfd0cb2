"""Runs that were going on when the trace ended: of a program that was killed, or that was recorded up to then.

Nothing tells when they would have ended, so they are in no table; their rows are there, and what these say is told.
"""

from __future__ import annotations

import numpy as np

from ggmlviz.format.layout import RowKind
from ggmlviz.trace.lane_rows import LaneRows
from ggmlviz.trace.trace import Trace

UNFINISHED = np.dtype(
    [
        ("number", "i8"),  # of the run
        ("lane", "i4"),
        ("begin", "i8"),  # ns since the start of the trace
        ("nodes", "i8"),  # how many of its nodes are known to be computed
        ("first_row", "i8"),  # position in the lane; all rows behind it belong to the run
    ]
)


def unfinished_runs(trace: Trace) -> np.ndarray:
    """At most one of each lane."""
    runs = np.zeros(len(trace.lanes), UNFINISHED)
    for index, lane in enumerate(trace.lanes):
        begin = going_on(lane, RowKind.RUN_BEGIN, RowKind.RUN_END)
        if begin is not None:
            at = np.array([begin])
            number, time = int(lane.take("value", at)[0]), int(trace.clock.ns(lane.take("time", at))[0])
            nodes = np.count_nonzero(lane.kinds[begin:] == RowKind.NODE)
            runs[index] = number, index, time, nodes, begin
        else:
            runs["lane"][index] = -1
    return runs[runs["lane"] >= 0]


def going_on(lane: LaneRows, begin: RowKind, end: RowKind) -> int | None:
    """Where the last of these begins, if no end of it follows and no row is missing behind it."""
    begins, ends = lane.of(begin), lane.of(end)
    if not len(begins) or (len(ends) and ends[-1] > begins[-1]):
        return None
    last = int(begins[-1])
    return last if not len(lane.breaks) or lane.breaks[-1] <= last else None


def told_unfinished(trace: Trace) -> list[str]:
    return [
        f"run {run['number']} had not ended: begun at {run['begin'] / 1e9:.3f} s, {run['nodes']:,} nodes computed"
        for run in unfinished_runs(trace)
    ]

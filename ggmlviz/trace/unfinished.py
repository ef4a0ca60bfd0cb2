"""Runs that were going on when the trace ended: of a program that was killed, that was recorded up to then, or that is
watched while it computes.

Nothing tells when they end, so they are in no table; their rows are there, and what these say is told. A program that
is watched is asked many times a second: only its newest rows are looked at.
"""

from __future__ import annotations

import numpy as np

from ggmlviz.format.layout import NONE, RowKind
from ggmlviz.trace.lane_rows import LaneRows
from ggmlviz.trace.trace import Trace

UNFINISHED = np.dtype(
    [
        ("number", "i8"),  # of the run
        ("lane", "i4"),
        ("begin", "i8"),  # ns since the start of the trace
        ("until", "i8"),  # the last row of its lane: then it was still going on
        ("graph", "i8"),  # -1: not described
        ("nodes", "i8"),  # how many of its nodes are known to be computed
        ("first_row", "i8"),  # position in the lane; all rows behind it belong to the run
    ]
)


def unfinished_runs(trace: Trace) -> np.ndarray:
    """At most one of each lane."""
    found = []
    for index, lane in enumerate(trace.lanes):
        first = going_on(lane, RowKind.RUN_BEGIN, RowKind.RUN_END)
        if first is None:
            continue
        number = int(lane.take("value", np.array([first]))[0])
        begin, until = trace.clock.ns(lane.take("time", np.array([first, len(lane) - 1]))).tolist()
        nodes = np.count_nonzero(lane.kinds[first:] == RowKind.NODE)
        found.append((number, index, begin, until, _graph(trace, lane, first), nodes, first))
    return np.array(found, UNFINISHED)


def _graph(trace: Trace, lane: LaneRows, first: int) -> int:
    at = lane.last_of(RowKind.RUN_GRAPH, behind=first)
    graph = NONE if at is None else int(lane.take("value", np.array([at]))[0])
    return graph if graph < len(trace.definitions.graphs) else -1


def going_on(lane: LaneRows, begin: RowKind, end: RowKind) -> int | None:
    """Where the last of these begins, if no end of it follows and no row is missing behind it."""
    last = lane.last_of(begin, end)
    return last if last is not None and lane.kinds[last] == begin and not lane.broken_behind(last) else None


def told_unfinished(trace: Trace) -> list[str]:
    return [
        f"run {run['number']} had not ended: begun at {run['begin'] / 1e9:.3f} s, {run['nodes']:,} nodes computed"
        for run in unfinished_runs(trace)
    ]

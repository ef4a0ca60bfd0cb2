"""Graph runs: every outermost compute call of the program."""

from __future__ import annotations

import numpy as np

from ggmlviz.format.clock import Clock
from ggmlviz.format.layout import NONE, RowKind
from ggmlviz.trace.lane_rows import LaneRows
from ggmlviz.trace.positions import pair

RUN = np.dtype(
    [
        ("number", "i8"),  # in the order in which runs began
        ("lane", "i4"),  # index of the lane
        ("begin", "i8"),  # ns since the start of the trace
        ("end", "i8"),
        ("own", "i8"),  # ns of it that the recorder spent on describing the graph
        ("graph", "i8"),  # -1: not described
        ("status", "u1"),
        ("minor_faults", "i8"),  # -1 where the trace ends before they were told
        ("major_faults", "i8"),
        ("resident", "i8"),  # bytes, after the run
        ("resident_age", "i2"),  # how many ms before the end of the run that was read, at most 255
        ("first_row", "i8"),  # positions in the lane
        ("last_row", "i8"),
    ]
)


def runs_of_lane(index: int, lane: LaneRows, clock: Clock) -> np.ndarray:
    """The finished runs of a lane; one that was cut by missing rows is left out."""
    begins, ends = pair(lane.of(RowKind.RUN_BEGIN), lane.of(RowKind.RUN_END))
    same = lane.take("value", begins) == lane.take("value", ends)
    good = same & lane.whole(begins, ends)
    begins, ends = begins[good], ends[good]
    runs = np.zeros(len(begins), RUN)
    runs["number"] = lane.take("value", begins)
    runs["lane"] = index
    runs["begin"] = clock.ns(lane.take("time", begins))
    runs["end"] = clock.ns(lane.take("time", ends))
    runs["status"] = lane.take("flags", ends)
    runs["first_row"], runs["last_row"] = begins, ends
    _add_graphs(runs, lane, clock)
    _add_memory(runs, lane)
    return runs


def _add_graphs(runs: np.ndarray, lane: LaneRows, clock: Clock) -> None:
    runs["graph"] = -1
    at = lane.of(RowKind.RUN_GRAPH)
    run = np.searchsorted(runs["first_row"], at, "right") - 1
    inside = run >= 0
    inside[inside] = at[inside] < runs["last_row"][run[inside]]
    at, run = at[inside], run[inside]
    graphs = lane.take("value", at).astype(np.int64)
    runs["graph"][run] = np.where(graphs == NONE, -1, graphs)
    times = lane.take("time", at)
    spent = lane.take("extra", at).astype(np.uint64) << np.uint64(10)
    runs["own"][run] = clock.ns(times) - clock.ns(times - spent)


def _add_memory(runs: np.ndarray, lane: LaneRows) -> None:
    runs["minor_faults"] = runs["major_faults"] = runs["resident"] = -1
    faults, resident = runs["last_row"] + 1, runs["last_row"] + 2
    told = np.flatnonzero(resident < len(lane))
    told = told[lane.kinds[faults[told]] == RowKind.FAULTS]
    told = told[lane.kinds[resident[told]] == RowKind.RSS]
    runs["minor_faults"][told] = lane.take("value", faults[told])
    runs["major_faults"][told] = lane.take("extra", faults[told])
    bytes_told = lane.wide(resident[told]).astype(np.int64)
    runs["resident"][told] = np.where(bytes_told > 0, bytes_told, -1)
    runs["resident_age"][told] = lane.take("flags", resident[told])

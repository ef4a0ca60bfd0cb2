"""CPU sections: the times when the CPU backend's threads compute nodes of a run."""

from __future__ import annotations

import numpy as np

from ggmlviz.format.clock import Clock
from ggmlviz.format.layout import NONE, CpuFlag, RowKind
from ggmlviz.trace.lane_rows import LaneRows
from ggmlviz.trace.positions import pair

SECTION = np.dtype(
    [
        ("run", "i8"),  # index into the runs, -1 for none
        ("lane", "i4"),
        ("begin", "i8"),  # ns since the start of the trace
        ("end", "i8"),
        ("first", "i8"),  # index of its first node in the run's graph, -1 unknown
        ("nodes", "i8"),  # how many nodes it was given
        ("threads", "i4"),
        ("timed", "?"),
        ("status", "u1"),
        ("pool", "u8"),  # address of the thread pool, 0 unknown
        ("barriers", "i8"),  # how many barriers thread 0 left
        ("first_execution", "i8"),  # its part of the computed nodes of the trace
        ("executions", "i8"),
        ("first_row", "i8"),  # positions in the lane
        ("last_row", "i8"),
    ]
)


def sections_of_lane(index: int, lane: LaneRows, runs: np.ndarray, offset: int, clock: Clock) -> np.ndarray:
    """The finished sections of a lane whose runs begin at `offset` in the runs of the trace."""
    begins, ends = pair(lane.of(RowKind.CPU_BEGIN), lane.of(RowKind.CPU_END))
    good = lane.whole(begins, ends)
    begins, ends = begins[good], ends[good]
    sections = np.zeros(len(begins), SECTION)
    run = np.searchsorted(runs["first_row"], begins, "right") - 1
    inside = run >= 0
    inside[inside] = begins[inside] < runs["last_row"][run[inside]]
    sections["run"] = np.where(inside, run + offset, -1)
    sections["lane"] = index
    sections["begin"] = clock.ns(lane.take("time", begins))
    sections["end"] = clock.ns(lane.take("time", ends))
    first = lane.take("value", begins).astype(np.int64)
    sections["first"] = np.where(first == NONE, -1, first)
    sections["nodes"] = lane.take("value", ends)
    sections["threads"] = lane.take("extra", begins)
    sections["timed"] = lane.take("flags", begins) & CpuFlag.TIMED != 0
    sections["status"] = lane.take("flags", ends)
    sections["first_row"], sections["last_row"] = begins, ends
    sections["executions"] = lane.nodes_before(ends) - lane.nodes_before(begins)
    sections["barriers"] = lane.barriers_before(ends) - lane.barriers_before(begins)
    sections["pool"] = lane.filled(RowKind.POOL, ends, lane.before.pool)
    return sections

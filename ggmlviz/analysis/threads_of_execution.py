"""What every thread did while one node was computed: worked until it came to the barrier, and waited there."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ggmlviz.analysis.execution_times import node_rows, section_of
from ggmlviz.trace.trace import Trace


class ThreadPart(NamedTuple):
    lane: int
    work: int  # ns
    wait: int


def threads_of_execution(trace: Trace, execution: int) -> list[ThreadPart]:
    """Of thread 0 first; empty where the barriers of the threads are not recorded, or some were lost."""
    index = section_of(trace, execution)
    section = trace.sections[index]
    main = trace.lanes[section["lane"]]
    rows = node_rows(trace, index)
    ordinal = execution - int(section["first_execution"])
    before = int(main.barriers_before(section["first_row"][None])[0])
    last = int(main.barriers_before(rows[ordinal][None])[0]) - before
    first = int(main.barriers_before(rows[ordinal - 1][None])[0]) - before + 1 if ordinal else 0
    parts = trace.parts[trace.parts["section"] == index]
    if not len(parts) or (parts["barriers"] != section["barriers"]).any():
        return []
    found = [_part_of(trace, part, first, last, int(section["begin"])) for part in parts]
    return sorted(found, key=lambda part: part.lane != section["lane"])


def _part_of(trace: Trace, part: np.void, first: int, last: int, begin: int) -> ThreadPart:
    lane = trace.lanes[part["lane"]]
    at = lane.barriers_from(int(part["first_row"]), last + 1)
    leave, waits = lane.take("time", at), lane.waits(at)
    left = trace.clock.ns(leave)
    began = int(left[first - 1]) if first else begin
    wait = int(trace.clock.duration(waits[first:].sum(dtype=np.int64)))
    return ThreadPart(int(part["lane"]), max(int(left[-1]) - began - wait, 0), wait)

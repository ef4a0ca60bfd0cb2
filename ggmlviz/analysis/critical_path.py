"""What one run could not have done faster with its threads: node by node, the slowest thread's work, then the barrier.

Threads meet at a barrier after every node, so a run takes as long as the sum over its nodes of the slowest thread's
work, plus the time from the last thread's arrival until all go on. The mean work instead of the slowest is what
perfect sharing would leave.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ggmlviz.trace.trace import Trace


@dataclass(frozen=True)
class CriticalPath:
    """All in ns."""

    run: int  # index into trace.runs
    whole: int  # the run
    slowest: int  # work on the path
    shared: int  # the same work, had all threads had equal parts of it
    barriers: int  # from the last arrival to going on
    outside: int  # of the run, but not in sections with known barriers


def critical_path(trace: Trace, run: int) -> CriticalPath | None:
    """None where the barriers of the threads are not recorded."""
    slowest = shared = barriers = 0
    known = False
    for index in np.flatnonzero(trace.sections["run"] == run).tolist():
        section = trace.sections[index]
        parts = trace.parts[trace.parts["section"] == index]
        if not section["barriers"] or not len(parts) or (parts["barriers"] != section["barriers"]).any():
            continue
        known = True
        enter, leave = np.stack([_barriers_of(trace, part) for part in parts], axis=1)
        began = np.concatenate([np.full((len(parts), 1), section["begin"]), leave[:, :-1]], axis=1)
        work = np.maximum(enter - began, 0)
        slowest += int(work.max(axis=0).sum())
        shared += int(np.rint(work.mean(axis=0).sum()))
        # Thread 0's clock counts: the section and its nodes are timed by it.
        main = int(np.flatnonzero(parts["lane"] == section["lane"])[0]) if section["lane"] in parts["lane"] else 0
        barriers += int(leave[main, -1] - section["begin"]) - int(work.max(axis=0).sum())
    whole = int(trace.runs["end"][run] - trace.runs["begin"][run])
    return CriticalPath(run, whole, slowest, shared, barriers, whole - slowest - barriers) if known else None


def _barriers_of(trace: Trace, part: np.void) -> np.ndarray:
    """When the thread came to each barrier of its part, and when it went on."""
    lane = trace.lanes[part["lane"]]
    at = lane.barriers_from(int(part["first_row"]), int(part["barriers"]))
    leave = lane.take("time", at)
    return np.stack([trace.clock.ns(leave - lane.waits(at)), trace.clock.ns(leave)])

"""The threads that wrote a trace, and the runs that what they wrote belongs to."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ggmlviz.format.layout import RowKind
from ggmlviz.trace.trace import Trace


class LaneThread(NamedTuple):
    """Who wrote a lane: one thread, or several one after another, of which `tid` is the first."""

    name: str
    tid: int  # -1: not told


def threads_of_lanes(trace: Trace) -> list[LaneThread]:
    return [_thread_of(trace, lane) for lane in trace.recording.lanes]


def _thread_of(trace: Trace, lane) -> LaneThread:
    ids: dict[int, None] = {}
    for piece in lane.pieces:
        ids |= dict.fromkeys(piece.rows["value"][piece.rows["kind"] == RowKind.THREAD].tolist())
    threads, strings = trace.definitions.threads, trace.definitions.strings
    known = [threads[id] for id in ids if id < len(threads)]
    names = dict.fromkeys(strings[thread["name"]] for thread in known)
    return LaneThread(", ".join(filter(None, names)), int(known[0]["tid"]) if known else -1)


def runs_around(trace: Trace, lanes: np.ndarray, times: np.ndarray) -> np.ndarray:
    """The index of the run that was going on in that lane at that time, -1 for none."""
    found = np.full(len(times), -1, np.int64)
    runs = trace.runs
    for lane in np.unique(lanes).tolist():
        of_lane = np.flatnonzero(runs["lane"] == lane)
        here = np.flatnonzero(lanes == lane)
        if not len(of_lane):
            continue
        at = np.searchsorted(runs["begin"][of_lane], times[here], "right") - 1
        run = of_lane[np.maximum(at, 0)]
        inside = (at >= 0) & (times[here] <= runs["end"][run])
        found[here[inside]] = run[inside]
    return found

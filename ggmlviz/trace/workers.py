"""Work and wait of the threads that compute beside thread 0.

Barriers are collective: the n-th barrier of a section is the same one on every thread. A barrier belongs to the section
of its thread pool during which the thread entered it, and no two sections of a pool overlap.
"""

from __future__ import annotations

import numpy as np

from ggmlviz.format.clock import Clock
from ggmlviz.format.layout import RowKind
from ggmlviz.trace.lane_rows import LaneRows

PART = np.dtype(
    [
        ("section", "i8"),
        ("lane", "i4"),
        ("work", "i8"),  # ns
        ("wait", "i8"),
        ("barriers", "i8"),  # how many it passed; all is well when thread 0 passed as many
        ("first_row", "i8"),  # position in the lane of its first barrier
    ]
)


def parts_of_lane(index: int, lane: LaneRows, sections: np.ndarray, clock: Clock) -> np.ndarray:
    """What the thread of this lane did in each section that it took part in, thread 0's own sections included."""
    barriers = lane.of(RowKind.NODE, RowKind.BARRIER)
    if not len(barriers) or not len(sections):
        return np.empty(0, PART)
    times = lane.take("time", barriers)
    leave = clock.ns(times)
    enter = clock.ns(times - lane.waits(barriers))
    pool = lane.filled(RowKind.POOL, barriers, 0)

    section = _section_of(sections, pool, enter)
    known = section >= 0
    section, leave, enter, rows = section[known], leave[known], enter[known], barriers[known]
    if not len(section):
        return np.empty(0, PART)
    starts = np.flatnonzero(np.concatenate([[True], section[1:] != section[:-1]]))
    parts = np.zeros(len(starts), PART)
    parts["section"] = section[starts]
    parts["lane"] = index
    parts["barriers"] = np.diff(np.append(starts, len(section)))
    parts["wait"] = np.add.reduceat(leave - enter, starts)
    last_leave = leave[np.append(starts[1:], len(section)) - 1]
    parts["work"] = last_leave - sections["begin"][parts["section"]] - parts["wait"]
    parts["first_row"] = rows[starts]
    return parts


def _section_of(sections: np.ndarray, pool: np.ndarray, enter: np.ndarray) -> np.ndarray:
    """The index of the section of that pool during which each moment lies, or -1."""
    order = np.lexsort((sections["begin"], sections["pool"]))
    ordered = sections[order]
    # one number that sorts like (pool, time)
    pools, of_section = np.unique(ordered["pool"], return_inverse=True)
    rank = np.searchsorted(pools, pool)
    known = (rank < len(pools)) & (pools[np.minimum(rank, len(pools) - 1)] == pool) & (pool != 0)
    span = int(max(sections["end"].max(), enter.max())) + 1
    keys = of_section.astype(np.int64) * span + ordered["begin"]
    at = np.searchsorted(keys, rank.astype(np.int64) * span + enter, "right") - 1
    found = np.where(known & (at >= 0), at, 0)
    inside = known & (at >= 0) & (ordered["pool"][found] == pool) & (enter <= ordered["end"][found])
    return np.where(inside, order[found], -1)

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
    if not len(lane.barriers) or not len(sections):
        return np.empty(0, PART)
    waits = lane.waits(lane.barriers)
    parts = [_parts_of_stretch(lane, *stretch, sections, waits, clock) for stretch in _stretches(lane)]
    joined = np.concatenate([np.empty(0, PART), *parts])
    joined["lane"] = index
    return joined


def _stretches(lane: LaneRows) -> list[tuple[int, int, int]]:
    """Pool, first and last barrier (counted in barriers) between one POOL row and the next."""
    rows = lane.of(RowKind.POOL)
    pools = lane.wide(rows)
    changes = np.flatnonzero(np.diff(pools, prepend=np.uint64(0)))  # it is repeated at the beginning of a segment
    bounds = np.append(lane.barriers_before(rows[changes]), len(lane.barriers))
    return [
        (int(pool), int(a), int(b)) for pool, a, b in zip(pools[changes], bounds, bounds[1:], strict=False) if b > a
    ]


def _parts_of_stretch(
    lane: LaneRows, pool: int, low: int, high: int, sections: np.ndarray, waits: np.ndarray, clock: Clock
) -> np.ndarray:
    ends = clock.ns(lane.take("time", lane.barriers[[low, high - 1]]))
    entered = int(ends[0] - clock.duration(int(waits[low])))
    mine = np.flatnonzero((sections["pool"] == pool) & (sections["end"] >= entered) & (sections["begin"] <= ends[1]))
    mine = mine[np.argsort(sections["begin"][mine], kind="stable")]
    # Where each section begins among the barriers. One that was left after the section began may still have been
    # entered before: the thread was late in leaving the last barrier of the section before.
    begins = np.clip(lane.barriers_before(lane.at_time(clock.ticks(sections["begin"][mine]))), low, high)
    late = np.flatnonzero(begins < high)
    while len(late):
        left = lane.take("time", lane.barriers[begins[late]])
        before = clock.ns(left - waits[begins[late]]) < sections["begin"][mine[late]]
        late = late[before]
        begins[late] += 1
        late = late[begins[late] < high]
    counts = np.diff(np.append(begins, high))
    filled = counts > 0
    mine, begins, counts = mine[filled], begins[filled], counts[filled]
    if not len(mine):
        return np.empty(0, PART)
    parts = np.zeros(len(mine), PART)
    parts["section"] = mine
    parts["barriers"] = counts
    sums = np.add.reduceat(waits[: begins[-1] + counts[-1]], begins, dtype=np.uint64)
    parts["wait"] = clock.duration(sums)
    last_leave = clock.ns(lane.take("time", lane.barriers[begins + counts - 1]))
    parts["work"] = last_leave - sections["begin"][mine] - parts["wait"]
    parts["first_row"] = lane.barriers[begins]
    return parts

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
    barriers = lane.barriers()
    if not len(barriers) or not len(sections):
        return np.empty(0, PART)
    waits = lane.waits(barriers)
    stretches = _stretches(lane, len(barriers))
    parts = [_parts_of_stretch(lane, barriers, *stretch, sections, waits, clock) for stretch in stretches]
    joined = np.concatenate([np.empty(0, PART), *parts])
    joined["lane"] = index
    return joined


def _stretches(lane: LaneRows, barriers: int) -> list[tuple[int, int, int]]:
    """Pool, first and last barrier (counted in barriers) between one POOL row and the next."""
    rows = lane.of(RowKind.POOL)
    pools = lane.wide(rows)
    changes = np.flatnonzero(np.diff(pools, prepend=np.uint64(0)))  # it is repeated at the beginning of a segment
    bounds = np.append(lane.barriers_before(rows[changes]), barriers)
    return [
        (int(pool), int(a), int(b)) for pool, a, b in zip(pools[changes], bounds, bounds[1:], strict=False) if b > a
    ]


def _parts_of_stretch(
    lane: LaneRows,
    barriers: np.ndarray,
    pool: int,
    low: int,
    high: int,
    sections: np.ndarray,
    waits: np.ndarray,
    clock: Clock,
) -> np.ndarray:
    ends = clock.ns(lane.take("time", barriers[[low, high - 1]]))
    entered = int(ends[0] - clock.duration(int(waits[low])))
    mine = np.flatnonzero((sections["pool"] == pool) & (sections["end"] >= entered) & (sections["begin"] <= ends[1]))
    mine = mine[np.argsort(sections["begin"][mine], kind="stable")]
    begins = _first_entered(lane, barriers, low, high, sections["begin"][mine], waits, clock)
    stops = _first_entered(lane, barriers, low, high, sections["end"][mine] + 1, waits, clock)
    counts = stops - begins
    filled = counts > 0
    mine, begins, counts = mine[filled], begins[filled], counts[filled]
    if not len(mine):
        return np.empty(0, PART)
    parts = np.zeros(len(mine), PART)
    parts["section"] = mine
    parts["barriers"] = counts
    parts["wait"] = clock.duration(_sums(waits, begins, begins + counts))
    last_leave = clock.ns(lane.take("time", barriers[begins + counts - 1]))
    parts["work"] = last_leave - sections["begin"][mine] - parts["wait"]
    parts["first_row"] = barriers[begins]
    return parts


def _first_entered(
    lane: LaneRows, barriers: np.ndarray, low: int, high: int, moments: np.ndarray, waits: np.ndarray, clock: Clock
) -> np.ndarray:
    """For each moment, the first barrier that was entered at or after it."""
    # One that was left after the moment may have been entered before: a thread can be late in leaving.
    found = np.clip(lane.barriers_before(lane.at_time(clock.ticks(moments))), low, high)
    late = np.flatnonzero(found < high)
    while len(late):
        left = lane.take("time", barriers[found[late]])
        late = late[clock.ns(left - waits[found[late]]) < moments[late]]
        found[late] += 1
        late = late[found[late] < high]
    return found


def _sums(values: np.ndarray, begins: np.ndarray, ends: np.ndarray, at_once: int = 1024) -> np.ndarray:
    """The sum of each part; the parts rise. In wide numbers, but never all of them at once."""
    sums = np.empty(len(begins), np.int64)
    for low in range(0, len(begins), at_once):
        first, last = int(begins[low]), int(ends[min(low + at_once, len(begins)) - 1])
        total = np.concatenate([[0], np.cumsum(values[first:last], dtype=np.int64)])
        sums[low : low + at_once] = (
            total[ends[low : low + at_once] - first] - total[begins[low : low + at_once] - first]
        )
    return sums

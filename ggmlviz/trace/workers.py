"""Work and wait of the threads that compute beside thread 0.

Barriers are collective: the n-th barrier of a section is the same one on every thread. A barrier belongs to the section
of its thread pool during which the thread entered it, and no two sections of a pool overlap.
"""

from __future__ import annotations

import numpy as np

from ggmlviz.format.clock import Clock
from ggmlviz.format.layout import RowKind
from ggmlviz.trace.lane_rows import LaneRows
from ggmlviz.trace.row_scan import ROWS_AT_ONCE

SECTIONS_AT_ONCE = 512

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
    if not lane.barriers or not len(sections):
        return np.empty(0, PART)
    parts = [_parts_of_stretch(lane, *stretch, sections, clock) for stretch in _stretches(lane)]
    joined = np.concatenate([np.empty(0, PART), *parts])
    joined["lane"] = index
    return joined


def _stretches(lane: LaneRows) -> list[tuple[int, int, int]]:
    """Pool, first and last barrier (counted in barriers) between one POOL row and the next."""
    rows = lane.of(RowKind.POOL)
    pools = np.append(np.uint64(lane.before.pool), lane.wide(rows))
    changes = np.flatnonzero(np.diff(pools))  # it is repeated at the beginning of a segment
    bounds = [0, *lane.barriers_before(rows[changes]).tolist(), lane.barriers]
    stretches = list(zip([lane.before.pool, *pools[changes + 1].tolist()], bounds, bounds[1:], strict=False))
    return [(pool, a, b) for pool, a, b in stretches[not lane.before.pool :] if b > a]  # the first is of no known pool


def _parts_of_stretch(lane: LaneRows, pool: int, low: int, high: int, sections: np.ndarray, clock: Clock) -> np.ndarray:
    limits = lane.barrier(np.array([low, high - 1]))
    ends = clock.ns(lane.take("time", limits))
    entered = int(ends[0] - clock.duration(int(lane.waits(limits)[0])))
    mine = np.flatnonzero((sections["pool"] == pool) & (sections["end"] >= entered) & (sections["begin"] <= ends[1]))
    mine = mine[np.argsort(sections["begin"][mine], kind="stable")]
    # Some at a time: all that is asked of their rows is asked while these are at hand.
    some = [mine[at : at + SECTIONS_AT_ONCE] for at in range(0, len(mine), SECTIONS_AT_ONCE)]
    return np.concatenate([np.empty(0, PART), *(_parts_of(lane, low, high, part, sections, clock) for part in some)])


def _parts_of(lane: LaneRows, low: int, high: int, mine: np.ndarray, sections: np.ndarray, clock: Clock) -> np.ndarray:
    begins = _first_entered(lane, low, high, sections["begin"][mine], clock)
    stops = _first_entered(lane, low, high, sections["end"][mine] + 1, clock)
    filled = stops > begins
    mine, begins, stops = mine[filled], begins[filled], stops[filled]
    first, last = lane.barrier(begins), lane.barrier(stops - 1)
    parts = np.zeros(len(mine), PART)
    parts["section"] = mine
    parts["barriers"] = stops - begins
    parts["wait"] = clock.duration(_waits_between(lane, first, last + 1))
    parts["work"] = clock.ns(lane.take("time", last)) - sections["begin"][mine] - parts["wait"]
    parts["first_row"] = first
    return parts


def _first_entered(lane: LaneRows, low: int, high: int, moments: np.ndarray, clock: Clock) -> np.ndarray:
    """For each moment, the first barrier that was entered at or after it."""
    # One that was left after the moment may have been entered before: a thread can be late in leaving.
    found = np.clip(lane.barriers_before(lane.at_time(clock.ticks(moments))), low, high)
    late = np.flatnonzero(found < high)
    while len(late):
        at = lane.barrier(found[late])
        late = late[clock.ns(lane.take("time", at) - lane.waits(at)) < moments[late]]
        found[late] += 1
        late = late[found[late] < high]
    return found


def _waits_between(lane: LaneRows, begins: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Ticks waited from row to row; these parts of the lane rise."""
    sums, low = np.empty(len(begins), np.int64), 0
    while low < len(begins):
        start = int(begins[low])
        high = max(low + 1, int(np.searchsorted(ends, start + ROWS_AT_ONCE)))
        total = lane.waited(start, int(ends[low:high].max()))
        sums[low:high] = total[ends[low:high] - start] - total[begins[low:high] - start]
        low = high
    return sums

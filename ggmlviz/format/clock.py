"""From the ticks in rows to nanoseconds since the trace began, and to dates."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import numpy as np

from ggmlviz.format.layout import ClockKind
from ggmlviz.format.moment import Moment

# Ticks are taken relative to the start, where a float64 is exact up to here: a month of 3 GHz.
EXACT = 1 << 53
LONGEST_NS = 1 << 62


class Clock:
    """Straight lines between the moments at which both clocks were read, the last one drawn on beyond its end.

    `calibrated` is False where the rate of the ticks is unknown, because the program was killed before its clocks
    were read a second time: then one tick is shown as one nanosecond, and durations are only proportions.
    """

    def __init__(self, kind: int, start: Moment, later: Iterable[Moment] = ()):
        self.start = start
        self.counts_nanoseconds = kind == ClockKind.MONOTONIC_NS
        knots = [(0, 0)]
        for moment in sorted(later):
            knot = (moment.ticks - start.ticks, moment.monotonic_ns - start.monotonic_ns)
            # A moment never taken is all zeros; one that goes back on either clock would fold time over.
            if knots[-1][0] < knot[0] < EXACT and knots[-1][1] < knot[1] < LONGEST_NS:
                knots.append(knot)
        self.calibrated = self.counts_nanoseconds or len(knots) > 1
        self._ticks, self._ns = np.array(_drawn_on(knots), np.float64).T

    def ns(self, ticks: np.ndarray | int) -> np.ndarray:
        """Nanoseconds since the start of the trace, as int64 in the shape of `ticks`; never falling as ticks rise."""
        # Unsigned numbers wrap around, so that a tick before the start becomes a small negative difference.
        since = np.subtract(np.asarray(ticks, np.uint64), np.uint64(self.start.ticks), dtype=np.uint64).astype(np.int64)
        if self.counts_nanoseconds:
            return since
        return np.rint(np.interp(since, self._ticks, self._ns)).astype(np.int64)

    def date(self, ns: int) -> datetime:
        """The UTC date that the computer's clock would have shown had nobody set it meanwhile."""
        return self.start.date(later_ns=int(ns))


def _drawn_on(knots: list[tuple[int, int]]) -> list[tuple[float, float]]:
    """The knots with one more at either end, so far out that no true time lies beyond."""
    if len(knots) == 1:
        return [(-EXACT, -EXACT), (0, 0), (EXACT, EXACT)]
    (t0, n0), (t1, n1) = knots[:2]
    (t2, n2), (t3, n3) = knots[-2:]
    first_rate, last_rate = (n1 - n0) / (t1 - t0), (n3 - n2) / (t3 - t2)
    before, after = min(EXACT, LONGEST_NS / first_rate), min(EXACT, (LONGEST_NS - n3) / last_rate)
    return [(-before, -before * first_rate), *knots, (t3 + after, n3 + after * last_rate)]

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
AT_ONCE = 1 << 16


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
        ticks = np.asarray(ticks, np.uint64)
        since = np.subtract(ticks.reshape(-1), np.uint64(self.start.ticks)).view(np.int64)
        if not self.counts_nanoseconds:
            # converted where it is, part by part: large temporaries cost more than the arithmetic
            for begin in range(0, len(since), AT_ONCE):
                part = since[begin : begin + AT_ONCE]
                part[:] = np.rint(np.interp(part, self._ticks, self._ns))
        return since.reshape(ticks.shape)

    def duration(self, ticks: np.ndarray | int) -> np.ndarray:
        """Nanoseconds that so many ticks last, at the rate of the whole trace."""
        lasting = np.array(ticks, np.int64, ndmin=1)
        if self.counts_nanoseconds:
            return lasting.reshape(np.shape(ticks))
        rate = (self._ns[-2] - self._ns[1]) / (self._ticks[-2] - self._ticks[1]) if len(self._ns) > 3 else 1.0
        for begin in range(0, len(lasting), AT_ONCE):
            part = lasting[begin : begin + AT_ONCE]
            part[:] = np.rint(part * rate)
        return lasting.reshape(np.shape(ticks))

    def ticks(self, ns: np.ndarray) -> np.ndarray:
        """The other way round: the moment on the ticks' own scale."""
        ns = np.asarray(ns, np.int64)
        since = ns if self.counts_nanoseconds else np.rint(np.interp(ns, self._ns, self._ticks)).astype(np.int64)
        return (since + np.int64(self.start.ticks)).astype(np.uint64)

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

"""Between moments of the trace and pixels of a view."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ggmlviz.analysis.time_range import TimeRange

SHORTEST = 100  # ns across a whole view: nothing that is recorded is shorter


@dataclass(frozen=True)
class TimeScale:
    range: TimeRange
    left: float  # pixel at which the range begins
    width: float  # pixels it takes

    @property
    def ns_per_pixel(self) -> float:
        return (self.range.end - self.range.begin) / self.width

    def x(self, times: np.ndarray) -> np.ndarray:
        """Pixels; the difference is taken in whole nanoseconds, so that it stays exact late in a long trace."""
        return self.left + (np.asarray(times) - self.range.begin) / self.ns_per_pixel

    def time(self, x: float) -> int:
        return self.range.begin + round((x - self.left) * self.ns_per_pixel)


def zoomed(range: TimeRange, at: int, factor: float, whole: TimeRange) -> TimeRange:
    """A factor below 1 shows less; what is at `at` stays where it is."""
    length = range.end - range.begin
    wanted = int(min(max(length * factor, SHORTEST), whole.end - whole.begin))
    begin = at - round((at - range.begin) * wanted / length)
    return inside(TimeRange(begin, begin + wanted), whole)


def panned(range: TimeRange, by: int, whole: TimeRange) -> TimeRange:
    return inside(TimeRange(range.begin + by, range.end + by), whole)


def inside(range: TimeRange, whole: TimeRange) -> TimeRange:
    """Moved, not cut, so that it does not leave the whole; all of it if it is longer."""
    length = min(range.end - range.begin, whole.end - whole.begin)
    begin = min(max(range.begin, whole.begin), whole.end - length)
    return TimeRange(begin, begin + length)

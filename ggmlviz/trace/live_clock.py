"""The clock of a trace that still grows: a time that was told once stays what it was.

Every later reading of the clocks makes the rate of the ticks more exact, so a clock that was made anew each time would
move what is on the screen already. This one goes on from where it is, towards what the newest reading says.
"""

from __future__ import annotations

from collections import deque

from ggmlviz.format.clock import Clock
from ggmlviz.format.moment import Moment
from ggmlviz.format.recording import Recording

SLACK_NS = 200  # by which a reading may differ from the clock: about what a reading is exact to
SECOND = 1_000_000_000
READINGS = 16  # a second apart: what the rate is taken from


class LiveClock:
    def __init__(self, recording: Recording):
        header = recording.header
        self.now = recording.clock
        self._kind, self._start = header["clock"], header.start
        self._readings: deque[Moment] = deque([header.start], READINGS)
        self._fixed: list[Moment] = []  # where its straight lines meet

    def advance(self, recording: Recording, newest: int) -> None:
        """`newest`: ticks of the newest row; no row before it changes its time."""
        latest = recording.header.latest
        if self.now.counts_nanoseconds or latest is None or latest.ticks <= self._readings[0].ticks:
            return
        first = self._readings[0]
        rate = (latest.monotonic_ns - first.monotonic_ns) / (latest.ticks - first.ticks)
        if rate <= 0:
            return
        if latest.monotonic_ns - self._readings[-1].monotonic_ns >= SECOND:
            self._readings.append(latest)
        if not self._fixed:
            self._fixed = [latest]
            self.now = Clock(self._kind, self._start, self._fixed)
            return
        said = self._start.monotonic_ns + int(self.now.ns(latest.ticks))
        if abs(latest.monotonic_ns - said) > SLACK_NS:
            self._turn(max(newest, latest.ticks), latest.monotonic_ns - said, rate)

    def _turn(self, at: int, behind: int, rate: float) -> None:
        """From this moment on a little faster or slower, so that it is right a second later."""
        here = self._start.monotonic_ns + int(self.now.ns(at))
        before = [moment for moment in self._fixed if moment.ticks < at]
        aim = Moment(at + round(SECOND / rate), here + max(SECOND + behind, 1), 0)
        self._fixed = [*before, Moment(at, here, 0), aim]
        self.now = Clock(self._kind, self._start, self._fixed)

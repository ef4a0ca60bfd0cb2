"""Which press is the second of a double click. The toolkit takes the time from frame to frame, and sees press, release
and second press in three of them: where frames take 150 ms, nobody would be quick enough."""

from __future__ import annotations

import math
from typing import NamedTuple

QUICK = 0.3  # seconds from press to press
LATE = 2.0  # the same, if both had been there before the first was seen
FRAMES = 2  # between two presses that came together
NEAR = 6  # pixels that the mouse may go meanwhile


class Press(NamedTuple):
    where: object  # the canvas
    button: str
    place: tuple[float, float]
    frame: int
    second: float


class DoubleClick:
    def __init__(self) -> None:
        self._first: Press | None = None

    def ended_by(self, press: Press) -> bool:
        """A third press begins anew."""
        first = self._first
        doubled = first is not None and _together(first, press)
        self._first = None if doubled else press
        return doubled


def _together(first: Press, press: Press) -> bool:
    within = LATE if press.frame - first.frame <= FRAMES else QUICK
    same = first.where is press.where and first.button == press.button
    return same and press.second - first.second <= within and math.dist(first.place, press.place) <= NEAR

"""Where a person is: the range of time in view, the area picked in it, the selection, the filter. One for all views."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from ggmlviz.analysis.time_range import TimeRange
from ggmlviz.scene.selection import NOTHING, Selection


@dataclass(frozen=True)
class Focus:
    view: TimeRange  # what the timeline shows
    area: TimeRange | None = None  # picked inside the timeline
    selection: Selection = NOTHING
    filter: str = ""  # text that names what tables, log and graph show

    @property
    def range(self) -> TimeRange:
        """What tables, flame, roofline and heatmap are about."""
        return self.area or self.view

    def seeing(self, view: TimeRange) -> Focus:
        return replace(self, view=view)

    def on(self, selection: Selection) -> Focus:
        return replace(self, selection=selection)


class History:
    """Steps back and forward. Small moves on end to end are one step, so that back undoes a whole drag."""

    def __init__(self, start: Focus):
        self._past: list[Focus] = []
        self._future: list[Focus] = []
        self.now = start

    def go(self, focus: Focus, same_step: bool = False) -> None:
        """`same_step`: this continues the last move, as the next notch of a wheel does."""
        if focus == self.now:
            return
        if not same_step or not self._past:
            self._past.append(self.now)
        self._future.clear()
        self.now = focus

    def carry(self, change: Callable[[Focus], Focus]) -> None:
        """All steps, into a new state of what they are about."""
        self._past = [change(focus) for focus in self._past]
        self._future = [change(focus) for focus in self._future]
        self.now = change(self.now)

    def back(self) -> bool:
        return self._move(self._past, self._future)

    def forward(self) -> bool:
        return self._move(self._future, self._past)

    def _move(self, source: list[Focus], target: list[Focus]) -> bool:
        if not source:
            return False
        target.append(self.now)
        self.now = source.pop()
        return True

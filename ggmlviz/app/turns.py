"""Whose turn it is to draw: while the range of time moves, the timeline in every frame, and of the others one after
the other, so that no frame waits for all of them."""

from __future__ import annotations

from collections.abc import Sequence

from ggmlviz.analysis.time_range import TimeRange
from ggmlviz.app.panel import Panel

LEADER = "timeline"


class Turns:
    def __init__(self) -> None:
        self._view: TimeRange | None = None
        self._turn = 0
        self.moving = False  # whether some had no turn, and need the next frame

    def of(self, panels: Sequence[Panel], view: TimeRange) -> list[Panel]:
        """Those of the panels in sight that draw in this frame."""
        self.moving = self._view not in (None, view)
        self._view = view
        others = [panel for panel in panels if panel.name != LEADER]
        if not self.moving or not others:
            return list(panels)
        self._turn = (self._turn + 1) % len(others)
        return [panel for panel in panels if panel.name == LEADER] + [others[self._turn]]

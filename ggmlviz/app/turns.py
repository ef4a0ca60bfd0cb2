"""Whose turn it is to draw: when the range of time or the trace is another one, the timeline in every frame, and of the
others one after the other until each has had its turn, so that no frame waits for all of them."""

from __future__ import annotations

from collections.abc import Sequence

from ggmlviz.app.panel import Panel

LEADER = "timeline"


class Turns:
    def __init__(self) -> None:
        self._about: tuple = ()
        self._turn = self._left = 0
        self.moving = False  # whether some had no turn, and need the next frame

    def of(self, panels: Sequence[Panel], about: tuple, close: str = "") -> list[Panel]:
        """Those of the panels in sight that draw in this frame. `about`: what all of them show; `close`: the panel
        under the mouse, which never waits, for what is clicked must be what is shown."""
        first = [panel for panel in panels if panel.name in (LEADER, close)]
        others = [panel for panel in panels if panel not in first]
        if about != self._about:
            self._about, self._left = about, len(others)
        self.moving = self._left > 0 and bool(others)
        if not self.moving:
            return list(panels)
        self._left -= 1
        self._turn = (self._turn + 1) % len(others)
        return [*first, others[self._turn]]

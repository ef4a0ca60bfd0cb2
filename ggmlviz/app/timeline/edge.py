"""The newest edge of a trace that grows, and whether the timeline moves along with it."""

from __future__ import annotations

from ggmlviz.analysis.time_range import TimeRange
from ggmlviz.scene.newest import Newest
from ggmlviz.scene.selection import NOTHING, Selection


class Edge:
    """Of a trace that does not grow there is no newest state."""

    def __init__(self) -> None:
        self.newest: Newest | None = None
        self.view: TimeRange | None = None  # what the timeline shows; None: it does not follow
        self.selection: Selection = NOTHING  # as it is called in the newest part
        self.zoomed: int | None = None  # ns that a person wants to see

    @property
    def following(self) -> bool:
        return self.view is not None

    def move(self, newest: Newest, selection: Selection) -> None:
        self.newest, self.selection = newest, selection
        whole, span = newest.full.whole, self.zoomed or newest.span
        self.view = TimeRange(max(whole.begin, whole.end - span), whole.end)

    def stay(self) -> None:
        self.view = None

    def look_at(self, view: TimeRange) -> None:
        """Where a person has gone: to another width at the edge, or away from it."""
        if self.view is None or self.view == view:
            return
        if view.end >= self.newest.full.whole.end:
            self.zoomed, self.view = view.end - view.begin, view
        else:
            self.stay()

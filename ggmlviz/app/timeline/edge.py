"""The newest edge of a trace that grows, and whether the timeline moves along with it."""

from __future__ import annotations

from ggmlviz.analysis.time_range import TimeRange
from ggmlviz.scene.newest import Newest
from ggmlviz.scene.selection import NOTHING, Selection

BEYOND = 0.1  # of what is in view may be behind the edge that is followed


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

    def move(self, newest: Newest, selection: Selection, begin: int) -> None:
        """`begin`: before which nothing is to be seen."""
        self.newest, self.selection = newest, selection
        end, span = newest.full.whole.end, self.zoomed or newest.span
        self.view = TimeRange(max(begin, end - span), end)

    def stay(self) -> None:
        self.view = None

    def look_at(self, view: TimeRange) -> None:
        """Where a person has gone: to another width at the edge, or away from it. Other programs may have been read
        a moment later than this one; whoever goes far beyond it wants to see what they did since."""
        if self.view is None or self.view == view:
            return
        beyond = view.end - self.newest.full.whole.end
        if 0 <= beyond <= BEYOND * (view.end - view.begin):
            self.zoomed, self.view = view.end - view.begin, view
        else:
            self.stay()

"""What is open and where the person is. Panels read it and ask it for changes; it knows no panel and no toolkit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from ggmlviz.analysis.time_range import TimeRange
from ggmlviz.app.actions import Actions
from ggmlviz.app.jobs import Jobs
from ggmlviz.app.timeline.edge import Edge
from ggmlviz.scene.companions import Companion, reach_of
from ggmlviz.scene.focus import Focus, History
from ggmlviz.scene.newest import Newest
from ggmlviz.scene.opened import Opened
from ggmlviz.scene.palette import DARK, Theme
from ggmlviz.scene.selection import Selection, carried
from ggmlviz.scene.time_scale import inside


class Session:
    """Whoever draws compares `opened`, `focus`, `theme` and `scale` with what it drew last: all are immutable, so
    that `is` and == tell whether anything is new."""

    def __init__(self) -> None:
        self.opened: Opened | None = None
        self.other: Opened | None = None  # the second trace of a comparison
        self.theme: Theme = DARK
        self.scale = 1.0  # of the display: sizes of text and margins are multiplied by it
        self.actions = Actions()
        self.jobs = Jobs()
        self.message = ""  # the last thing the program has to say, shown in the status line
        self.reveal: Callable[[str], None] = lambda panel: None  # brings a panel to the front; the window sets it
        self.make_main: Callable[[Path], None] = lambda recording: None  # of the companions one; live mode sets it
        self.now: Callable[[], int] = lambda: self.whole.end  # ns since the trace began; live mode knows better
        self.companions: tuple[Companion, ...] = ()  # other programs, shown beside in the timeline
        self.edge = Edge()
        self._history: History | None = None
        self.actions.before = self.catch_up

    def show(self, opened: Opened | None) -> None:
        """Another trace, or none."""
        self.opened, self.other, self.edge, self.companions = opened, None, Edge(), ()
        self._history = History(Focus(opened.first_view)) if opened else None

    def grow(self, newest: Newest) -> None:
        """A later state of the trace that is open: for the timeline at once, for all else when it is caught up with."""
        selection = carried(self.focus.selection, self.opened.trace, newest.opened.trace)
        self.edge.move(newest, selection, reach_of(newest.full, self.companions).begin)

    def catch_up(self) -> None:
        """Let all views be about the newest state. Whatever a person does, is done to what the timeline shows."""
        newest = self.edge.newest
        if newest is None or newest.full is self.opened:
            return
        old, view = self.opened.trace, self.edge.view
        new = newest.full.trace
        self._history.carry(lambda focus: focus.on(carried(focus.selection, old, new)))
        if view is not None:
            self._history.now = self._history.now.seeing(view)
        self.opened = newest.full

    @property
    def newest(self) -> Opened | None:
        """What the timeline shows."""
        return self.edge.newest.opened if self.edge.following else self.opened

    @property
    def whole(self) -> TimeRange:
        """From the first to the last thing that happened in the main program."""
        return self.edge.newest.full.whole if self.edge.following else self.opened.whole

    @property
    def reach(self) -> TimeRange:
        """What the timeline could show: all of every program that is shown there."""
        return reach_of(self.edge.newest.full if self.edge.following else self.opened, self.companions)

    @property
    def view(self) -> TimeRange:
        """What of it the timeline shows."""
        return self.edge.view or self.focus.view

    @property
    def selection_in_view(self) -> Selection:
        return self.focus.selection if self.newest is self.opened else self.edge.selection

    @property
    def focus(self) -> Focus | None:
        return self._history.now if self._history else None

    def go(self, focus: Focus, same_step: bool = False) -> None:
        if self._history:
            moved = focus.view != self.focus.view
            self._history.go(focus, same_step)
            if moved:
                self.edge.look_at(focus.view)

    def see(self, view: TimeRange, same_step: bool = False) -> None:
        self.go(self._history.now.seeing(view), same_step)

    def select(self, selection: Selection, reveal: bool = False) -> None:
        """`reveal`: also move the timeline there, if it is out of sight."""
        focus = self._history.now.on(selection)
        self.go(self._with_view_on(focus) if reveal else focus)

    def pick(self, area: TimeRange | None) -> None:
        self.go(replace(self._history.now, area=area))

    def back(self) -> None:
        if self._history:
            self._history.back()
            self.edge.look_at(self.focus.view)

    def forward(self) -> None:
        if self._history:
            self._history.forward()
            self.edge.look_at(self.focus.view)

    def _with_view_on(self, focus: Focus) -> Focus:
        """Moved so that the selected node, or else run, is in sight; wide enough to show it whole."""
        span = self.span_of(focus.selection)
        if span is None or (focus.view.begin <= span.begin and span.end <= focus.view.end):
            return focus
        length = max(focus.view.end - focus.view.begin, 2 * (span.end - span.begin))
        middle = (span.begin + span.end) // 2
        return focus.seeing(inside(TimeRange(middle - length // 2, middle + length // 2), self.reach))

    def span_of(self, selection: Selection) -> TimeRange | None:
        """When the selected thing happened."""
        trace = self.opened.trace
        if selection.execution is not None:
            end = int(trace.ops.end[selection.execution])
            return TimeRange(end - int(trace.ops.duration[selection.execution]), end)
        if selection.run is not None:
            return TimeRange(*(int(trace.runs[edge][selection.run]) for edge in ("begin", "end")))
        return None

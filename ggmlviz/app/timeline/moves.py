"""Where the timeline looks: zoom, pan, fit, and from one execution of a node to the next."""

from __future__ import annotations

import numpy as np

from ggmlviz.analysis.executions_of_node import executions_of_node
from ggmlviz.analysis.time_range import TimeRange
from ggmlviz.app.actions import Action, CannotDo
from ggmlviz.app.session import Session
from ggmlviz.scene.focus import Focus
from ggmlviz.scene.run_steps import step
from ggmlviz.scene.selection import of_execution, of_run
from ggmlviz.scene.time_scale import SHORTEST, inside, panned, zoomed

CLOSER = 0.8  # of what is in view stays
STEP = 0.15  # of what is in view is moved by
MARGIN = 0.08  # of a thing is left around it


class Moves:
    """`at`: the moment under the mouse, None where it is elsewhere."""

    def __init__(self, session: Session, at):
        self._session, self._at = session, at
        self._last: tuple[str, Focus | None] = ("", None)

    def see(self, view: TimeRange, how: str) -> None:
        """Moves of the same kind, one right after the other, are one step for whoever goes back."""
        session = self._session
        session.see(view, same_step=self._last[0] == how and self._last[1] is session.focus)
        self._last = (how, session.focus)

    def zoom(self, notches: float, at: int | None = None) -> None:
        focus = self._focus()
        view = focus.view
        at = at if at is not None else self._at()
        at = (view.begin + view.end) // 2 if at is None else at
        self.see(zoomed(view, at, CLOSER**notches, self._session.reach), "zoom")

    def pan(self, steps: float) -> None:
        view = self._focus().view
        self.see(panned(view, round((view.end - view.begin) * STEP * steps), self._session.reach), "pan")

    def to(self, span: TimeRange) -> None:
        """All of it, with a margin."""
        self._focus()
        margin = max(round((span.end - span.begin) * MARGIN), SHORTEST // 2)
        self.see(inside(TimeRange(span.begin - margin, span.end + margin), self._session.reach), "fit")

    def everything(self) -> None:
        self._focus()
        self.see(self._session.reach, "all")

    def fit(self) -> None:
        focus = self._focus()
        span = self._session.span_of(focus.selection) or focus.area
        if span is None:
            raise CannotDo("nothing is selected that could be fitted into the view")
        self.to(span)

    def along(self, by: int) -> None:
        """To the same node in the next run that computed it, or from run to run."""
        session, selection = self._session, self._focus().selection
        trace = session.opened.trace
        if selection.run is None:
            raise CannotDo("select an op or a run first")
        if selection.execution is None or selection.graph is None or selection.member is None:
            run = step(session.opened, selection.run, by, 0)
            if run is None:
                raise CannotDo("there is no other run there")
            session.select(of_run(trace, run), reveal=True)
            return
        executions = executions_of_node(trace, trace.graph(selection.graph), selection.member).execution
        here = np.flatnonzero(executions == selection.execution)
        place = int(here[0]) + by if len(here) else -1
        if not 0 <= place < len(executions):
            raise CannotDo(f"this is the {'last' if by > 0 else 'first'} run that computed it")
        self._select_in_place(int(executions[place]))

    def _select_in_place(self, execution: int) -> None:
        """The new one is where the old one was in the view, so that they can be compared by eye."""
        session, focus = self._session, self._focus()
        old, new = session.span_of(focus.selection), of_execution(session.opened.trace, execution)
        span = session.span_of(new)
        middle = (old.begin + old.end) // 2
        if focus.view.begin <= middle < focus.view.end:
            view = panned(focus.view, (span.begin + span.end) // 2 - middle, session.reach)
            session.go(focus.on(new).seeing(view))
        else:
            session.select(new, reveal=True)

    def _focus(self) -> Focus:
        if self._session.focus is None:
            raise CannotDo("nothing is open")
        return self._session.focus

    def actions(self, here: str) -> list[Action]:
        def action(name: str, title: str, do, *keys: str) -> Action:
            return Action(f"timeline {name}", title, lambda _: do(), keys, "Timeline", here=here)

        return [
            action("zoom-in", "Zoom in", lambda: self.zoom(1), "W", "Up"),
            action("zoom-out", "Zoom out", lambda: self.zoom(-1), "S", "Down"),
            action("left", "Move left", lambda: self.pan(-1), "A", "Left"),
            action("right", "Move right", lambda: self.pan(1), "D", "Right"),
            action("fit", "Fit the selection", self.fit, "F"),
            action("all", "Show all", self.everything, "Home"),
            action("next", "Same op in the next run", lambda: self.along(1), "."),
            action("previous", "Same op in the previous run", lambda: self.along(-1), ","),
        ]

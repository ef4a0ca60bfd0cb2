"""What is picked in the timeline by command: an area, a measured stretch; and how all that is cleared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ggmlviz.app.actions import Action, CannotDo
from ggmlviz.app.timeline.search import Search
from ggmlviz.app.timeline.state import TimelineState
from ggmlviz.scene.selection import NOTHING
from ggmlviz.scene.time_text import range_of_text


class Picking:
    """`at`: the moment under the mouse. `show` opens a table below the lanes, or closes it."""

    def __init__(self, state: TimelineState, search: Search, at: Callable[[], int | None], show: Callable[[str], None]):
        self._state, self._search, self._at, self._show = state, search, at, show

    def area(self, text: str) -> None:
        """As it is written, else what is selected."""
        session = self._state.session
        if session.focus is None:
            raise CannotDo("nothing is open")
        area = range_of_text(text) if text else session.span_of(session.focus.selection)
        if area is None:
            raise CannotDo(f"`{text}` is no range of time: 0.912 s – 1.204 s" if text else "nothing is selected")
        session.pick(area)
        self._show("by op")

    def measure(self, text: str) -> None:
        """First one point, then the other, then away with it; or from where to where is written."""
        state = self._state
        if state.opened is None:
            raise CannotDo("nothing is open")
        if text:
            if (range := range_of_text(text)) is None:
                raise CannotDo(f"`{text}` is no range of time: 0.912 s – 1.204 s")
            state.measured, state.measuring = tuple(range), False
            return
        if state.measuring:
            state.measuring = False
        elif state.measured is not None:
            state.measured = None
        elif (moment := self._at()) is None:
            raise CannotDo("point at the moment from which to measure")
        else:
            state.measured, state.measuring = (moment, moment), True

    def clear(self) -> None:
        """What is marked; where nothing is, the selection."""
        state, session = self._state, self._state.session
        if session.focus is None:
            return
        if state.measured is not None or session.focus.area is not None or self._search.text or state.found is not None:
            state.measured, state.measuring = None, False
            self._search.clear()
            session.go(replace(session.focus, area=None))
            self._show("")
        else:
            session.select(NOTHING)

    def actions(self, here: str) -> list[Action]:
        return [
            Action(
                "timeline area", "Pick an area, or what is selected", self.area, ("R",), "Timeline", "BEGIN – END", here
            ),
            Action(
                "timeline measure", "Measure between two points", self.measure, ("M",), "Timeline", "BEGIN – END", here
            ),
            Action(
                "timeline clear", "Clear what is marked", lambda _: self.clear(), ("Escape",), "Timeline", here=here
            ),
        ]

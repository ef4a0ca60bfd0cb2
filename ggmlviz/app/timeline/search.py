"""Finding ops in the timeline: the search itself, from match to match, and the bins of the histogram."""

from __future__ import annotations

import numpy as np

from ggmlviz.analysis.find_ops import Found, Spread, find_ops, of_bin, spread_of
from ggmlviz.analysis.query import HELP, BadQuery, Query, parse
from ggmlviz.app.actions import Action, CannotDo
from ggmlviz.app.jobs import Job
from ggmlviz.app.timeline.state import TimelineState
from ggmlviz.scene.selection import of_execution


class Search:
    """`focus` puts the cursor into the text to search for; `show` opens the histogram."""

    def __init__(self, state: TimelineState, focus, show):
        self._state, self._focus, self._show = state, focus, show
        self.text = ""
        self.trouble = ""  # why the text finds nothing
        self._job: Job | None = None

    @property
    def searching(self) -> bool:
        return self._job is not None and not self._job.ended and not self._job.cancelled

    def typed(self, text: str) -> None:
        """What is found so far is lit as one types; nonsense is only told."""
        self.text, self.trouble = text, ""
        if self._job:
            self._job.cancel()
        if not text.strip():
            self.clear()
            return
        try:
            self._start(parse(text))
        except BadQuery as error:
            self._state.found = self._state.spread = self._state.lit = self._state.bin = None
            self.trouble = str(error)

    def clear(self) -> None:
        state = self._state
        self.text = self.trouble = ""
        state.found = state.spread = state.lit = state.bin = None

    def _start(self, query: Query) -> None:
        state = self._state
        opened = state.opened
        if opened is None:
            raise CannotDo("nothing is open in which something could be found")

        def work(job: Job) -> tuple[Found, Spread | None]:
            found = find_ops(opened.trace, opened.facts, query, job.progress)
            return found, spread_of(opened.trace, found)

        def then(answer: tuple[Found, Spread | None]) -> None:
            if state.opened is opened:
                state.found, state.spread = answer
                state.lit = state.bin = None
                self._show()

        self._job = state.session.jobs.start(f"Find {query.text}", work, then)

    def step(self, by: int) -> None:
        """To the next match behind the selection, or behind the left edge of the view."""
        state = self._state
        found = state.lit or state.found
        if found is None or not len(found.at):
            raise CannotDo(f"nothing was found: {HELP}" if found is None else f"`{found.query}` is nowhere")
        execution = state.session.focus.selection.execution
        if execution is None:
            place = self._first_in_view(found) if by > 0 else self._first_in_view(found) - 1
        else:
            place = int(np.searchsorted(found.at, execution, "right" if by > 0 else "left")) - (by < 0)
        execution = int(found.at[place % len(found.at)])
        state.session.select(of_execution(state.opened.trace, execution), reveal=True)
        state.session.message = f"match {place % len(found.at) + 1:,} of {len(found.at):,}"

    def _first_in_view(self, found: Found) -> int:
        begin, ends = self._state.session.focus.view.begin, self._state.opened.trace.ops.end
        lanes = self._state.lanes.computed.lanes if self._state.lanes.computed else []
        firsts = [lane.first + int(np.searchsorted(ends[lane.first : lane.last], begin, "right")) for lane in lanes]
        return int(np.searchsorted(found.at, min(firsts, default=0)))

    def light(self, number: int | None) -> None:
        """One bin of the histogram; the same again: all."""
        state = self._state
        if state.found is None or state.spread is None:
            raise CannotDo("find ops first")
        if number is None or number == state.bin:
            state.bin = state.lit = None
            return
        if not 0 <= number < len(state.spread.counts):
            raise CannotDo(f"there are bins from 0 to {len(state.spread.counts) - 1}")
        state.bin, state.lit = number, of_bin(state.opened.trace, state.found, state.spread, number)

    def told(self) -> str:
        """What is said beside the text."""
        found = self._state.found
        if self.trouble or self.searching or found is None:
            return self.trouble or ("searching …" if self.searching else "")
        lit = f", {len(self._state.lit.at):,} lit" if self._state.lit is not None else ""
        return f"{len(found.at):,} of {len(self._state.opened.trace.ops):,} ops{lit}"

    def actions(self, here: str) -> list[Action]:
        def bin_of(text: str) -> None:
            if text and not text.isdigit():
                raise CannotDo(f"`{text}` is no number of a bin")
            self.light(int(text) if text else None)

        def find(text: str) -> None:
            self._focus(text)
            if text:
                self.typed(text)
                if self.trouble:
                    raise CannotDo(self.trouble)

        return [
            Action("timeline find", "Find ops …", find, ("Ctrl+F",), "Timeline", "TEXT", here),
            Action("timeline find-next", "Next match", lambda _: self.step(1), ("N",), "Timeline", here=here),
            Action(
                "timeline find-previous", "Previous match", lambda _: self.step(-1), ("Shift+N",), "Timeline", here=here
            ),
            Action("timeline bin", "Light a bin of the histogram", bin_of, takes="NUMBER"),
        ]

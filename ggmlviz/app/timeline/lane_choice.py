"""Which lanes of the timeline are shown, and which are kept at the top."""

from __future__ import annotations

from ggmlviz.app.actions import Action, CannotDo
from ggmlviz.app.timeline.state import TimelineState


class LaneChoice:
    def __init__(self, state: TimelineState):
        self._state = state

    def filter(self, text: str) -> None:
        """Lanes whose titles have any of these words in them."""
        self._state.filter, self._state.scroll = text, 0.0

    def pin(self, key: str) -> None:
        """At the top, or no longer."""
        state = self._state
        lanes = [lane.key for lane in state.lanes.all()] if state.lanes else []
        if key not in lanes:
            raise CannotDo(f"there is no lane `{key}`: {', '.join(lanes)}" if lanes else "nothing is open")
        if key in state.pinned:
            state.pinned = tuple(other for other in state.pinned if other != key)
        else:
            state.pinned = (*state.pinned, key)

    def nest(self) -> None:
        self._state.nest = not self._state.nest

    def splits(self) -> None:
        self._state.splits = not self._state.splits

    def actions(self, here: str) -> list[Action]:
        return [
            Action(
                "timeline nest", "Layers and blocks above the ops", lambda _: self.nest(), ("L",), "Timeline", here=here
            ),
            Action("timeline splits", "Splits, also where they tell nothing", lambda _: self.splits(), (), "Timeline"),
            Action("timeline filter", "Show only lanes called …", self.filter, takes="WORDS"),
            Action("timeline pin", "Keep a lane at the top", self.pin, takes="LANE"),
        ]

"""What a search in the graph has found, and which of it a person has come to."""

from __future__ import annotations

from ggmlviz.app.actions import CannotDo
from ggmlviz.scene.graph.subject import GraphSubject


class Found:
    def __init__(self, text: str, subject: GraphSubject | None):
        self.text = text
        self.members = subject.found(text) if subject else []
        self.lit = frozenset(self.members)
        self._at: int | None = None

    @property
    def place(self) -> str:
        """3/22; nothing while nothing is searched for."""
        at = "–" if self._at is None else self._at + 1
        return f"{at}/{len(self.members)}" if self.text else ""

    def step(self, by: int) -> int:
        """The next or the one before, round and round."""
        if not self.members:
            raise CannotDo("nothing is found in this graph")
        first = 0 if by > 0 else len(self.members) - 1
        self._at = first if self._at is None else (self._at + by) % len(self.members)
        return self.members[self._at]

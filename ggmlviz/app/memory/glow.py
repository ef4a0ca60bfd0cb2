"""What glows in the memory of a program that is watched: kept up to date several times a second."""

from __future__ import annotations

import time

import numpy as np

from ggmlviz.analysis.memory.last_touches import last_touches
from ggmlviz.analysis.memory.tensor_accesses import NEVER
from ggmlviz.analysis.time_range import END_OF_TIME, TimeRange
from ggmlviz.app.session import Session
from ggmlviz.scene.heatmap.intensity import FADES
from ggmlviz.scene.opened import Opened

EVERY = 0.12  # seconds between two pictures


class Glow:
    def __init__(self, session: Session):
        self._session = session
        self._table: np.ndarray | None = None  # the places that are meant
        self._newest: Opened | None = None  # what was looked at last
        self._due = 0.0
        self.last = np.empty(0, np.int64)  # by place, when it was touched last; NEVER
        self.now = 0  # ns since the start of the trace
        self.step = 0  # another number whenever these are new

    @property
    def fades(self) -> bool:
        """Whether it goes on changing though nothing happens."""
        return self._session.edge.following and self.age is not None and self.age < FADES

    @property
    def age(self) -> int | None:
        """ns since anything was touched."""
        touched = int(self.last.max(initial=NEVER))
        return self.now - touched if touched != NEVER else None

    def frame(self) -> None:
        """While the timeline moves along with the newest edge."""
        session, due = self._session, time.monotonic()
        opened, newest = session.opened, session.newest
        if due < self._due and opened.places.table is self._table:
            return
        self._due = due + EVERY
        if opened.places.table is not self._table or newest.whole.begin > self._newest.whole.end:
            self._table, self._newest = opened.places.table, None
            begin = opened.whole.end - FADES
            self.last = last_touches(opened.trace, opened.accesses, TimeRange(begin, END_OF_TIME))
        if newest is not self._newest:
            self._newest = newest
            later = last_touches(newest.trace, opened.accesses, TimeRange(-END_OF_TIME, END_OF_TIME))
            self.last = np.maximum(self.last, later)
        now = max(session.now(), int(self.last.max(initial=0)))
        self.now, self.step = now, self.step + (now != self.now)

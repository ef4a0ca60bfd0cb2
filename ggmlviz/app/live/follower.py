"""One program that is followed beside the main one."""

from __future__ import annotations

import time
from dataclasses import replace

from ggmlviz.analysis.time_range import END_OF_TIME
from ggmlviz.app.live.feeds import Feed
from ggmlviz.errors import GgmlVizError
from ggmlviz.scene.companions import Companion, companion_of, start_of
from ggmlviz.trace.snapshot import Snapshot

GONE = "no longer readable"


class Follower:
    def __init__(self, feed: Feed):
        self.feed = feed
        self.due = 0.0  # when to look at it next
        self.finished = False  # its process has ended, and its last state is there
        self.companion: Companion | None = None
        self._unseen: Snapshot | None = None  # what nobody has watched yet

    def look(self, span: int, watched: bool) -> None:
        """`span`: ns that are to be seen. Where nobody watches, what is new is read and not shown."""
        now = time.monotonic_ns()
        try:
            news = self.feed.look()
        except GgmlVizError:  # what was seen of it stays
            self.finished = True
            self._tell(GONE, now)
            return
        self.finished, self._unseen = self.feed.over, news.trace or self._unseen
        trace, before = self._unseen, self.companion
        if trace is not None and len(trace.runs) and (watched or before is None):
            self.companion = companion_of(trace, before.full if before else None, span, news.state)
            self._unseen = None
            self._tell(news.state, now)
        elif watched or self.finished or (before is not None and before.state != news.state):
            self._tell(news.state, now)

    def _tell(self, state: str, now: int) -> None:
        """`now`: all that was written before is read."""
        if self.companion is not None:
            until = END_OF_TIME if self.finished else now - start_of(self.companion.full.trace)
            self.companion = replace(self.companion, state=state, until=until)

"""The programs that the live thread follows beside the main one, each less often than that."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from ggmlviz.app.live.feeds import Feed, Feeds
from ggmlviz.app.live.follower import Follower
from ggmlviz.errors import GgmlVizError
from ggmlviz.scene.companions import Companion

MOST = 7  # programs beside the main one
OFTEN, SELDOM = 0.05, 0.2  # seconds between two states of each at the least, and where nothing else forbids it
OF_SPAN = 10  # each moves along by this part of what is to be seen, where that lies between the two
SHARE = 0.25  # of a core that all of them together may take
NEWCOMERS = 1.0  # seconds between two looks at whether one has come that was asked for


class Company:
    """A person adds and removes from the window's thread; all else is done by the live thread."""

    def __init__(self, feeds: Feeds):
        self._feeds = feeds
        self._wanted: tuple[Path, ...] = ()
        self.left_out = 0  # programs that were asked for and found no room
        self._lock = threading.Lock()
        self._followers: dict[Path, Follower] = {}
        self._newcomers_due = 0.0
        self._watched = True

    @property
    def wanted(self) -> tuple[Path, ...]:
        return self._wanted

    def add(self, *paths: Path) -> None:
        """As many as there is room for; of the others it is told how many they are."""
        with self._lock:
            wanted = tuple(dict.fromkeys([*self._wanted, *paths]))
            self._wanted, self.left_out = wanted[:MOST], self.left_out + len(wanted[MOST:])

    def remove(self, path: Path) -> None:
        with self._lock:
            self._wanted = tuple(other for other in self._wanted if other != path)

    def exchange(self, path: Path, main: Feed | None) -> Feed | None:
        """The feed of one that becomes the main one; the one that was is followed beside it from now on.

        None where that is followed by nobody.
        """
        follower = self._followers.pop(path, None)
        if follower is None or main is None:
            self.remove(path)
            return follower.feed if follower else None
        self._followers[main.path] = Follower(main)
        with self._lock:
            self._wanted = tuple(main.path if other == path else other for other in self._wanted)
        return follower.feed

    def step(self, main: Path, span: int, watched: bool, newcomers: bool = True) -> tuple[Companion, ...]:
        """Looks at the one that has waited longest. All that are there, in the order in which they were added.

        `newcomers`: whether one that comes now has its place here.
        """
        self._follow(main, newcomers)
        if self._watched and not watched:  # a moment is to be looked at: what each had done by then belongs to it
            for follower in self._followers.values():
                follower.look(span, watched=True)
        self._watched, now = watched, time.monotonic()
        due = [it for it in self._followers.values() if not it.finished and it.due <= now]
        if due:
            self._look(min(due, key=lambda follower: follower.due), span, watched)
        inside = (self._followers[path] for path in self._wanted if path in self._followers)
        return tuple(follower.companion for follower in inside if follower.companion)

    def _look(self, follower: Follower, span: int, watched: bool) -> None:
        begun = time.thread_time()
        follower.look(span, watched)
        took = time.thread_time() - begun
        pause = min(max(span / OF_SPAN / 1e9, OFTEN), SELDOM)
        follower.due = time.monotonic() + max(pause, took * len(self._followers) / SHARE)

    def _follow(self, main: Path, newcomers: bool) -> None:
        """Those that are wanted, and no others."""
        now = time.monotonic()
        if newcomers and now >= self._newcomers_due:
            self._newcomers_due = now + NEWCOMERS
            self.add(*(path for path in self._feeds.newcomers() if path != main))
        wanted = self._wanted
        for path in [path for path in self._followers if path not in wanted]:
            del self._followers[path]
        for path in wanted:
            if path not in self._followers and path != main:
                try:
                    self._followers[path] = Follower(self._feeds.follow(path))
                except GgmlVizError:  # it went away just now
                    self.remove(path)

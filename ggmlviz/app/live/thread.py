"""The thread beside the window that follows a program, so that neither waits for the other."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, Protocol

from ggmlviz.errors import GgmlVizError
from ggmlviz.scene.newest import QUICK_ROWS, Newest, fitting_span, newest_of
from ggmlviz.scene.opened import Opened
from ggmlviz.scene.timeline.lanes import Lanes
from ggmlviz.scene.timeline.minimap import Minimap
from ggmlviz.trace.snapshot import Snapshot

MOST = 20.0  # states a second
SHARE = 0.5  # of a core that this may take, where there is little to read
PAUSED = 0.1  # seconds between two looks while nobody watches, and at most: often enough for any ring
MINIMAP, MINIMAP_SHARE = 0.7, 0.05  # seconds between two of them, and the share of the time they may take
CHOICES = 0.5  # seconds between two looks at which rings there are


class News(Protocol):
    trace: Snapshot | None
    state: str
    missed: int


class Feed(Protocol):
    path: Path

    @property
    def over(self) -> bool: ...

    def look(self) -> News: ...
    def lasting(self, rows: int) -> int: ...


class Choice(Protocol):
    """A ring that can be watched, or of which is told why it cannot."""

    path: Path
    pid: int
    state: str
    program: str
    model: str
    seconds: float
    rate: float | None
    reason: str
    goes_on: bool


class Feeds(Protocol):
    wanted: str

    def choices(self) -> list: ...
    def the_one(self, choices: list) -> Choice | None: ...
    def follow(self, path: Path) -> Feed: ...


class Look(NamedTuple):
    """What one look found. `newest` is None where nothing is new, or nobody watches."""

    path: Path | None
    state: str = ""
    missed: int = 0
    newest: Newest | None = None
    choices: tuple = ()
    failure: str = ""
    error: Exception | None = None  # a mistake of ours


class LiveThread:
    """`take` gives the latest look once; what a window that is slow has missed is not made up for."""

    def __init__(self, feeds: Feeds, wake: Callable[[], None]):
        self._feeds, self._wake = feeds, wake
        self._feed: Feed | None = None
        self._before: Newest | None = None
        self._unseen: Snapshot | None = None  # what nobody has watched yet
        self._span: int | None = None
        self._minimap: Minimap | None = None
        self._minimap_due = 0.0
        self._wanted: Path | None = None  # that a person asked for
        self._look: Look | None = None
        self._lock = threading.Lock()
        self._told: Look | None = None
        self.span: int | None = None  # ns that a person wants to see; None: what can be drawn quickly
        self.watched = True  # False: the window stands still, while the recording goes on
        self.choosing = False  # a person wants to see what there is

    def start(self) -> None:
        threading.Thread(target=self._run, name="live", daemon=True).start()

    def choose(self, path: Path) -> None:
        self._wanted, self.choosing, self.watched = path, False, True

    def take(self) -> Look | None:
        with self._lock:
            look, self._look = self._look, None
        return look

    def _run(self) -> None:
        while True:
            begun = time.thread_time()
            try:
                pause = self._step()
            except GgmlVizError as error:  # a ring that went away, or that is not what it seemed
                self._feed, pause = None, CHOICES
                self._tell(Look(None, failure=str(error)))
            except Exception as error:  # it belongs to the window's thread
                self._tell(Look(None, error=error))
                return
            took = time.thread_time() - begun
            time.sleep(max(pause, min(took * (1 / SHARE - 1), PAUSED)))

    def _step(self) -> float:
        if self._wanted is not None:
            path, self._wanted = self._wanted, None
            self._begin(path)
        if self._feed is None or self.choosing:
            return self._look_around()
        if self._feed.over and self._before is not None:
            return self._look_for_the_next()
        return self._follow()

    def _begin(self, path: Path) -> None:
        self._feed = self._feeds.follow(path)
        self._before = self._unseen = self._span = None
        self._minimap_due = 0.0

    def _follow(self) -> float:
        news = self._feed.look()
        self._unseen = news.trace or self._unseen
        if not self.watched and not self._feed.over:
            self._tell(Look(self._feed.path, news.state, news.missed))
            return PAUSED
        newest, trace, self._unseen = None, self._unseen, None
        if trace is not None and len(trace.runs):
            newest = self._before = self._newest_of(trace)
        self._tell(Look(self._feed.path, news.state, news.missed, newest))
        return 1 / MOST if not self._feed.over else CHOICES

    def _newest_of(self, trace: Snapshot) -> Newest:
        span = self.span
        if span is None:
            span = self._span = fitting_span(self._feed.lasting(QUICK_ROWS), self._span)
        begun = time.monotonic()
        if begun >= self._minimap_due:
            self._minimap = Lanes(Opened(trace)).minimap
            self._minimap_due = time.monotonic() + MINIMAP + (time.monotonic() - begun) / MINIMAP_SHARE
        return newest_of(trace, self._before, span, self._minimap)

    def _look_around(self) -> float:
        choices = self._feeds.choices()
        one = self._feeds.the_one(choices) if not self.choosing else None
        if one is not None:
            self._begin(one.path)
            return 0.0
        self._tell(Look(None, choices=tuple(choices)))
        return CHOICES

    def _look_for_the_next(self) -> float:
        """Of the same program, when the one that was watched has ended."""
        running = [choice for choice in self._feeds.choices() if choice.goes_on and choice.path != self._feed.path]
        if self._feeds.wanted and not self._feeds.wanted.isdecimal() and running:
            self._begin(running[0].path)
            return 0.0
        return CHOICES

    def _tell(self, look: Look) -> None:
        quiet = look.newest is None and look == self._told
        self._told = look._replace(newest=None)
        if quiet:
            return
        with self._lock:
            before = self._look
            if look.newest is None and before is not None and before.path == look.path:
                look = look._replace(newest=before.newest)  # not taken yet, and still the newest
            self._look = look
        self._wake()

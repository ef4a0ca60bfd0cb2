"""The thread beside the window that follows a program, so that neither waits for the other."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from ggmlviz.app.live.company import Company
from ggmlviz.app.live.feeds import Feed, Feeds
from ggmlviz.app.live.freed import Freed
from ggmlviz.app.live.small_pages import ask_for_small_pages
from ggmlviz.errors import GgmlVizError
from ggmlviz.scene.companions import Companion
from ggmlviz.scene.newest import QUICK_ROWS, SPANS, Newest, fitting_span, minimap_of, newest_of
from ggmlviz.scene.timeline.minimap import Minimap
from ggmlviz.trace.snapshot import Snapshot

MOST = 30.0  # states a second
SHARE = 0.5  # of a core that this may take, where there is little to read
LONGEST_FRAME = 0.2  # seconds after which the next state is made, drawn or not
PAUSED = 0.1  # seconds between two looks while nobody watches, and at most: often enough for any ring
MINIMAP, MINIMAP_SHARE = 0.7, 0.05  # seconds between two of them, and the share of the time they may take
CHOICES = 0.5  # seconds between two looks at which rings there are


class Look(NamedTuple):
    """What one look found. `newest` is None where nothing is new, or nobody watches."""

    path: Path | None
    state: str = ""
    missed: int = 0
    newest: Newest | None = None
    companions: tuple[Companion, ...] = ()
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
        self._drawn, self._stop = threading.Event(), threading.Event()
        self._ended = Look(None)  # what is told of one whose process has ended
        self._beside: tuple[Companion, ...] = ()  # as they were seen last
        self._next_due = 0.0  # when to look for one that comes after it
        self.span: int | None = None  # ns that a person wants to see; None: what can be drawn quickly
        self.watched = True  # False: the window stands still, while the recording goes on
        self.choosing = False  # a person wants to see what there is
        self.company = Company(feeds)
        self._freed = Freed()

    def start(self) -> None:
        ask_for_small_pages()
        self._thread = threading.Thread(target=self._run, name="live", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Returns when it looks at nothing any more."""
        self._stop.set()
        self._drawn.set()
        self._thread.join()

    def choose(self, path: Path) -> None:
        self._wanted, self.choosing, self.watched = path, False, True

    def take(self) -> Look | None:
        with self._lock:
            look, self._look = self._look, None
        return look

    def drawn(self) -> None:
        """A frame has ended. It showed the latest look, unless that came after it had begun."""
        if self._look is None:
            self._drawn.set()

    def _run(self) -> None:
        while not self._stop.is_set():
            began, begun = time.monotonic(), time.thread_time()
            try:
                pause = self._step()
            except GgmlVizError as error:  # a ring that went away, or that is not what it seemed
                self._feed, pause = None, CHOICES
                self._tell(Look(None, failure=str(error)))
            except Exception as error:  # it belongs to the window's thread
                self._tell(Look(None, error=error))
                return
            took = time.thread_time() - begun
            self._freed.step()
            rest = max(began + pause - time.monotonic(), min(took * (1 / SHARE - 1), PAUSED))
            self._stop.wait(max(rest, 0.0))
            # Made beside the frame, the next state would be in its way, and old when it is drawn.
            self._drawn.wait(LONGEST_FRAME)

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
        self._feed = self.company.exchange(path, self._feed) or self._feeds.follow(path)
        self._before = self._unseen = self._span = None
        self._minimap_due = 0.0
        self._beside = tuple(companion for companion in self._beside if companion.full.path != path)

    def _follow(self) -> float:
        news = self._feed.look()
        self._unseen = news.trace or self._unseen
        if not self.watched and not self._feed.over:
            self._tell(Look(self._feed.path, news.state, news.missed, companions=self._beside))
            self._follow_beside()
            return PAUSED
        newest, trace, self._unseen = None, self._unseen, None
        if trace is not None and len(trace.runs):
            newest = self._before = self._newest_of(trace)
        self._ended = Look(self._feed.path, news.state, news.missed)
        self._tell(self._ended._replace(newest=newest, companions=self._beside))
        self._follow_beside()  # after the main one, which is not to wait for them
        return 1 / MOST if not self._feed.over else CHOICES

    def _follow_beside(self) -> None:
        span = self._before.span if self._before else SPANS[-1]
        # When the main one has ended, one that comes now is the next main one.
        newcomers = not (self._feed.over and self._feeds.by_name)
        self._beside = self.company.step(self._feed.path, span, self.watched, newcomers)

    def _newest_of(self, trace: Snapshot) -> Newest:
        span = self.span
        if span is None:
            span = self._span = fitting_span(self._feed.lasting(QUICK_ROWS), self._span)
        begun = time.monotonic()
        if begun >= self._minimap_due:
            self._minimap = minimap_of(trace)
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
        if time.monotonic() >= self._next_due:
            self._next_due = time.monotonic() + CHOICES
            seen = (self._feed.path, *self.company.wanted)
            running = [choice for choice in self._feeds.choices() if choice.goes_on and choice.path not in seen]
            if self._feeds.by_name and running:
                self._begin(running[0].path)
                return 0.0
        self._follow_beside()
        self._tell(self._ended._replace(companions=self._beside))
        return 1 / MOST if self.company.wanted else CHOICES

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
            self._drawn.clear()
        self._wake()

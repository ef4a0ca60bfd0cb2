"""Watching a program: what the window does with what the live thread finds."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

from ggmlviz.analysis.time_range import TimeRange
from ggmlviz.app.actions import Action, CannotDo
from ggmlviz.app.live.asked import Asked
from ggmlviz.app.live.feeds import Feeds
from ggmlviz.app.live.recording import LiveRecording
from ggmlviz.app.live.thread import LiveThread, Look
from ggmlviz.app.session import Session
from ggmlviz.export.save import save
from ggmlviz.scene.companions import shift_to
from ggmlviz.scene.live_words import live_words
from ggmlviz.scene.newest import Newest
from ggmlviz.scene.time_scale import inside

CATCH_UP = 1.5  # seconds after which tables and graphs are about the newest state again, at least
GOING_ON = ("live", "stopped")
FLOWING = 0.25  # seconds after a state within which the next one is sure to come
TURN = 0.0001  # seconds that a thread keeps the interpreter while another wants it, which is at every look at an array
AT_WORK = 3.0  # or when so many times as long has passed as they took for it


class Live:
    """Without feeds nothing is watched, and none of its commands are there."""

    def __init__(self, session: Session, feeds: Feeds | None, wake: Callable[[], None]):
        self._session, self._feeds = session, feeds
        self._thread = LiveThread(feeds, wake) if feeds else None
        self.missed = 0  # rows that were overwritten before they were read
        self.path: Path | None = None  # what is watched
        self.state = ""  # of its process: live, stopped, ended, crashed
        self.words = ""  # for the top line
        self.choices: tuple = ()
        self.failure = ""
        self._caught_up = time.monotonic()
        self._busy = 0.0  # how long the others took to catch up
        self._latest: Newest | None = None  # that came from the thread, shown or not
        self._came = -FLOWING  # when it did
        self.recording = LiveRecording(session)
        if self._thread:
            self.asked = Asked(feeds, self._thread, lambda: self.path)
            session.make_main, session.now = self.asked.make_main, self._now

    @property
    def on(self) -> bool:
        return self._thread is not None

    @property
    def wanted(self) -> str:
        return self._feeds.wanted if self._feeds else ""

    @property
    def choosing(self) -> bool:
        """Whether nothing is watched yet, or a person wants to watch something else."""
        return self.on and (self.path is None or self._thread.choosing)

    @property
    def flowing(self) -> bool:
        """Whether the next state will be here in a moment, so that nothing else needs a frame of its own."""
        return self.on and self._session.edge.following and time.monotonic() - self._came < FLOWING

    def start(self) -> None:
        if self._thread:
            sys.setswitchinterval(TURN)
            self._thread.start()

    def end(self) -> None:
        """The window closes: what is being recorded is written to its end."""
        if self.recording.output is not None:
            self.recording.end()
        if self._thread:
            self._thread.end()

    def drawn(self) -> None:
        """A frame has ended."""
        if self._thread:
            self._thread.drawn()

    def deliver(self) -> bool:
        """Whether there is anything new to draw."""
        look = self._thread.take() if self._thread else None
        if look is None:
            return False
        if look.error is not None:
            raise look.error
        self.failure, self.choices = look.failure, look.choices
        if look.failure:
            self.asked.switching = None
        if look.path is not None:
            self._show(look)
        self._tell()
        return True

    def _show(self, look: Look) -> None:
        session = self._session
        if look.path == self.path and session.opened is not None and session.opened.path != self.path:
            return  # a person has opened something else meanwhile
        ended = look.state != self.state and look.state in ("ended", "crashed")
        self.state, self.missed = look.state, look.missed
        if look.newest is None:
            if look.path == self.path:
                session.companions = look.companions
            return
        self._latest, self._came = look.newest, time.monotonic()
        if look.path != self.path or session.opened is None:
            self._show_another(look)
        elif session.edge.following:
            session.grow(look.newest)
        session.companions = look.companions
        session.message = session.message or self.asked.left_out
        self._catch_up(ended)

    def _show_another(self, look: Look) -> None:
        """From its newest moment on; but a timeline that stands still goes on showing the same moment."""
        session, new = self._session, look.newest.full
        opened, stays = session.opened, self.asked.switching is not None and not session.edge.following
        still = session.focus.view if stays and opened is not None and opened.path == self.path else None
        self.path, self.asked.switching = look.path, None
        session.show(new)
        session.companions = look.companions
        if still is None:
            session.grow(look.newest)
            session.see(session.view)
        else:
            by = shift_to(new.trace, opened.trace)
            session.see(inside(TimeRange(still.begin + by, still.end + by), session.reach))

    def _catch_up(self, at_once: bool) -> None:
        """All other views, not more often than they can follow."""
        session, now = self._session, time.monotonic()
        if session.jobs.running:
            self._busy = now - self._caught_up
            if not at_once:
                return
        if at_once or now - self._caught_up > max(CATCH_UP, AT_WORK * self._busy):
            session.catch_up()
            self._caught_up, self._busy = now, 0.0

    def _tell(self) -> None:
        session = self._session
        about_it = session.opened is not None and session.opened.path == self.path  # and no other trace was opened
        self.words = live_words(session.newest, self.state, session.edge.following) if about_it else ""

    def watched(self) -> None:
        """Tells the thread whether anybody looks at what is new; asked in every frame."""
        if self._thread:
            self._thread.span = self._session.edge.zoomed
            watched = self.path is None or self.asked.switching is not None or self._session.edge.following
            if watched != self._thread.watched:
                self._thread.watched = watched
                self._tell()

    def pause(self) -> None:
        self._must_watch()
        if self._session.edge.following:
            self._session.edge.stay()
        else:
            self.follow()

    def follow(self) -> None:
        self._must_watch()
        if self._session.opened.path == self.path:
            self._session.grow(self._latest)
            self._session.catch_up()
        else:
            self.path = None  # the next look brings it back

    def _now(self) -> int:
        """ns since the start of the trace; of one whose process is gone, when it was seen last."""
        session = self._session
        if self.state not in GOING_ON or session.opened.path != self.path:
            return session.whole.end
        return time.monotonic_ns() - session.opened.trace.recording.header.start.monotonic_ns

    def save(self, name: str) -> None:
        self._must_watch()
        if not name:
            raise CannotDo("name the file, as in `live save now.ggmlviz`")
        path, output, session = self.path, Path(name).expanduser(), self._session

        def done(runs: int) -> None:
            session.message = f"Saved {runs:,} graph runs to {output}"

        def failed(error: Exception) -> None:
            session.message = str(error)

        session.jobs.start(f"Saving {output.name}", lambda _: save(path, output), done, failed)

    def _must_watch(self) -> None:
        if self.path is None:
            raise CannotDo("nothing is watched")

    def actions(self) -> list[Action]:
        if not self.on:
            return []

        def record(name: str) -> None:
            self._must_watch()
            self.recording.begin(self.path, name)

        return [
            Action("live pause", "Pause or follow", lambda _: self.pause(), ("Space",), "Live"),
            Action("live follow", "Follow the newest", lambda _: self.follow(), ("End",), "Live"),
            *self.asked.actions(),
            Action("live save", "Save what is recorded…", self.save, (), "Live", "FILE"),
            Action("live record", "Record from now on…", record, (), "Live", "FILE"),
            Action("live stop-recording", "Stop recording", lambda _: self.recording.end(), (), "Live"),
        ]

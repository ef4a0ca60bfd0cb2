"""Watching a program: what the window does with what the live thread finds."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from ggmlviz.app.actions import Action, CannotDo
from ggmlviz.app.live.recording import LiveRecording
from ggmlviz.app.live.thread import Feeds, LiveThread, Look
from ggmlviz.app.session import Session
from ggmlviz.export.save import save
from ggmlviz.scene.live_words import live_words
from ggmlviz.scene.newest import Newest

CATCH_UP = 1.0  # seconds after which tables and graphs are about the newest state again, at least
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
        self.recording = LiveRecording(session)

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

    def start(self) -> None:
        if self._thread:
            self._thread.start()

    def deliver(self) -> bool:
        """Whether there is anything new to draw."""
        look = self._thread.take() if self._thread else None
        if look is None:
            return False
        if look.error is not None:
            raise look.error
        self.failure, self.choices = look.failure, look.choices
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
            return
        self._latest = look.newest
        if look.path != self.path or session.opened is None:
            self.path = look.path
            session.show(look.newest.full)
            session.grow(look.newest)
            session.see(session.view)
        elif session.edge.following:
            session.grow(look.newest)
        self._catch_up(ended)

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
        newest = self._session.newest
        self.words = live_words(newest, self.state, self._session.edge.following) if newest and self.path else ""

    def watched(self) -> None:
        """Tells the thread whether anybody looks at what is new; asked in every frame."""
        if self._thread:
            self._thread.span = self._session.edge.zoomed
            watched = self.path is None or self._session.edge.following
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

    def switch(self, text: str) -> None:
        if not text:
            self._thread.choosing = not self._thread.choosing
            return
        found = [choice for choice in self._feeds.choices() if str(choice.pid) == text]
        if not found:
            raise CannotDo(f"process {text} has no ring")
        if found[0].reason:
            raise CannotDo(f"process {text} cannot be watched: {found[0].reason}")
        self._thread.choose(found[0].path)

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
            Action("live switch", "Watch another program…", self.switch, (), "Live", "[PID]"),
            Action("live save", "Save what is recorded…", self.save, (), "Live", "FILE"),
            Action("live record", "Record from now on…", record, (), "Live", "FILE"),
            Action("live stop-recording", "Stop recording", lambda _: self.recording.end(), (), "Live"),
        ]

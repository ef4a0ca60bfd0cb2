"""Opens traces beside the window: the pictures of the last one stay until the next one is there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ggmlviz.app.jobs import Job
from ggmlviz.app.session import Session
from ggmlviz.app.settings import Settings
from ggmlviz.errors import GgmlVizError, UnsuitableTrace
from ggmlviz.scene.opened import Opened
from ggmlviz.trace.trace import Trace
from ggmlviz.trace.unfinished import told_unfinished


class Opener:
    def __init__(self, session: Session, settings: Settings):
        self._session = session
        self._settings = settings
        self._job: Job | None = None
        self.failure = ""  # why the last trace could not be opened; empty: it could
        self.alert: Callable[[str, str], None] = lambda title, text: None  # the window sets it

    @property
    def loading(self) -> Job | None:
        return self._job if self._job and not self._job.ended else None

    def open(self, path: Path) -> None:
        self.failure = ""
        if self.loading:
            self._job.cancel()
        self._job = self._start(path, self._show)

    def open_other(self, path: Path) -> None:
        """To compare the one that is open with."""
        self._start(path, self._compare)

    def _start(self, path: Path, then: Callable[[Opened], None]) -> Job:
        return self._session.jobs.start(f"Opening {path.name}", lambda job: read(path, job), then, self._failed)

    def _show(self, opened: Opened) -> None:
        self._session.show(opened)
        self._session.message = "; ".join(told_unfinished(opened.trace))
        self._settings.opened(opened.path)

    def _compare(self, opened: Opened) -> None:
        self._session.other = opened
        self._session.reveal("compare")

    def _failed(self, error: Exception) -> None:
        if not isinstance(error, GgmlVizError):
            raise error
        self.failure = self._session.message = str(error)
        if self._session.opened:
            self.alert("This file cannot be shown", self.failure)


def read(path: Path, job: Job) -> Opened:
    """All that the first picture needs."""
    opened = Opened(Trace.open(path))
    job.progress(0.3)
    if not len(opened.trace.runs):
        raise UnsuitableTrace(path, "no graph run was recorded", "`ggml-viz doctor -- CMD` tells why")
    job.progress(0.5)
    assert opened.whole and len(opened.runs_by_time)
    job.progress(1.0)
    return opened

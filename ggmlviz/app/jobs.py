"""Work that would make a frame late, done beside the window and handed back to it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any


class Cancelled(Exception):
    """Raised inside a job that nobody wants any more."""


class Job:
    """The job itself calls `progress`, which also is where it is stopped."""

    def __init__(self, title: str):
        self.title = title
        self.share = 0.0
        self.ended = False
        self._cancelled = threading.Event()

    def cancel(self) -> None:
        self._cancelled.set()

    @property
    def cancelled(self) -> bool:
        return self._cancelled.is_set()

    def progress(self, share: float) -> None:
        self.share = share
        if self.cancelled:
            raise Cancelled


class Jobs:
    """`wake` is called from the job's thread when one has ended, so that a sleeping window looks."""

    def __init__(self, wake: Callable[[], None] = lambda: None):
        self.wake = wake
        self.broken: Callable[[Job, Exception], None] = _raise  # for what nobody expected; the window sets it
        self.running: list[Job] = []
        self._waiting: list[threading.Thread] = []
        self._done: SimpleQueue[tuple[Job, Callable[[Any], None], Any]] = SimpleQueue()

    def start(self, title: str, work: Callable[[Job], Any], then: Callable[[Any], None], failed=None) -> Job:
        """`then` gets the result, `failed` the exception, both on the thread that calls `deliver`."""
        job = Job(title)
        self.running.append(job)

        def run() -> None:
            try:
                outcome, receiver = work(job), then
            except Exception as error:  # whatever it is, it belongs to whoever started the job
                outcome, receiver = error, failed
            self._done.put((job, receiver, outcome))
            self.wake()

        self._waiting.append(threading.Thread(target=run, name=title, daemon=True))
        return job

    @property
    def waiting(self) -> bool:
        """Whether some have not begun: they do with the next frame, so that the one that asked is drawn first."""
        return bool(self._waiting)

    def deliver(self) -> bool:
        """Hands finished results over, and lets those begin that wait; whether there were any results."""
        any_done = False
        for thread in self._waiting:
            thread.start()
        self._waiting = []
        while not self._done.empty():
            job, receiver, outcome = self._done.get()
            job.ended = any_done = True
            self.running.remove(job)
            if job.cancelled or isinstance(outcome, Cancelled):
                continue
            try:
                if receiver is None:
                    raise outcome
                receiver(outcome)
            except Exception as error:  # one view that breaks leaves the others
                self.broken(job, error)
        return any_done


def _raise(_: Job, error: Exception) -> None:
    raise error

"""Work that would make a frame late, done beside the window and handed back to it."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

NICE = 5  # not more: while a job has the interpreter, all others wait for it


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
        self.one_by_one = False  # where frames must not be late: they share the interpreter with all jobs that go on
        self._waiting: list[threading.Thread] = []
        self._begun: list[threading.Thread] = []
        self._done: SimpleQueue[tuple[Job, Callable[[Any], None], Any]] = SimpleQueue()

    def start(self, title: str, work: Callable[[Job], Any], then: Callable[[Any], None], failed=None) -> Job:
        """`then` gets the result, `failed` the exception, both on the thread that calls `deliver`."""
        job = Job(title)
        self.running.append(job)

        def run() -> None:
            _stand_back()
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

    def begin(self) -> None:
        """Lets those begin that wait."""
        going_on = len(self.running) - len(self._waiting)
        room = max(0, 1 - going_on) if self.one_by_one else len(self._waiting)
        beginning, self._waiting = self._waiting[:room], self._waiting[room:]
        for thread in beginning:
            thread.start()
        self._begun = [*filter(threading.Thread.is_alive, self._begun), *beginning]

    def end(self) -> None:
        """Nobody wants any of them any more. What cannot be stopped is waited for: a thread that still computes while
        the interpreter goes down would take all with it."""
        self._waiting = []
        for job in self.running:
            job.cancel()
        for thread in self._begun:
            thread.join()

    def deliver(self) -> bool:
        """Hands finished results over, and lets those begin that wait; whether there were any results."""
        any_done = False
        self.begin()
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


def _stand_back() -> None:
    """Where each thread has a priority of its own: what is drawn comes first."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)


def _raise(_: Job, error: Exception) -> None:
    raise error

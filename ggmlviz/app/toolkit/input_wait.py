"""Sleeping until there is something to do. Drawing the same picture again and again would take a tenth of a core."""

from __future__ import annotations

import threading
import time

from ggmlviz.app.toolkit import inside

LOOK_AROUND = 0.1  # seconds between two looks, where one cannot wait for input


class InputWait:
    def __init__(self) -> None:
        self._wait, self._post = inside.wait_events(), inside.post_event()
        self._woken = threading.Event()
        self.called = False  # whether the last wait ended because of `wake`: there need not be any input

    def wait(self, seconds: float) -> bool:
        """Whether something may have happened before the time was over."""
        if not self._woken.is_set() and not (self._wait and self._post):
            self._woken.wait(min(seconds, LOOK_AROUND))
            self._woken.clear()
            self.called = False  # nobody told of the input that may be there as well
            return True
        until = time.monotonic() + seconds
        if not self._woken.is_set():
            self._wait(seconds)
        self.called = self._woken.is_set()
        self._woken.clear()
        return time.monotonic() < until

    def wake(self) -> None:
        """From any thread."""
        self._woken.set()
        if self._post:
            self._post()

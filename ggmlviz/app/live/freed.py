"""Memory that was freed. The C library keeps what lies between things that are still in use, for each thread apart, and
after hours of states that come and go that would be more than what is shown."""

from __future__ import annotations

import ctypes
import sys
import time

EVERY = 10.0  # seconds: it takes a few milliseconds, and what is wanted again has to be made ready again


class Freed:
    def __init__(self) -> None:
        library = ctypes.CDLL(None) if sys.platform == "linux" else None
        self._give_back = getattr(library, "malloc_trim", None)  # the GNU C library has it
        self._due = time.monotonic() + EVERY

    def step(self) -> None:
        """Gives it back to the system now and then."""
        if self._give_back and time.monotonic() >= self._due:
            self._give_back(0)
            self._due = time.monotonic() + EVERY

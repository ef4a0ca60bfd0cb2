"""One line on a terminal that says how far a long export is; nothing where stderr is no terminal."""

from __future__ import annotations

import sys
import time
from typing import TextIO

EVERY_SECONDS = 0.1


class Progress:
    def __init__(self, stream: TextIO | None = None):
        self._stream = stream or sys.stderr
        self._shown = self._stream.isatty()
        self._next = 0.0

    def tell(self, what: str, done: int, total: int) -> None:
        now = time.monotonic()
        if self._shown and now >= self._next:
            self._next = now + EVERY_SECONDS
            self._stream.write(f"\r\033[K{what}: {done:,} of {total:,} ({done / max(total, 1):.0%})")
            self._stream.flush()

    def end(self) -> None:
        if self._shown:
            self._stream.write("\r\033[K")
            self._stream.flush()

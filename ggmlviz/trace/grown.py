"""An array that grows at its end and is forgotten at its beginning, while others still read what it was before."""

from __future__ import annotations

import numpy as np

LEAST = 1024


class Grown:
    """What `rows` gave once never changes: what comes is written behind it, or into a new store."""

    def __init__(self, dtype: np.dtype | type):
        self._store = np.empty(0, dtype)
        self._begin = self._end = 0

    def __len__(self) -> int:
        return self._end - self._begin

    @property
    def rows(self) -> np.ndarray:
        view = self._store[self._begin : self._end]
        view.flags.writeable = False
        return view

    def extend(self, rows: np.ndarray) -> None:
        end = self._end + len(rows)
        if end > len(self._store):
            kept = self.rows
            self._store = np.empty(max(LEAST, 2 * (len(kept) + len(rows))), self._store.dtype)
            self._store[: len(kept)] = kept
            self._begin, self._end, end = 0, len(kept), len(kept) + len(rows)
        self._store[self._end : end] = rows
        self._end = end

    def forget(self, count: int) -> None:
        """The first so many rows."""
        self._begin += count

    def replace(self, rows: np.ndarray) -> None:
        """Other rows from now on, an array that nobody else writes to."""
        self._store, self._begin, self._end = rows, 0, len(rows)

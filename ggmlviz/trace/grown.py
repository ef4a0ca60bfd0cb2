"""An array that grows at its end and is forgotten at its beginning, while others still read what it was before."""

from __future__ import annotations

import sys

import numpy as np

LEAST = 1024
ROOM = 2  # times what is kept: a new store has so much, and so the next but one
UNUSED = 2  # references to a store that only this object has: its own, and the one that asks


class Grown:
    """What `rows` gave once never changes: what comes is written behind it, or into another store.

    A store that nobody reads any more is used again: to make memory ready costs more than to copy all that is kept.
    """

    def __init__(self, dtype: np.dtype | type):
        self._store, self._spare = np.empty(0, dtype), np.empty(0, dtype)
        self._begin = self._end = 0

    def __len__(self) -> int:
        return self._end - self._begin

    @property
    def rows(self) -> np.ndarray:
        view = self._store[self._begin : self._end]
        view.flags.writeable = False
        return view

    def extend(self, rows: np.ndarray) -> None:
        if self._end + len(rows) > len(self._store):
            self._move(len(rows))
        self._store[self._end : self._end + len(rows)] = rows
        self._end += len(rows)

    def forget(self, count: int) -> None:
        """The first so many rows."""
        self._begin += count

    def moved(self) -> np.ndarray:
        """The rows, to be changed before anybody else sees them."""
        self._move(LEAST)
        return self._store[: self._end]

    def replace(self, rows: np.ndarray) -> None:
        """Other rows from now on, an array that nobody else writes to."""
        self._store, self._begin, self._end = rows, 0, len(rows)

    def _move(self, more: int) -> None:
        kept = self.rows
        free = sys.getrefcount(self._spare) == UNUSED and len(self._spare) >= len(kept) + more
        store = self._spare if free else np.empty(ROOM * (len(kept) + more) + LEAST, self._store.dtype)
        store[: len(kept)] = kept
        self._spare, self._store = self._store, store
        self._begin, self._end = 0, len(kept)

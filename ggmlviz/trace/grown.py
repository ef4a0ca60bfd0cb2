"""An array that grows at its end and is forgotten at its beginning, while others still read what it was before."""

from __future__ import annotations

import sys
from itertools import cycle

import numpy as np

from ggmlviz.format.raw import raw

LEAST = 1024
ROOMS = (1.4, 1.5, 1.6, 1.7, 1.8)  # times what is kept, in turn: not all are to be full at the same moment
SPARES = 2
UNUSED = 2  # references to a store that only this object has: its own, and the one that asks


class Grown:
    """What `rows` gave once never changes: what comes is written behind it, or into another store.

    A store that nobody reads any more is used again: to make memory ready costs more than to copy all that is kept.
    """

    _rooms = cycle(ROOMS)

    def __init__(self, dtype: np.dtype | type):
        self._store = np.empty(0, dtype)
        self._spares: list[np.ndarray] = []
        self._room = next(self._rooms)
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
        raw(self._store)[self._end : self._end + len(rows)] = raw(np.asarray(rows, self._store.dtype))
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
        store = self._unused(len(kept) + more)
        if store is None:
            store = np.empty(int(self._room * (len(kept) + more)) + LEAST, self._store.dtype)
        raw(store)[: len(kept)] = raw(kept)
        self._spares = [*self._spares, self._store][-SPARES:]
        self._store, self._begin, self._end = store, 0, len(kept)

    def _unused(self, least: int) -> np.ndarray | None:
        """The spare store that is to be used; others that nobody reads are let go."""
        found, spares = None, self._spares
        for place in reversed(range(len(spares))):
            if sys.getrefcount(spares[place]) == UNUSED:
                spare = spares.pop(place)
                found = spare if len(spare) >= least else found
        return found

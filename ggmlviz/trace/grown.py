"""An array that grows at its end and is forgotten at its beginning, while others still read what it was before."""

from __future__ import annotations

import sys

import numpy as np

from ggmlviz.format.raw import raw

LEAST = 1024
ROOM, LITTLE = 1.6, 1.25  # times what is kept: of a new store, and of one that is used again
FILLING = 4  # as long as nothing is forgotten: room that is never used takes no memory, and to move takes time
FULL = 0.6  # of its room: a store that is fuller than this is about to be exchanged
SPARES = 2
UNUSED = 2  # references to a store that only this object has: its own, and the one that asks


class Grown:
    """What `rows` gave once never changes: what comes is written behind it, or into another store.

    The next store is filled bit by bit while there is still room in this one, for to copy all at once would make
    whoever waits for the newest rows wait for long now and then. A store that nobody reads any more is used again: to
    make memory ready costs more than to copy all that is kept.
    """

    def __init__(self, dtype: np.dtype | type):
        self._store = np.empty(0, dtype)
        self._next: np.ndarray | None = None
        self._since = self._copied = 0  # what of this store is in the next one
        self._spares: list[np.ndarray] = []
        self._begin = self._end = 0
        self._limit = self._due = 0  # where this store is full, and where the next one is begun

    def __len__(self) -> int:
        return self._end - self._begin

    @property
    def rows(self) -> np.ndarray:
        view = self._store[self._begin : self._end]
        view.flags.writeable = False
        return view

    def extend(self, rows: np.ndarray) -> None:
        if self._end + len(rows) > self._limit:
            self._move(len(rows))
        raw(self._store)[self._end : self._end + len(rows)] = raw(np.asarray(rows, self._store.dtype))
        self._end += len(rows)
        if self._end > self._due:
            self._copy_some(len(rows))

    def forget(self, count: int) -> None:
        """The first so many rows."""
        if not self._begin:
            self._use(self._store, 0, self._end, int(ROOM * (len(self) - count)) + LEAST)
        self._begin += count

    def moved(self) -> np.ndarray:
        """The rows, to be changed before anybody else sees them."""
        self._next = None
        self._move(LEAST)
        return self._store[: self._end]

    def replace(self, rows: np.ndarray) -> None:
        """Other rows from now on, an array that nobody else writes to."""
        self._next = None
        self._use(rows, 0, len(rows))

    def _copy_some(self, added: int) -> None:
        """So much that all of it is there when this store is full, if it goes on growing like that."""
        if self._next is None:
            self._next = self._empty(self._limit - self._begin)
            self._since = self._copied = self._begin
        self._copied = max(self._copied, self._begin)
        left = self._limit - self._end
        missing = self._end - self._copied
        self._copy(added + min(missing, missing * added // max(left, 1)))

    def _copy(self, count: int) -> None:
        """Into the next store, as far as there is room in it."""
        to = min(self._copied + count, self._end, self._since + len(self._next))
        raw(self._next)[self._copied - self._since : to - self._since] = raw(self._store)[self._copied : to]
        self._copied = to

    def _move(self, more: int) -> None:
        """All into the next store, with room for so many more."""
        if self._next is None or self._end - self._since + more > len(self._next):
            self._next = self._empty(len(self) + more)
            self._since = self._copied = self._begin
        self._copied = max(self._copied, self._begin)
        self._copy(self._end - self._copied)
        self._spares = [*self._spares, self._store][-SPARES:]
        self._use(self._next, self._begin - self._since, self._end - self._since)
        self._next = None

    def _use(self, store: np.ndarray, begin: int, end: int, limit: int | None = None) -> None:
        self._store, self._begin, self._end = store, begin, end
        self._limit = len(store) if limit is None else min(max(limit, end), len(store))
        self._due = end + FULL * (self._limit - end)

    def _empty(self, least: int) -> np.ndarray:
        """A store with room for more than that: a spare one that nobody reads, or a new one; spares that became too
        small are let go."""
        enough, found = int(LITTLE * least), None
        for place in reversed(range(len(self._spares))):
            if len(self._spares[place]) < enough:
                del self._spares[place]
            elif found is None and sys.getrefcount(self._spares[place]) == UNUSED:
                found = self._spares.pop(place)
        if found is not None:
            return found
        return np.empty(int((ROOM if self._begin else FILLING) * least) + LEAST, self._store.dtype)

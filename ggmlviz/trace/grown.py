"""An array that grows at its end and is forgotten at its beginning, while others still read what it was before."""

from __future__ import annotations

import sys

import numpy as np

from ggmlviz.format.raw import raw

LEAST = 1024
ROOM, LITTLE = 1.6, 1.25  # times what is kept: of a new store, and of one that is used again
FILLING = 4.0  # instead, as long as nothing is forgotten: it will soon be full
EARLY, LATE = 0.25, 0.7  # of its room: from where on the next store is filled; there even if all others are read
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
        self._room = FILLING
        self._limit = self._early = self._late = 0  # where this store is full, and where the next one is begun

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
        if self._end > self._early:
            self._copy_some(len(rows))

    def forget(self, count: int) -> None:
        """The first so many rows."""
        self._begin += count
        if count and self._room != ROOM:
            self._room = ROOM
            self._use(self._store, self._begin, self._end)

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
            least = self._limit - self._begin
            self._next = self._unused(least)
            if self._next is None and self._spares and self._end < self._late:
                return  # one of them will soon be read by nobody
            if self._next is None:
                self._next = self._new(least)
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
            self._next = self._unused(len(self) + more)
            if self._next is None:
                self._next = self._new(len(self) + more)
            self._since = self._copied = self._begin
        self._copied = max(self._copied, self._begin)
        self._copy(self._end - self._copied)
        self._spares = [*self._spares, self._store][-SPARES:]
        self._use(self._next, self._begin - self._since, self._end - self._since)
        self._next = None

    def _use(self, store: np.ndarray, begin: int, end: int) -> None:
        """No more of it than what is kept needs: room that was never used takes no memory."""
        self._store, self._begin, self._end = store, begin, end
        self._limit = min(len(store), end + int((self._room - 1) * len(self)) + LEAST)
        self._early, self._late = (end + part * (self._limit - end) for part in (EARLY, LATE))

    def _new(self, least: int) -> np.ndarray:
        """A store with room for more than that."""
        return np.empty(int(self._room * least) + LEAST, self._store.dtype)

    def _unused(self, least: int) -> np.ndarray | None:
        """The same, a spare one that nobody reads; those that became too small are let go."""
        enough, found = int(LITTLE * least), None
        for place in reversed(range(len(self._spares))):
            if len(self._spares[place]) < enough:
                del self._spares[place]
            elif found is None and sys.getrefcount(self._spares[place]) == UNUSED:
                found = self._spares.pop(place)
        return found

"""An array that grows at its end."""

from __future__ import annotations

import numpy as np


class Table:
    """`rows` are what is in it now; an earlier `rows` stays as it was while the table grows."""

    def __init__(self, dtype: np.dtype):
        self._store = np.empty(0, dtype)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    @property
    def rows(self) -> np.ndarray:
        view = self._store[: self._count]
        view.flags.writeable = False
        return view

    def extend(self, rows: np.ndarray) -> None:
        count = self._count + len(rows)
        if count > len(self._store):
            store = np.empty(max(count, 2 * len(self._store)), self._store.dtype)
            store[: self._count] = self.rows
            self._store = store
        self._store[self._count : count] = rows
        self._count = count

    def truncate(self, count: int) -> None:
        """Take back rows that nobody has been shown yet."""
        self._count = count

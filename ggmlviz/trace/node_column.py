"""Which node of its graph each computed node was, told where it is asked for.

A whole column would take seconds in a long trace, for what is asked about one op, or those in view.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ggmlviz.trace.patterns import SectionPattern

AT_ONCE = 1 << 18  # computed nodes, when many are asked for


class NodeColumn:
    """Read like an array, with a number, a slice without steps, an array of numbers or of truths; -1: unattributed."""

    def __init__(self, firsts: np.ndarray, count: int, patterns: Iterable[SectionPattern]):
        self._firsts, self._count = firsts, count
        known = [pattern for pattern in patterns if pattern.nodes is not None]
        self._nodes = np.concatenate([np.empty(0, np.int32), *(pattern.nodes for pattern in known)]).astype(np.int32)
        # What to add to the number of a computed node to find it among the nodes of its section's pattern.
        self._shift = np.zeros(len(firsts), np.int64)
        self._known = np.zeros(len(firsts), bool)
        begin = 0
        for pattern in known:
            self._shift[pattern.sections] = begin - firsts[pattern.sections]
            self._known[pattern.sections] = True
            begin += len(pattern.nodes)

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, at: int | slice | np.ndarray) -> np.int32 | np.ndarray:
        if isinstance(at, slice):
            begin, end, _ = at.indices(self._count)
            return self._between(begin, max(begin, end))
        at = np.asarray(at)
        if at.dtype == bool:
            at = np.flatnonzero(at)
        if (at < 0).any() or (at >= self._count).any():
            raise IndexError(f"there are {self._count} computed nodes")
        return self._of(at, np.searchsorted(self._firsts, at, "right") - 1)

    def __array__(self, dtype: np.dtype | None = None, copy: bool | None = None) -> np.ndarray:
        return self[:].astype(dtype or np.int32, copy=False)

    def _between(self, begin: int, end: int) -> np.ndarray:
        node = np.empty(end - begin, np.int32)
        for low in range(begin, end, AT_ONCE):
            high = min(end, low + AT_ONCE)
            first, last = np.searchsorted(self._firsts, (low, high - 1), "right").tolist()
            bounds = np.concatenate([[low], self._firsts[first:last], [high]])
            section = np.repeat(np.arange(first - 1, last), np.diff(bounds))
            node[low - begin : high - begin] = self._of(np.arange(low, high), section)
        return node

    def _of(self, at: np.ndarray, section: np.ndarray) -> np.ndarray:
        known = self._known[section]
        if not len(self._nodes):
            return np.full(at.shape, -1, np.int32)[()]
        return np.where(known, self._nodes[np.where(known, at + self._shift[section], 0)], np.int32(-1))[()]

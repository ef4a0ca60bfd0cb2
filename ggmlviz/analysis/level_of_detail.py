"""Millions of intervals as sums: how long each kind of them lasted within any stretch of time, to the nanosecond.

A view asks for as many moments as it has columns of pixels, and each answer costs the same however much lies between.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ggmlviz.trace.positions import ranges

BLOCK = 32  # intervals under one sum; at most half as many are looked at one by one for each moment
AT_ONCE = 1 << 18  # intervals, while the sums are made


class TimeOfKinds:
    """Of intervals that follow each other, with gaps or without; `kinds` are numbers below `count`."""

    def __init__(
        self,
        ends: np.ndarray,
        durations: np.ndarray,
        kinds: np.ndarray,
        count: int,
        progress: Callable[[float], None] = lambda share: None,
    ):
        self._ends, self._durations, self._kinds, self._count = ends, durations, kinds, count
        blocks = -(-len(ends) // BLOCK)
        self._sums = np.zeros((blocks + 1, count), np.int64)
        for low in range(0, len(ends), AT_ONCE):
            progress(low / len(ends))
            part = slice(low, low + AT_ONCE)
            cells = np.arange(len(kinds[part])) // BLOCK * count + kinds[part]
            first, many = low // BLOCK, -(-len(cells) // BLOCK)
            # In float64 on the way: exact, as no block lasts longer than 2^53 ns.
            sums = np.bincount(cells, np.maximum(durations[part], 0), many * count)
            self._sums[first + 1 : first + 1 + many] = sums.reshape(many, count)
        np.cumsum(self._sums, axis=0, out=self._sums)

    def until(self, moments: np.ndarray) -> np.ndarray:
        """int64 [moments, kinds]: how long each kind lasted before each of the moments, which must rise."""
        if not len(self._ends):
            return np.zeros((len(moments), self._count), np.int64)
        at = np.searchsorted(self._ends, moments, "right")  # the first that ends later
        # From the nearest sum on, what lies between it and the moment is added, or taken away.
        block = np.minimum((at + BLOCK // 2) // BLOCK, len(self._sums) - 1)
        summed = np.minimum(block * BLOCK, len(self._ends))
        begins, counts = np.minimum(summed, at), np.abs(at - summed)
        members = ranges(begins, counts)
        lasted = np.maximum(self._durations[members], 0) * np.repeat(np.where(at < summed, -1, 1), counts)
        cells = np.repeat(np.arange(len(at)) * self._count, counts) + self._kinds[members]
        sums = np.bincount(cells, lasted, len(at) * self._count).astype(np.int64)
        sums = sums.reshape(len(at), self._count) + self._sums[block]
        there = np.flatnonzero(at < len(self._ends))
        going_on = at[there]
        length = np.maximum(self._durations[going_on], 0)
        part = np.clip(np.asarray(moments)[there] - (self._ends[going_on] - length), 0, length)
        sums[there, self._kinds[going_on]] += part
        return sums

    def between(self, edges: np.ndarray) -> np.ndarray:
        """int64 [edges - 1, kinds]: how long each kind lasted between each edge and the next."""
        return np.diff(self.until(edges), axis=0)

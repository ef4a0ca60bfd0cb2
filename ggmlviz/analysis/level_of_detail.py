"""Millions of intervals as sums: how long each kind of them lasted within any stretch of time, to the nanosecond.

A view asks for as many moments as it has columns of pixels, and each answer costs the same however much lies between.
Where a column lasts far longer than many intervals together, these are looked at as one: a look at each of millions
that lie far apart in memory takes longer than all else, and nobody could see what it tells.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ggmlviz.trace.positions import ranges

BLOCK = 32  # intervals under one sum; at most half as many are looked at one by one for each moment
AT_ONCE = 1 << 18  # intervals, while the sums are made
MANY = 1 << 16  # intervals from which on there are coarser sums: fewer are looked at in no time
COARSER = 4  # blocks in one of the next level
FINE = 64  # parts of a column; blocks that are no longer than one of them are not looked into
SAMPLES = 1000  # blocks that tell how long they usually are


class Level(NamedTuple):
    """Sums over longer and longer blocks of intervals that follow each other."""

    bounds: np.ndarray  # when the first block begins, and when each ends
    sums: np.ndarray  # int64 [bounds, kinds]: how long each kind had lasted then
    usual: float  # ns that a block lasts


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
        self._levels = _levels(ends, durations, self._sums) if len(ends) >= MANY else []

    def until(self, moments: np.ndarray) -> np.ndarray:
        """int64 [moments, kinds]: how long each kind lasted before each of the moments, which must rise."""
        if not len(self._ends):
            return np.zeros((len(moments), self._count), np.int64)
        at = self._first_behind(moments)
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

    def _first_behind(self, moments: np.ndarray) -> np.ndarray:
        """Of each the first that ends later.

        Among many it is its block that is searched for, and then all ends in it are compared: each step of a search
        through all of them would wait for a part of memory that was not looked at before.
        """
        low, high = np.searchsorted(self._ends, (moments[0], moments[-1]), "right").tolist()
        if not self._levels or high - low < MANY:
            return np.searchsorted(self._ends[low : high + 1], moments, "right") + low
        first = np.searchsorted(self._levels[0].bounds[1:], moments, "right") * BLOCK
        members = np.minimum(first[:, None] + np.arange(BLOCK), len(self._ends) - 1)
        return np.minimum(first + (self._ends[members] <= moments[:, None]).sum(axis=1), len(self._ends))

    def between(self, edges: np.ndarray) -> np.ndarray:
        """int64 [edges - 1, kinds]: how long each kind lasted between each edge and the next.

        Each edge lies where it is, or at most a `FINE` part of a column away.
        """
        most = (edges[-1] - edges[0]) / ((len(edges) - 1) * FINE)
        level = next((level for level in reversed(self._levels) if level.usual <= most), None)
        return np.diff(self.until(edges) if level is None else self._nearly(level, edges, most), axis=0)

    def _nearly(self, level: Level, moments: np.ndarray, most: float) -> np.ndarray:
        """`until`, with what a block holds spread evenly in it if it lasts no longer than `most`."""
        block = np.minimum(np.searchsorted(level.bounds[1:], moments, "right"), len(level.bounds) - 2)
        begins = level.bounds[block]
        lengths = level.bounds[block + 1] - begins
        part = np.clip((moments - begins) / np.maximum(lengths, 1), 0, 1)
        before = level.sums[block]
        sums = before + np.rint((level.sums[block + 1] - before) * part[:, None]).astype(np.int64)
        long = np.flatnonzero((lengths > most) & (part > 0) & (part < 1))  # with a pause in them
        if len(long):
            sums[long] = self.until(moments[long])
        return sums


def _levels(ends: np.ndarray, durations: np.ndarray, sums: np.ndarray) -> list[Level]:
    """From short blocks to long ones."""
    levels, last, size = [], len(ends) - 1, BLOCK
    while len(sums) > SAMPLES:
        bounds = np.empty(len(sums), np.int64)
        bounds[0] = ends[0] - max(int(durations[0]), 0)
        bounds[1:-1], bounds[-1] = ends[size - 1 : last : size], ends[last]
        some = np.arange(0, len(sums) - 1, max(1, len(sums) // SAMPLES))
        levels.append(Level(bounds, sums, float(np.median(bounds[some + 1] - bounds[some]))))
        sums = np.concatenate([sums[:-1:COARSER], sums[-1:]])
        size *= COARSER
    return levels

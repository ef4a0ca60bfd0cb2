"""The rows of one lane in one array, with the places where rows are missing."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from ggmlviz.format.lane import Lane
from ggmlviz.format.layout import ROW, RowFlag, RowKind


class LaneRows:
    """All positions below are indices into `rows`."""

    def __init__(self, lane: Lane):
        self.number = lane.number
        pieces = [piece.rows for piece in lane.pieces]
        self.rows = pieces[0] if len(pieces) == 1 else np.concatenate(pieces) if pieces else np.empty(0, ROW)
        ends = np.cumsum([len(piece) for piece in pieces], dtype=np.int64)
        firsts = [piece.first for piece in lane.pieces]
        lasts = [0] + [piece.end for piece in lane.pieces]
        # A break is where the row does not follow the one before it; the first row of a lane has number 0.
        gaps = [start for start, first, last in zip([0, *ends], firsts, lasts, strict=False) if first != last]
        self.breaks = np.sort(np.concatenate([np.array(gaps, np.int64), self.of(RowKind.LOST)]))

    @cached_property
    def kinds(self) -> np.ndarray:
        return np.ascontiguousarray(self.rows["kind"])

    def of(self, *kinds: RowKind) -> np.ndarray:
        """Where rows of these kinds are."""
        if len(kinds) == 1:
            return np.flatnonzero(self.kinds == int(kinds[0]))
        return np.flatnonzero(np.isin(self.kinds, [int(kind) for kind in kinds]))

    def whole(self, begins: np.ndarray, ends: np.ndarray) -> np.ndarray:
        """Whether no row is missing between each pair of positions."""
        return np.searchsorted(self.breaks, begins, "right") == np.searchsorted(self.breaks, ends, "right")

    def waits(self, at: np.ndarray) -> np.ndarray:
        """The ticks waited that rows of kind NODE, BARRIER or SYNC tell."""
        ticks = self.rows["value"][at].astype(np.uint64)
        return np.where(self.rows["flags"][at] & RowFlag.WAIT_SCALED, ticks << np.uint64(10), ticks)

    def wide(self, at: np.ndarray) -> np.ndarray:
        """The 48-bit values of rows that keep the upper part in `extra`."""
        return self.rows["extra"][at].astype(np.uint64) << np.uint64(32) | self.rows["value"][at]

    def filled(self, kind: RowKind, values: np.ndarray, at: np.ndarray, otherwise: int) -> np.ndarray:
        """For each position, the value of the last row of `kind` before it (`values` are those rows' values)."""
        where = np.searchsorted(self.of(kind), at, "right")
        return np.concatenate([np.array([otherwise], values.dtype), values])[where]


def pair(begins: np.ndarray, ends: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each begin with the end that comes before the next begin; begins without one are left out."""
    if not len(begins) or not len(ends):
        return begins[:0], ends[:0]
    after = np.searchsorted(ends, begins, "right")
    following = np.append(begins[1:], np.iinfo(np.int64).max)
    candidate = ends[np.minimum(after, len(ends) - 1)]
    good = (after < len(ends)) & (candidate < following)
    return begins[good], candidate[good]

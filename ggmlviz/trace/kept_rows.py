"""The newest rows of a lane that grows, in memory, with what one look at each of them has found."""

from __future__ import annotations

import sys
from collections.abc import Iterable

import numpy as np

from ggmlviz.format.lane import Lane, Piece
from ggmlviz.format.layout import ROW
from ggmlviz.format.raw import raw
from ggmlviz.trace.grown import UNUSED, Grown
from ggmlviz.trace.lane_rows import BEFORE_ALL, LaneRows
from ggmlviz.trace.row_scan import POSITION, Scan, scan_of

CHUNK = 1 << 18  # rows
SPARES = 8  # chunks: what is on the screen may hold older ones for as long as somebody looks at it


class _Chunk:
    """Room for rows without a gap; what is in it stays."""

    def __init__(self, first: int, store: np.ndarray):
        self.first, self.count, self.store = first, 0, store
        self._rows = store[:]

    @property
    def end(self) -> int:
        return self.first + self.count

    @property
    def piece(self) -> Piece:
        return Piece(self.first, self._rows[: self.count])

    @property
    def full(self) -> bool:
        return self.count == len(self._rows)

    def take(self, rows: np.ndarray) -> int:
        """As many as fit."""
        fitting = rows[: len(self._rows) - self.count]
        raw(self._rows)[self.count : self.count + len(fitting)] = raw(fitting)
        self.count += len(fitting)
        return len(fitting)

    def forget(self, count: int) -> None:
        self._rows = self._rows[count:]
        self.first, self.count = self.first + count, self.count - count


class KeptRows:
    """Positions are counted from the first row that is kept."""

    def __init__(self, number: int):
        self.number = number
        self._before = BEFORE_ALL  # what holds before the first row
        self._chunks: list[_Chunk] = []
        self._old: list[np.ndarray] = []  # stores of the chunks that were forgotten last
        self._kinds, self._node_flags = Grown(np.uint8), Grown(np.uint8)
        self._few, self._copies = Grown(POSITION), Grown(ROW)
        self._nodes_before, self._barriers_before = Grown(np.int64), Grown(np.int64)

    def __len__(self) -> int:
        return len(self._kinds)

    @property
    def newest(self) -> int:
        """Ticks of the last row."""
        return int(self._chunks[-1].piece.rows["time"][-1]) if self._chunks else 0

    def time(self, position: int) -> int:
        """Ticks of the row there."""
        for chunk in self._chunks:
            if position < chunk.count:
                return int(chunk.piece.rows["time"][position])
            position -= chunk.count
        raise IndexError(position)

    def add(self, pieces: Iterable[Piece]) -> None:
        for first, rows in pieces:
            self._look_at(rows)
            while len(rows):
                if not self._chunks or self._chunks[-1].end != first or self._chunks[-1].full:
                    self._chunks.append(_Chunk(first, self._empty()))
                taken = self._chunks[-1].take(rows)
                first, rows = first + taken, rows[taken:]

    def _empty(self) -> np.ndarray:
        """A store that nobody reads any more, or a new one."""
        for place in range(len(self._old)):
            if sys.getrefcount(self._old[place]) == UNUSED:
                return self._old.pop(place)
        return np.empty(CHUNK, ROW)

    def _look_at(self, rows: np.ndarray) -> None:
        """Before the rows are taken in."""
        scan, before, nodes = scan_of([rows], len(rows)), len(self), len(self._node_flags)
        barriers = before - len(self._few)
        self._few.extend(scan.few + POSITION(before))
        self._copies.extend(scan.copies)
        self._nodes_before.extend(scan.nodes_before + nodes)
        self._barriers_before.extend(scan.barriers_before + barriers)
        self._node_flags.extend(scan.node_flags)
        self._kinds.extend(scan.kinds)

    @property
    def pieces(self) -> list[Piece]:
        return [chunk.piece for chunk in self._chunks]

    def _scan(self) -> Scan:
        columns = (self._kinds, self._few, self._copies, self._nodes_before, self._barriers_before, self._node_flags)
        return Scan(*(column.rows for column in columns))

    def all(self) -> LaneRows:
        return LaneRows(_lane(self.number, self.pieces), before=self._before, scan=self._scan())

    def since(self, position: int) -> LaneRows:
        """The rows from this one on, with positions counted from it."""
        return self.all().since(position)

    def forget(self, count: int) -> None:
        """The first so many rows."""
        self._before = self.all().until(count)
        few, nodes = self._scan().before(count)
        for column in (self._few, self._copies, self._nodes_before, self._barriers_before):
            column.forget(few)
        self._kinds.forget(count)
        self._node_flags.forget(nodes)
        for column, by in ((self._few, count), (self._nodes_before, nodes), (self._barriers_before, count - few)):
            moved = column.moved()
            moved -= moved.dtype.type(by)
        while count and count >= self._chunks[0].count:
            chunk = self._chunks.pop(0)
            count -= chunk.count
            self._old = [*self._old, chunk.store][-SPARES:]
        if count:
            self._chunks[0].forget(count)


def _lane(number: int, pieces: list[Piece]) -> Lane:
    lane = Lane(number)
    lane.pieces = pieces
    return lane

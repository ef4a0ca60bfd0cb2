"""The newest rows of a lane that grows, in memory, with what one look at each of them has found."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ggmlviz.format.lane import Lane, Piece
from ggmlviz.format.layout import ROW, RowKind
from ggmlviz.trace.grown import Grown
from ggmlviz.trace.lane_rows import LaneRows
from ggmlviz.trace.row_scan import POSITION, Scan, scan_of

CHUNK = 1 << 16  # rows
NEAR = 1 << 10  # rows that are neither NODE nor BARRIER


class _Chunk:
    """Room for rows without a gap; what is in it stays."""

    def __init__(self, first: int):
        self.first, self.count = first, 0
        self._rows = np.empty(CHUNK, ROW)

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
        self._rows[self.count : self.count + len(fitting)] = fitting
        self.count += len(fitting)
        return len(fitting)

    def forget(self, count: int) -> None:
        self._rows = self._rows[count:]
        self.first, self.count = self.first + count, self.count - count


class KeptRows:
    """Positions are counted from the first row that is kept."""

    def __init__(self, number: int):
        self.number = number
        self.pool = 0  # the thread pool that holds before the first row
        self._chunks: list[_Chunk] = []
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
                    self._chunks.append(_Chunk(first))
                taken = self._chunks[-1].take(rows)
                first, rows = first + taken, rows[taken:]

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
        return LaneRows(_lane(self.number, self.pieces), pool=self.pool, scan=self._scan())

    def since(self, position: int) -> LaneRows:
        """The rows from this one on, with positions counted from it."""
        pieces, left = [], position
        for first, rows in self.pieces:
            if left < len(rows):
                pieces.append(Piece(first + left, rows[left:]))
            left = max(0, left - len(rows))
        return LaneRows(_lane(self.number, pieces), pool=self._pool_at(position), scan=self._scan().since(position))

    def _pool_at(self, position: int) -> int:
        high = int(np.searchsorted(self._few.rows, position))
        while high:  # it is said again wherever a segment begins, so that it is never far
            low = max(0, high - NEAR)
            part = self._copies.rows[low:high]
            found = np.flatnonzero(part["kind"] == RowKind.POOL)
            if len(found):
                row = part[found[-1]]
                return int(row["extra"]) << 32 | int(row["value"])
            high = low
        return self.pool

    def last(self, kind: RowKind, position: int) -> int:
        """The position of the last row of a kind, neither NODE nor BARRIER, at or before this one; -1 for none."""
        before = int(np.searchsorted(self._few.rows, position, "right"))
        found = np.flatnonzero(self._copies.rows["kind"][:before] == kind)
        return int(self._few.rows[found[-1]]) if len(found) else -1

    def forget(self, count: int) -> None:
        """The first so many rows."""
        self.pool = self._pool_at(count)
        rest = self._scan().since(count)
        self._kinds.forget(count)
        self._node_flags.forget(len(self._node_flags) - len(rest.node_flags))
        self._copies.forget(len(self._copies) - len(rest.few))
        for column, rows in ((self._few, rest.few), (self._nodes_before, rest.nodes_before)):
            column.replace(rows)
        self._barriers_before.replace(rest.barriers_before)
        while count and count >= self._chunks[0].count:
            count -= self._chunks.pop(0).count
        if count:
            self._chunks[0].forget(count)


def _lane(number: int, pieces: list[Piece]) -> Lane:
    lane = Lane(number)
    lane.pieces = pieces
    return lane

"""What one look at all rows of a lane leaves behind: their kinds, and copies of the few that are not of barriers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from ggmlviz.format.layout import ROW, RowKind

POSITION = np.uint32  # half the memory of an index; lanes beyond four thousand million rows are refused
NEAR = 1 << 10  # rows that are neither NODE nor BARRIER
ROWS_AT_ONCE = 1 << 15  # temporary arrays stay in the cache, and are too small for the system to be asked for each


class Scan(NamedTuple):
    """Nearly all rows are NODE or BARRIER. To look for the others in the file again would bring all of it in."""

    kinds: np.ndarray  # of every row
    few: np.ndarray  # where the rows are that are neither NODE nor BARRIER
    copies: np.ndarray  # of these rows
    nodes_before: np.ndarray  # how many NODE rows are before each of them
    barriers_before: np.ndarray  # how many rows of either kind
    node_flags: np.ndarray  # of every NODE row

    def copies_at(self, at: np.ndarray) -> np.ndarray:
        """Of the rows at these positions; none unless there is one of each."""
        if not len(at) or len(at) > len(self.few) or self.kinds[at[0]] in (RowKind.NODE, RowKind.BARRIER):
            return self.copies[:0]
        places = np.searchsorted(self.few, at.astype(POSITION))
        fitting = places[-1] < len(self.few) and bool((self.few[places] == at).all())
        return self.copies[places] if fitting else self.copies[:0]

    def last_of(self, *kinds: RowKind, behind: int = -1, before: int | None = None) -> int | None:
        """Which of the few is the last of these kinds between these rows. It is looked for from the end, some at a
        time: nearly always it is near."""
        first = 0 if behind < 0 else int(self.few.searchsorted(POSITION(behind + 1)))
        high = len(self.few) if before is None else int(self.few.searchsorted(POSITION(before)))
        while high > first:
            low = max(first, high - NEAR)
            part = self.copies["kind"][low:high]
            found = np.logical_or.reduce([part == kind for kind in kinds]).nonzero()[0]
            if len(found):
                return low + int(found[-1])
            high = low
        return None

    def since(self, row: int) -> Scan:
        """Of the rows from this one on, as if there were no others."""
        first, nodes = self.before(row)
        return Scan(
            self.kinds[row:],
            self.few[first:] - POSITION(row),
            self.copies[first:],
            self.nodes_before[first:] - nodes,
            self.barriers_before[first:] - (row - first),
            self.node_flags[nodes:],
        )

    def before(self, row: int) -> tuple[int, int]:
        """How many of the few, and how many NODE rows, are before a row."""
        first = int(np.searchsorted(self.few, POSITION(row)))  # of another dtype, all of them would be converted
        known, begin = (int(self.nodes_before[first - 1]), int(self.few[first - 1])) if first else (0, 0)
        return first, known + int(np.count_nonzero(self.kinds[begin:row] == RowKind.NODE))


def scan_of(pieces: Iterable[np.ndarray], rows: int) -> Scan:
    kinds = np.empty(rows, np.uint8)
    few, copies, nodes_before = [np.empty(0, POSITION)], [np.empty(0, ROW)], [np.empty(0, np.int64)]
    node_flags = [np.empty(0, np.uint8)]
    start = nodes = 0
    for part in _short(pieces):
        here = kinds[start : start + len(part)]
        here[:] = part["kind"]
        is_node = here == RowKind.NODE
        found = np.flatnonzero(~is_node & (here != RowKind.BARRIER))
        if len(found):
            few.append((found + start).astype(POSITION))
            copies.append(part[found])
            nodes_before.append(np.cumsum(is_node, dtype=np.int32)[found] + np.int64(nodes))
        if count := np.count_nonzero(is_node):
            node_flags.append(part["flags"][is_node])
            nodes += count
        start += len(part)
    joined = np.concatenate(few)
    before = joined.astype(np.int64) - np.arange(len(joined))
    columns = (np.concatenate(column) for column in (copies, nodes_before))
    return Scan(kinds, joined, *columns, before, np.concatenate(node_flags))


def _short(pieces: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
    for piece in pieces:
        for low in range(0, len(piece), ROWS_AT_ONCE):
            yield piece[low : low + ROWS_AT_ONCE]

"""The rows of one lane, and the places where rows are missing.

A long lane is never copied as a whole: its rows stay where they are in the mapped file, piece by piece, and what is
asked for is gathered from them. All positions are row numbers within the lane, counted without the missing ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import NamedTuple

import numpy as np

from ggmlviz.format.lane import Lane, Piece
from ggmlviz.format.layout import ROW, RowFlag, RowKind
from ggmlviz.trace.positions import ranges
from ggmlviz.trace.row_scan import POSITION, Scan, scan_of

ROWS_KEPT = 1 << 21  # 32 MiB of the file


class Before(NamedTuple):
    """What earlier rows have said that are not there any more."""

    pool: int  # thread pool of the barriers before the first POOL row, 0 for unknown
    thread: int  # who wrote the rows before the first THREAD row, -1 for unknown


BEFORE_ALL = Before(0, -1)


class LaneRows:
    """`scan`: where that was made already."""

    def __init__(
        self,
        lane: Lane,
        release: Callable[[], None] = lambda: None,
        before: Before = BEFORE_ALL,
        scan: Scan | None = None,
    ):
        self.number, self.before = lane.number, before
        if scan is not None:
            self._scan = scan
        self._release = release  # lets go of the pages of the file that were looked at
        self._seen: set[int] = set()  # the pieces that were looked at since
        self._pieces = [piece.rows for piece in lane.pieces]
        self._firsts = [piece.first for piece in lane.pieces]
        self._starts = np.cumsum([0] + [len(piece) for piece in self._pieces], dtype=np.int64)
        if len(self) > np.iinfo(POSITION).max:
            raise OverflowError(f"lane {lane.number} has more rows than can be numbered: {len(self)}")
        before = [0] + [piece.end for piece in lane.pieces]
        self._gaps = [
            start for start, piece, end in zip(self._starts, lane.pieces, before, strict=False) if piece.first != end
        ]

    def __len__(self) -> int:
        return int(self._starts[-1])

    def since(self, position: int) -> LaneRows:
        """The rows from this one on, with positions counted from it."""
        lane, left = Lane(self.number), position
        for first, piece in zip(self._firsts, self._pieces, strict=True):
            if left < len(piece):
                lane.pieces.append(Piece(first + left, piece[left:]))
            left = max(0, left - len(piece))
        return LaneRows(lane, self._release, self.until(position), self._scan.since(position))

    def until(self, position: int) -> Before:
        """What holds there."""
        pool, thread = self._last(RowKind.POOL, position), self._last(RowKind.THREAD, position)
        return Before(
            self.before.pool if pool is None else int(pool["extra"]) << 32 | int(pool["value"]),
            self.before.thread if thread is None else int(thread["value"]),
        )

    def _last(self, kind: RowKind, position: int) -> np.void | None:
        """The last row of a kind, neither NODE nor BARRIER, before this position."""
        at = self._scan.last_of(kind, before=position)  # said again wherever a segment begins, so that it is never far
        return None if at is None else self._scan.copies[at]

    def last_of(self, *kinds: RowKind, behind: int = -1) -> int | None:
        """Where the last row of these kinds is, neither NODE nor BARRIER, behind this position."""
        at = self._scan.last_of(*kinds, behind=behind)
        return None if at is None else int(self._scan.few[at])

    def broken_behind(self, position: int) -> bool:
        """Whether any row is missing behind it."""
        return bool(self._gaps and self._gaps[-1] > position) or self.last_of(RowKind.LOST, behind=position) is not None

    @cached_property
    def breaks(self) -> np.ndarray:
        """Where the row does not follow the one before it; the first row of a lane has number 0."""
        return np.sort(np.concatenate([np.array(self._gaps, np.int64), self.of(RowKind.LOST)]))

    @property
    def rows(self) -> np.ndarray:
        """All rows in one array: a copy where the lane has more than one piece."""
        return self._pieces[0] if len(self._pieces) == 1 else np.concatenate([np.empty(0, ROW), *self._pieces])

    @cached_property
    def _scan(self) -> Scan:
        return scan_of((self._look_at(number) for number in range(len(self._pieces))), len(self))

    @property
    def kinds(self) -> np.ndarray:
        return self._scan.kinds

    @cached_property
    def nodes(self) -> np.ndarray:
        """Where the NODE rows are."""
        return self._where(lambda kinds: kinds == RowKind.NODE)

    def nodes_before(self, at: np.ndarray) -> np.ndarray:
        """How many NODE rows are before each of these rows, which are neither NODE nor BARRIER."""
        return self._scan.nodes_before[np.searchsorted(self._scan.few, at.astype(POSITION))]

    def flags_of_nodes(self, begins: np.ndarray, ends: np.ndarray) -> np.ndarray:
        """Flags of the NODE rows between these rows, which are neither NODE nor BARRIER."""
        flags, first = self._scan.node_flags, self.nodes_before(begins)
        counts = self.nodes_before(ends) - first
        # Where every node row lies between some of them, which is nearly always, there is nothing to pick.
        return flags if int(counts.sum()) == len(flags) else flags[ranges(first, counts)]

    @property
    def barriers(self) -> int:
        """How many rows tell of a barrier: NODE and BARRIER."""
        return len(self) - len(self._scan.few)

    def barrier(self, number: np.ndarray) -> np.ndarray:
        """Where the rows are that tell of the barriers with these numbers, counted from 0 in the lane."""
        return number + np.searchsorted(self._scan.barriers_before, number, "right")

    def barriers_before(self, at: np.ndarray) -> np.ndarray:
        """How many rows before each of these positions tell of a barrier."""
        # Of another dtype than the few, all of these would be converted for each look.
        return at.astype(np.int64) - np.searchsorted(self._scan.few, at.astype(POSITION))

    def barriers_from(self, first: int, count: int) -> np.ndarray:
        """So many rows that tell of a barrier, from row `first` on."""
        before = int(self.barriers_before(np.array([first]))[0])
        return self.barrier(np.arange(before, min(before + count, self.barriers)))

    def _where(self, wanted: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        found = [np.empty(0, POSITION)]
        for start, piece in zip(self._starts, self._pieces, strict=False):
            hits = np.flatnonzero(wanted(self.kinds[start : start + len(piece)]))
            found.append((hits + start).astype(POSITION))
        return np.concatenate(found)

    def of(self, *kinds: RowKind) -> np.ndarray:
        """Where rows of these kinds are."""
        numbers = [int(kind) for kind in kinds]
        if RowKind.NODE in kinds or RowKind.BARRIER in kinds:
            return self._where(lambda found: np.isin(found, numbers))
        found = self._scan.copies["kind"]
        return self._scan.few[found == numbers[0] if len(numbers) == 1 else np.isin(found, numbers)]

    @cached_property
    def _last_times(self) -> np.ndarray:
        """The time of the last row of each piece."""
        times = np.zeros(len(self._pieces), np.uint64)
        for number, piece in enumerate(self._pieces):
            times[number] = piece["time"][-1] if len(piece) else times[max(number - 1, 0)]
            self._look_at(number)  # one look brings in more than a page
        return times

    def at_time(self, ticks: np.ndarray) -> np.ndarray:
        """The first row at or after each of these moments."""
        found = np.full(len(ticks), len(self), np.int64)
        piece_of = np.searchsorted(self._last_times, ticks)
        for number in np.unique(piece_of[piece_of < len(self._pieces)]).tolist():
            here = piece_of == number
            found[here] = self._starts[number] + np.searchsorted(self._look_at(number)["time"], ticks[here])
        return found

    def take(self, field: str, at: np.ndarray) -> np.ndarray:
        """A column of the rows at these positions, which must rise."""
        if len(copies := self._scan.copies_at(at)):
            return copies[field]
        taken = np.empty(len(at), ROW[field])
        for part, piece, within in self._parts(at):
            taken[part] = piece[field][within]
        return taken

    def _parts(self, at: np.ndarray) -> Iterator[tuple[slice, np.ndarray, np.ndarray]]:
        """Which of the positions lie in which piece, and where there."""
        if not len(at):
            return
        first, last = (np.searchsorted(self._starts, [at[0], at[-1]], "right") - 1).tolist()
        # Only the pieces between these, or many short questions would take time by the square of the lane's length.
        starts = self._starts[first : last + 2].astype(at.dtype)  # of one dtype, or `at` would be copied
        bounds = np.searchsorted(at, starts)
        for index in np.flatnonzero(np.diff(bounds)).tolist():
            part, number = slice(int(bounds[index]), int(bounds[index + 1])), first + index
            yield part, self._look_at(number), at[part].astype(np.intp) - self._starts[number]

    def _look_at(self, number: int) -> np.ndarray:
        """The rows of a piece. Those looked at before are let go once they are many."""
        if len(self._seen) * self._longest > ROWS_KEPT:
            self._release()
            self._seen.clear()
        self._seen.add(number)
        return self._pieces[number]

    @cached_property
    def _longest(self) -> int:
        return max(map(len, self._pieces))

    def whole(self, begins: np.ndarray, ends: np.ndarray) -> np.ndarray:
        """Whether no row is missing between each pair of positions."""
        return np.searchsorted(self.breaks, begins, "right") == np.searchsorted(self.breaks, ends, "right")

    def waits(self, at: np.ndarray) -> np.ndarray:
        """The ticks waited that rows of kind NODE, BARRIER or SYNC tell; 32 bits each where these suffice."""
        ticks, scaled = np.empty(len(at), np.uint32), [np.empty(0, np.intp)]
        for part, piece, within in self._parts(at):
            ticks[part] = piece["value"][within]
            scaled.append(np.flatnonzero(piece["flags"][within] & np.uint8(RowFlag.WAIT_SCALED)) + part.start)
        some = np.concatenate(scaled)
        if len(some):
            ticks = ticks.astype(np.uint64)
            ticks[some] <<= np.uint64(10)
        return ticks

    def column(self, field: str, low: int, high: int) -> np.ndarray:
        """Of the rows from `low` to `high`: few at a time."""
        first, last = np.searchsorted(self._starts, low, "right"), np.searchsorted(self._starts, high)
        parts = []
        for number in range(first - 1, last):
            start = int(self._starts[number])
            parts.append(self._look_at(number)[field][max(low - start, 0) : high - start])
        return parts[0] if len(parts) == 1 else np.concatenate([np.empty(0, ROW[field]), *parts])

    def waited(self, low: int, high: int) -> np.ndarray:
        """Ticks waited in barriers before each row from `low` to `high`, counted from `low`; one more at the end."""
        total = np.zeros(high - low + 1, np.int64)
        waits = total[1:]
        waits[:] = self.column("value", low, high)
        scaled = np.flatnonzero(self.column("flags", low, high) & np.uint8(RowFlag.WAIT_SCALED))
        waits[scaled] <<= 10
        few = self._scan.few
        waits[few[slice(*np.searchsorted(few, np.array([low, high], few.dtype)))] - low] = 0
        np.cumsum(waits, out=waits)
        return total

    def wide(self, at: np.ndarray) -> np.ndarray:
        """The 48-bit values of rows that keep the upper part in `extra`."""
        return self.take("extra", at).astype(np.uint64) << np.uint64(32) | self.take("value", at)

    def filled(self, kind: RowKind, at: np.ndarray, otherwise: int) -> np.ndarray:
        """For each position, the 48-bit value of the last row of `kind` before it."""
        rows = self.of(kind)
        values = np.concatenate([np.array([otherwise], np.uint64), self.wide(rows)])
        return values[np.searchsorted(rows, at, "right")]

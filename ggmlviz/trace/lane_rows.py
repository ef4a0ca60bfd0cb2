"""The rows of one lane, and the places where rows are missing.

A long lane is never copied as a whole: its rows stay where they are in the mapped file, piece by piece, and what is
asked for is gathered from them. All positions are row numbers within the lane, counted without the missing ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property

import numpy as np

from ggmlviz.format.lane import Lane
from ggmlviz.format.layout import ROW, RowFlag, RowKind

POSITION = np.uint32  # half the memory of an index; lanes beyond four thousand million rows are refused
ROWS_AT_ONCE = 1 << 21  # 32 MiB of the file


class LaneRows:
    def __init__(self, lane: Lane, release: Callable[[], None] = lambda: None):
        self.number = lane.number
        self._release = release  # lets go of the pages of the file that were looked at
        self._seen = 0
        self._pieces = [piece.rows for piece in lane.pieces]
        self._starts = np.cumsum([0] + [len(piece) for piece in self._pieces], dtype=np.int64)
        if len(self) > np.iinfo(POSITION).max:
            raise OverflowError(f"lane {lane.number} has more rows than can be numbered: {len(self)}")
        # A break is where the row does not follow the one before it; the first row of a lane has number 0.
        before = [0] + [piece.end for piece in lane.pieces]
        gaps = [
            start for start, piece, end in zip(self._starts, lane.pieces, before, strict=False) if piece.first != end
        ]
        self.breaks = np.sort(np.concatenate([np.array(gaps, np.int64), self.of(RowKind.LOST)]))

    def __len__(self) -> int:
        return int(self._starts[-1])

    @property
    def rows(self) -> np.ndarray:
        """All rows in one array: a copy where the lane has more than one piece."""
        return self._pieces[0] if len(self._pieces) == 1 else np.concatenate([np.empty(0, ROW), *self._pieces])

    @cached_property
    def kinds(self) -> np.ndarray:
        kinds = np.empty(len(self), np.uint8)
        for start, piece in zip(self._starts, self._pieces, strict=False):
            kinds[start : start + len(piece)] = piece["kind"]
            self._looked_at(len(piece))
        return kinds

    @cached_property
    def _structure(self) -> np.ndarray:
        """Where the rows are that are neither NODE nor BARRIER: few among many."""
        return self._where(lambda kinds: (kinds != RowKind.NODE) & (kinds != RowKind.BARRIER))

    @cached_property
    def nodes(self) -> np.ndarray:
        """Where the NODE rows are."""
        return self._where(lambda kinds: kinds == RowKind.NODE)

    def barriers(self) -> np.ndarray:
        """Where the rows are that tell of a barrier: NODE and BARRIER. Large, and so not kept."""
        return self._where(lambda kinds: (kinds == RowKind.NODE) | (kinds == RowKind.BARRIER))

    def barriers_from(self, first: int, count: int) -> np.ndarray:
        """So many rows that tell of a barrier, from row `first` on."""
        end = first + count
        while True:
            kinds = self.kinds[first:end]
            found = np.flatnonzero((kinds == RowKind.NODE) | (kinds == RowKind.BARRIER))
            if len(found) >= count or end >= len(self):
                return (found[:count] + first).astype(POSITION)
            end += count - len(found)

    def nodes_among_barriers(self) -> np.ndarray:
        """Which of `barriers` are NODE rows."""
        found, before = [np.empty(0, POSITION)], 0
        for start, piece in zip(self._starts, self._pieces, strict=False):
            kinds = self.kinds[start : start + len(piece)]
            kinds = kinds[(kinds == RowKind.NODE) | (kinds == RowKind.BARRIER)]
            found.append((np.flatnonzero(kinds == RowKind.NODE) + before).astype(POSITION))
            before += len(kinds)
        return np.concatenate(found)

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
        return self._structure[np.isin(self.kinds[self._structure], numbers)]

    def barriers_before(self, at: np.ndarray) -> np.ndarray:
        """How many rows before each of these positions tell of a barrier."""
        return at.astype(np.int64) - np.searchsorted(self._structure, at)

    @cached_property
    def _last_times(self) -> np.ndarray:
        """The time of the last row of each piece that has any."""
        times = []
        for piece in self._pieces:
            if len(piece):
                times.append(int(piece["time"][-1]))
                self._looked_at(len(piece))  # one look brings in more than a page
        return np.array(times, np.uint64)

    def at_time(self, ticks: np.ndarray) -> np.ndarray:
        """The first row at or after each of these moments."""
        filled = [(start, piece) for start, piece in zip(self._starts, self._pieces, strict=False) if len(piece)]
        found = np.full(len(ticks), len(self), np.int64)
        piece_of = np.searchsorted(self._last_times, ticks)
        for number in np.unique(piece_of[piece_of < len(filled)]).tolist():
            start, piece = filled[number]
            here = piece_of == number
            found[here] = start + np.searchsorted(piece["time"], ticks[here])
            self._looked_at(len(piece))
        return found

    def take(self, field: str, at: np.ndarray) -> np.ndarray:
        """A column of the rows at these positions, which must rise."""
        taken = np.empty(len(at), ROW[field])
        for part, piece, within in self._parts(at):
            taken[part] = piece[field][within]
        return taken

    def _parts(self, at: np.ndarray) -> Iterator[tuple[slice, np.ndarray, np.ndarray]]:
        """Which of the positions lie in which piece, and where there."""
        bounds = np.searchsorted(at, self._starts.astype(at.dtype))  # of one dtype, or `at` would be copied
        for piece, start, low, high in zip(self._pieces, self._starts, bounds, bounds[1:], strict=False):
            if low < high:
                yield slice(low, high), piece, at[low:high].astype(np.intp) - start
                self._looked_at(len(piece))

    def _looked_at(self, rows: int) -> None:
        self._seen += rows
        if self._seen > ROWS_AT_ONCE:
            self._release()
            self._seen = 0

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

    def wide(self, at: np.ndarray) -> np.ndarray:
        """The 48-bit values of rows that keep the upper part in `extra`."""
        return self.take("extra", at).astype(np.uint64) << np.uint64(32) | self.take("value", at)

    def filled(self, kind: RowKind, at: np.ndarray, otherwise: int) -> np.ndarray:
        """For each position, the 48-bit value of the last row of `kind` before it."""
        rows = self.of(kind)
        values = np.concatenate([np.array([otherwise], np.uint64), self.wide(rows)])
        return values[np.searchsorted(rows, at, "right")]


def pair(begins: np.ndarray, ends: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each begin with the end that comes before the next begin; begins without one are left out."""
    if not len(begins) or not len(ends):
        return begins[:0], ends[:0]
    after = np.searchsorted(ends, begins, "right")
    following = np.append(begins[1:], np.iinfo(begins.dtype).max)
    candidate = ends[np.minimum(after, len(ends) - 1)]
    good = (after < len(ends)) & (candidate < following)
    return begins[good], candidate[good]

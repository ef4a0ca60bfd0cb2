"""What one thread wrote: its rows in order, with every row that is missing accounted for."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Piece(NamedTuple):
    """Rows without a gap; `first` is the number of the first one in its lane."""

    first: int
    rows: np.ndarray

    @property
    def end(self) -> int:
        return self.first + len(self.rows)


class Gap(NamedTuple):
    """Rows that were written but cannot be read any more."""

    first: int
    overwritten: int
    damaged: int

    @property
    def end(self) -> int:
        return self.first + self.overwritten + self.damaged


class Lane:
    """Pieces and gaps only ever grow at their ends, so a follower remembers how many it has seen."""

    def __init__(self, number: int):
        self.number = number
        self.pieces: list[Piece] = []
        self.gaps: list[Gap] = []
        self.end = 0
        self.lost = 0  # rows that were never written, because there was no room for them
        self.untold = 0  # of these the newest, of which no LOST row tells yet
        self._damaged_later: list[tuple[int, int]] = []

    @property
    def overwritten(self) -> int:
        return sum(gap.overwritten for gap in self.gaps)

    @property
    def damaged(self) -> int:
        """Rows in damaged segments; of the last ones no later row tells the number, only they themselves."""
        return sum(gap.damaged for gap in self.gaps) + sum(rows for _, rows in self._damaged_later)

    def add(self, first: int, rows: np.ndarray, reused: bool) -> None:
        """Take in rows whose numbers are at least `end`; what lies between went missing."""
        if first > self.end:
            damaged = sum(rows for at, rows in self._damaged_later if at < first) if reused else first - self.end
            damaged = min(damaged, first - self.end)
            self.gaps.append(Gap(self.end, first - self.end - damaged, damaged))
        self.pieces.append(Piece(first, rows))
        self.end = first + len(rows)
        self._damaged_later = [(at, rows) for at, rows in self._damaged_later if at >= self.end]

    def hand_over(self) -> list[Piece]:
        """The pieces since the last time, for who follows a trace for long and keeps only some of them."""
        pieces, self.pieces = self.pieces, []
        return pieces

    def damage(self, first: int, rows: int) -> None:
        """Remember that a damaged segment claims to hold these rows; a row read later has the last word."""
        if first >= self.end and rows:
            self._damaged_later.append((first, rows))

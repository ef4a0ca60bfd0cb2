"""A finished trace that comes bit by bit, as if its program were still running."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np

from ggmlviz.format.lane import Lane
from ggmlviz.format.recording import Recording


class Replay(Recording):
    """`upto` moves on; `refresh` then hands over the rows until that moment, as a reader would find them."""

    def __init__(self, path: Path, chance: random.Random | None = None):
        self._all = Recording.open(path)
        self.path, self.version = self._all.path, self._all.version
        self.problems, self.definitions = self._all.problems, self._all.definitions
        self.clock = self._all.clock
        self._chance = chance or random.Random(0)
        self._rows = {lane.number: np.concatenate([piece.rows for piece in lane.pieces]) for lane in self._all.lanes}
        self._lanes = {number: Lane(number) for number in self._rows}
        self.upto = 0
        self.moments = np.sort(np.concatenate([rows["time"] for rows in self._rows.values()]))

    def refresh(self) -> None:
        for number, lane in self._lanes.items():
            rows = self._rows[number]
            # in pieces, as segments are
            end = int(np.searchsorted(rows["time"], np.uint64(self.upto), "right"))
            while lane.end < end:
                piece = rows[lane.end : min(end, lane.end + self._chance.randint(1, 5000))]
                lane.add(lane.end, piece, True)

    @property
    def header(self):
        return self._all.header

    @property
    def lanes(self) -> list[Lane]:
        return [lane for _, lane in sorted(self._lanes.items()) if lane.end]

    @property
    def loss(self):
        return self._all.loss

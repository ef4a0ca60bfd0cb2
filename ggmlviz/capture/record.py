"""A ring as it goes by, into a file: recording that can be begun and ended while the program runs."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ggmlviz.capture.errors import CaptureError
from ggmlviz.format.container import Container
from ggmlviz.format.header_facts import Facts
from ggmlviz.format.lane import Lane, Piece
from ggmlviz.format.layout import ROW, RowKind
from ggmlviz.format.source import Source
from ggmlviz.format.writer import Writer

STATES = (RowKind.THREAD, RowKind.POOL)  # they hold until the next of their kind


class Recorder:
    """Call `step` more often than the ring goes round; what was overwritten before is told as lost, to the row."""

    def __init__(self, ring: Path, output: Path):
        self._container = Container(Source(ring))
        self._next: dict[int, int] = {}  # of each lane the number of the row that comes next
        self.rows = self.lost = 0
        if output.exists():
            raise CaptureError(f"{output} exists already: name another file")
        definitions = self._container.advance()
        self._writer = Writer(output, self._facts(), self._container.header["segment_bytes"], grows=True)
        self._writer.definitions(definitions)
        for lane in self._container.lanes.values():
            self._write(lane, _states(lane))
        self._writer.checkpoint(self._facts())

    def step(self) -> None:
        """Write what is new."""
        definitions = self._container.advance()
        # A reader that finds a row finds what it means in the same file, whenever it comes.
        self._writer.definitions(definitions)
        for lane in self._container.lanes.values():
            for piece in lane.hand_over():
                gap = piece.first - self._next.get(lane.number, 0)
                self._next[lane.number] = piece.end
                self._write(lane, piece.rows if not gap else np.concatenate([_lost(gap, piece), piece.rows]))
                self.rows += len(piece.rows)
                self.lost += gap

    def checkpoint(self) -> None:
        """Whatever becomes of us, what was written until now can be read."""
        self._writer.checkpoint(self._facts())

    def close(self) -> None:
        self.step()
        self._writer.end(self._facts())

    def _write(self, lane: Lane, rows: np.ndarray) -> None:
        if len(rows):
            self._writer.rows(lane.number, rows)
        self._next.setdefault(lane.number, lane.end)

    def _facts(self) -> Facts:
        return Facts.of(self._container.header)


def _states(lane: Lane) -> np.ndarray:
    """What holds on a lane when the recording begins: all that is kept of the rows before it."""
    pieces = lane.hand_over()
    rows = pieces[-1].rows if pieces else np.empty(0, ROW)
    found = [rows[where[-1:]] for kind in STATES if len(where := np.flatnonzero(rows["kind"] == kind))]
    states = np.concatenate([np.empty(0, ROW), *found])
    states["time"] = rows["time"][-1] if len(rows) else 0
    return states


def _lost(count: int, before: Piece) -> np.ndarray:
    row = np.zeros(1, ROW)
    row["kind"], row["value"], row["time"] = RowKind.LOST, min(count, 0xFFFFFFFF), before.rows["time"][0]
    return row

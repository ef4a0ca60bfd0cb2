"""Writes a trace of format 2: a cut of another one, one that was never recorded, or a ring as it goes by.

The shim writes traces while they grow, in shared memory and without locks; nothing of that is needed here. The file
gets its name when it is whole, so that nobody reads half of it, and a trace may be replaced by a cut of itself. One
that grows for long has its name from the beginning, and can be read at every `checkpoint`.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import numpy as np

from ggmlviz.errors import GgmlVizError
from ggmlviz.format.checksum import crc32c
from ggmlviz.format.header import FIXED_BYTES
from ggmlviz.format.header_facts import Facts
from ggmlviz.format.layout import (
    HEADER,
    HEADER_BYTES,
    MAGIC,
    ROW,
    SEGMENT,
    SEGMENT_HEADER_BYTES,
    SEGMENT_MAGIC,
    VERSION,
    Mode,
    RowKind,
    SegmentKind,
    State,
)
from ggmlviz.format.record_bytes import whole_records
from ggmlviz.format.segments import CHECKED_BYTES


class _LaneInTheMaking:
    def __init__(self) -> None:
        self.first = 0  # the number of the first row that is not written yet
        self.lost = 0
        self.pending: list[np.ndarray] = []
        self.pending_rows = 0


class Writer:
    """Rows of a lane come in the order of their time; rows and definitions of any lanes may come mixed.

    Used with `with`: what is written counts if the block ends well, and is removed if it does not.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        facts: Facts | None = None,
        segment_bytes: int = 1 << 20,
        grows: bool = False,
    ):
        self.path, self._grows = Path(path), grows
        self._facts = facts or Facts()
        self._segment_bytes = segment_bytes
        self._capacity = segment_bytes - SEGMENT_HEADER_BYTES
        self._lanes: dict[int, _LaneInTheMaking] = {}
        self._definitions = bytearray()  # whole records that fit into one segment together
        self._definition_segments = self._segments = 0
        self._unfinished = self.path if grows else self.path.with_name(f"{self.path.name}.part")
        with self._telling():
            self._file = self._unfinished.open("xb" if grows else "wb")

    def definitions(self, data: bytes) -> None:
        """Whole records, as docs/FORMAT.md describes them."""
        for record in whole_records(data):
            if len(record) > self._capacity:
                raise ValueError(f"a definition of {len(record)} bytes does not fit into a segment")
            if len(self._definitions) + len(record) > self._capacity:
                self._write_definitions()
            self._definitions += record

    def rows(self, lane: int, rows: np.ndarray) -> None:
        """Rows of the dtype ROW. What LOST rows among them tell is counted as lost."""
        at = self._lanes.setdefault(lane, _LaneInTheMaking())
        begin = 0
        # Losses are counted by segments: whatever was lost was lost before a segment.
        for lost in np.flatnonzero(rows["kind"] == RowKind.LOST).tolist():
            self._add(lane, at, rows[begin:lost])
            self._write_rows(lane, at)
            at.lost += int(rows["value"][lost])
            begin = lost
        self._add(lane, at, rows[begin:])

    def close(self) -> None:
        for number, lane in self._lanes.items():
            self._write_rows(number, lane)
        self._write_definitions()
        with self._telling():
            self._put_header(State.CLOSED)
            self._file.close()
            self._unfinished.replace(self.path)

    def checkpoint(self, facts: Facts) -> None:
        """From now on the file can be read, as one that is not closed yet, up to its last full segment."""
        self._facts = facts
        with self._telling():
            self._put_header(State.OPEN)
            self._file.flush()

    def end(self, facts: Facts) -> None:
        """Close, with what is known of the process by now."""
        self._facts = facts
        self.close()

    def abandon(self) -> None:
        self._file.close()
        if not self._grows:
            self._unfinished.unlink(missing_ok=True)

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, kind, *_) -> None:
        try:
            if kind is None:
                self.close()
        finally:
            self.abandon()

    def _add(self, number: int, lane: _LaneInTheMaking, rows: np.ndarray) -> None:
        per_segment = self._capacity // ROW.itemsize
        while len(rows):
            fitting = rows[: per_segment - lane.pending_rows]
            lane.pending.append(fitting)
            lane.pending_rows += len(fitting)
            if lane.pending_rows == per_segment:
                self._write_rows(number, lane)
            rows = rows[len(fitting) :]

    def _write_rows(self, number: int, lane: _LaneInTheMaking) -> None:
        if lane.pending:
            rows = np.ascontiguousarray(lane.pending[0] if len(lane.pending) == 1 else np.concatenate(lane.pending))
            fields = {"kind": SegmentKind.ROWS, "lane": number, "first": lane.first, "lost": lane.lost}
            self._write_segment(fields, rows.view(np.uint8).data)
            lane.first += len(rows)
            lane.pending, lane.pending_rows = [], 0

    def _write_definitions(self) -> None:
        if self._definitions:
            fields = {"kind": SegmentKind.DEFINITIONS, "first": self._definition_segments}
            self._write_segment(fields, memoryview(self._definitions))
            self._definition_segments += 1
            self._definitions = bytearray()

    def _write_segment(self, fields: dict[str, int], payload: memoryview) -> None:
        header = np.zeros(1, SEGMENT)
        for name, number in fields.items():
            header[name] = number
        header["magic"] = SEGMENT_MAGIC
        header["used"] = header["sealed_bytes"] = len(payload)
        header["crc"] = crc32c(payload, crc32c(header.view(np.uint8).data[:CHECKED_BYTES]))
        with self._telling():
            # The header last: a segment that has none is no segment, if we are killed here.
            begin = HEADER_BYTES + self._segments * self._segment_bytes
            self._file.seek(begin + SEGMENT_HEADER_BYTES)
            self._file.write(payload)
            self._file.seek(begin)
            self._file.write(header)
        self._segments += 1

    def _put_header(self, state: State) -> None:
        self._file.truncate(HEADER_BYTES + self._segments * self._segment_bytes)
        self._file.seek(0)
        self._file.write(self._header(state))

    def _header(self, state: State) -> bytes:
        header = np.zeros(1, HEADER)
        facts = vars(self._facts) | {
            "magic": MAGIC,
            "version": VERSION,
            "oldest_reader": VERSION,
            "header_bytes": HEADER_BYTES,
            "segment_bytes": self._segment_bytes,
            "mode": Mode.FILE,
            "state": state,
            "segments": self._segments,
            "experiment": np.frombuffer(self._facts.experiment, np.uint8),
        }
        for name, fact in facts.items():
            header[name] = fact
        header["fixed_crc"] = crc32c(header.view(np.uint8).data[:FIXED_BYTES])
        return header.tobytes().ljust(HEADER_BYTES, b"\0")

    @contextlib.contextmanager
    def _telling(self):
        try:
            yield
        except OSError as error:
            raise GgmlVizError(f"{self.path}: it cannot be written ({error.strerror}).") from None

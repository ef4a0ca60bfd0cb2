"""The segments of a trace: what their headers say at one moment, and how much of each can be believed."""

from __future__ import annotations

import threading
from typing import NamedTuple

import numpy as np

from ggmlviz.format.checksum import crc32c
from ggmlviz.format.header import Header
from ggmlviz.format.layout import SEGMENT, SEGMENT_HEADER_BYTES, SEGMENT_MAGIC, SegmentKind
from ggmlviz.format.source import Source

# A writer publishes rows by storing `used` last, and a seal by storing `sealed_bytes` after the checksum. What is read
# in the opposite order is there as a whole or not yet; `still_there` finds the places that were reused meanwhile.
READ_FIRST = ("generation", "sealed_bytes", "used")
IDENTITY = ("generation", "kind", "lane", "first")
CHECKED_BYTES = SEGMENT.fields["crc"][1]

_order = threading.Lock()


def _keep_order() -> None:
    """Loads above happen before loads below: x86 never swaps them, arm64 does unless a lock lies between."""
    with _order:
        pass
    with _order:
        pass


RELEASE_EVERY = 32  # segments: a trace larger than the memory is read with little of it


class Payload(NamedTuple):
    """The believable part of a segment, and what is wrong with the rest."""

    data: memoryview
    lost_bytes: int = 0
    problem: str = ""


class Segments:
    """All places of a trace as they were when this was made."""

    def __init__(self, source: Source, header: Header):
        self._bytes = source.bytes
        self._end = min(source.length, len(source.bytes))
        self._closed = header.closed
        self._begin, self._size = header["header_bytes"], header["segment_bytes"]
        self.capacity = self._size - SEGMENT_HEADER_BYTES
        # A last segment that the file has only the beginning of counts, if its own header is there.
        places = max(0, (self._end - self._begin - SEGMENT_HEADER_BYTES) // self._size + 1)
        shape = {"shape": places, "buffer": self._bytes, "offset": self._begin, "strides": self._size}
        self._live = np.ndarray(dtype=SEGMENT, **shape) if places else np.empty(0, SEGMENT)
        self.headers = np.empty(places, SEGMENT)
        if self._closed:
            for begin in range(0, places, RELEASE_EVERY):
                self.headers[begin : begin + RELEASE_EVERY] = self._live[begin : begin + RELEASE_EVERY]
                source.release()
            return
        for name in READ_FIRST:
            self.headers[name] = self._live[name]
            _keep_order()
        for name in set(SEGMENT.names) - set(READ_FIRST):
            self.headers[name] = self._live[name]

    def __len__(self) -> int:
        return len(self.headers)

    def unrecognised(self) -> np.ndarray:
        """The places that do not begin like a segment."""
        return np.flatnonzero(self.headers["magic"] != SEGMENT_MAGIC)

    def misplaced(self) -> np.ndarray:
        """The places that hold something although they are free, or are of a kind that this version does not know."""
        kind, filled = self.headers["kind"], (self.headers["used"] > 0) | (self.headers["sealed_bytes"] > 0)
        wrong = (kind > max(SegmentKind)) | ((kind == SegmentKind.FREE) & filled)
        return np.flatnonzero(wrong & (self.headers["magic"] == SEGMENT_MAGIC))

    def rows(self) -> list[int]:
        """The places of rows, lane by lane in the order of writing; of two that overlap, the sealed one first."""
        places, at = self._of(SegmentKind.ROWS)
        return places[np.lexsort((at["sealed_bytes"] == 0, at["first"], at["lane"]))].tolist()

    def definitions(self) -> list[tuple[int, int]]:
        """The numbers and places of definitions; what is sealed before what only claims to be there."""
        places, at = self._of(SegmentKind.DEFINITIONS)
        order = np.lexsort((at["sealed_bytes"] == 0, at["first"]))
        return list(zip(at["first"][order].tolist(), places[order].tolist(), strict=True))

    def _of(self, kind: SegmentKind) -> tuple[np.ndarray, np.ndarray]:
        places = np.flatnonzero((self.headers["magic"] == SEGMENT_MAGIC) & (self.headers["kind"] == kind))
        return places, self.headers[places]

    def published(self, place: int) -> int:
        """How many bytes the writer says are there; not yet bounded by what can be there."""
        used, sealed = int(self.headers["used"][place]), int(self.headers["sealed_bytes"][place])
        # After the end of a trace nothing is added to what was sealed; before it, threads may still be writing.
        trust_seal = sealed and (self._closed or not sealed <= used <= self.capacity)
        return sealed if trust_seal else used

    def payload(self, place: int, unit: int, verify: bool) -> Payload:
        """The published bytes of a segment in whole units, once every number has been checked."""
        published, sealed = self.published(place), int(self.headers["sealed_bytes"][place])
        begin = self._begin + place * self._size + SEGMENT_HEADER_BYTES
        there = max(0, min(self.capacity, self._end - begin))
        data = self._bytes[begin : begin + there]
        if sealed > self.capacity or (verify and 0 < sealed <= there and not self._checksum_fits(place, data[:sealed])):
            return Payload(data[:0], min(published, self.capacity), "is damaged: its checksum does not fit")
        whole = min(published, there) // unit * unit
        if published > self.capacity:
            return Payload(data[:whole], 0, "is damaged: it says that it holds more than it can")
        if published > there:
            return Payload(data[:whole], published - whole, "lies partly behind the end of the file")
        if published % unit:
            return Payload(data[:whole], 0, "is damaged: it ends inside a record")
        return Payload(data[:whole])

    def _checksum_fits(self, place: int, sealed: memoryview) -> bool:
        header = memoryview(self.headers[place : place + 1]).cast("B")
        return crc32c(sealed, crc32c(header[:CHECKED_BYTES])) == self.headers["crc"][place]

    def still_there(self, place: int) -> bool:
        """Whether the place has not been reused meanwhile; asked after copying from it, before judging the copy."""
        _keep_order()
        now, then = self._live[place], self.headers[place]
        return bool(now["used"] >= then["used"]) and all(now[name] == then[name] for name in IDENTITY)

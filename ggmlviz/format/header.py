"""The first page of a trace: checked before anything else in the file is believed."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import NamedTuple

import numpy as np

from ggmlviz.errors import DamagedTrace, NewerTrace, NotATrace
from ggmlviz.format.checksum import crc32c
from ggmlviz.format.layout import HEADER, MAGIC, VERSION, ClockKind, Detail, HeaderFlag, Mode, State
from ggmlviz.format.moment import Moment
from ggmlviz.format.source import Source

SMALLEST_SEGMENT = 4096
ENUMERATED = {"mode": Mode, "clock": ClockKind, "detail": Detail}
IDENTIFYING_BYTES = HEADER.fields["header_bytes"][1]
FIXED_BYTES = HEADER.fields["fixed_crc"][1]


class Identity(NamedTuple):
    """What every version of the format begins with; version 1 has only the first of the two."""

    version: int
    oldest_reader: int


def identify(source: Source) -> Identity:
    begin = bytes(source.bytes[:IDENTIFYING_BYTES])
    if len(begin) < 12 or begin[:8] != MAGIC:
        raise NotATrace(source.path, "it is not a ggml-viz trace", "name a file that ggml-viz recorded")
    return Identity(int.from_bytes(begin[8:12], "little"), int.from_bytes(begin[12:16], "little"))


class Header:
    """A checked copy of the header; `fields` has every number by its name in csrc/ggmlviz_events.h."""

    def __init__(self, source: Source):
        identity = identify(source)
        if identity.version < VERSION:
            raise DamagedTrace(source.path, f"its version {identity.version} never existed", "record it again")
        if identity.oldest_reader > VERSION:
            what = f"its format is version {identity.version}, and this ggml-viz reads up to {VERSION}"
            raise NewerTrace(source.path, what, "update ggml-viz")
        self.fields = _copy(source)
        _check(source, self.fields)
        self.latest = _latest(source, self.fields)

    @property
    def start(self) -> Moment:
        return Moment.of(self.fields["start"])

    @property
    def experiment(self) -> str:
        return str(uuid.UUID(bytes=self.fields["experiment"].tobytes()))

    @property
    def started(self) -> datetime:
        return self.start.date()

    @property
    def closed(self) -> bool:
        return self["state"] == State.CLOSED

    @property
    def reuses_segments(self) -> bool:
        """Whether older rows make room for newer ones: a ring, or a file on a disk that is full."""
        return self["mode"] == Mode.RING or bool(self["flags"] & HeaderFlag.WRAPPED)

    def __getitem__(self, name: str) -> int:
        return int(self.fields[name])


def _copy(source: Source) -> np.void:
    if min(source.length, len(source.bytes)) < HEADER.itemsize:
        what = f"it ends inside its header, after {source.length} bytes"
        raise DamagedTrace(source.path, what, "nothing of it can be read; record it again")
    return np.frombuffer(source.bytes[: HEADER.itemsize], HEADER)[0].copy()


def _latest(source: Source, fields: np.void) -> Moment | None:
    """The newest moment, unless it is caught half-written: for good, if the writer was killed right then."""
    for _ in range(100):
        again = _copy(source)
        if fields["latest_writing"] == again["latest_writing"] and not again["latest_writing"] % 2:
            return Moment.of(fields["latest"])
        fields = again
    return None


def _check(source: Source, fields: np.void) -> None:
    header_bytes, segment_bytes = int(fields["header_bytes"]), int(fields["segment_bytes"])
    sane = (
        int(fields["fixed_crc"]) == crc32c(source.bytes[:FIXED_BYTES])
        and all(int(fields[name]) in set(kind) for name, kind in ENUMERATED.items())
        and header_bytes >= HEADER.itemsize
        and header_bytes % 64 == 0
        and segment_bytes >= SMALLEST_SEGMENT
        and segment_bytes.bit_count() == 1
    )
    if not sane:
        advice = "if its program has just started, try again, else restore it from a copy"
        raise DamagedTrace(source.path, "its header is damaged", advice)

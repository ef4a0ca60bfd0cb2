"""One opened trace: the object that everything above the format works with."""

from __future__ import annotations

import os
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from ggmlviz.format.clock import Clock
from ggmlviz.format.container import Container
from ggmlviz.format.definitions import Definitions
from ggmlviz.format.header import identify
from ggmlviz.format.lane import Lane
from ggmlviz.format.layout import Detail, Mode
from ggmlviz.format.legacy import LEGACY_VERSION, LegacyRecording
from ggmlviz.format.source import Source


class Loss(NamedTuple):
    """Everything that happened in the program and is not in the recording, by cause."""

    lost: int  # rows for which the writer had no room
    overwritten: int  # rows of a ring that made room for later ones
    damaged: int  # rows that were written to a file and cannot be read back
    definitions: int  # definitions for which the writer had no room
    calls: int = 0  # calls of threads that the writer could not give a lane


class Recording:
    """Complete for a finished trace; of one that still grows, what was there at the last `refresh`."""

    def __init__(self, source: Source, verify: bool = True):
        self.path = source.path
        self.version = identify(source).version
        self._container = Container(source, verify)
        self.problems = self._container.problems
        self.definitions = Definitions(self.problems)
        self.refresh()

    @classmethod
    def open(cls, path: str | os.PathLike[str], verify: bool = True) -> Recording | LegacyRecording:
        """A trace file or a ring in shared memory; `verify=False` leaves checksums of segments unchecked."""
        source = Source(path)
        if identify(source).version == LEGACY_VERSION:
            return LegacyRecording(source)
        return cls(source, verify)

    @classmethod
    def definitions_of(cls, path: str | os.PathLike[str]) -> Definitions:
        """What was defined by now, without a look at the rows: of a ring they are tens of megabytes."""
        source = Source(path)
        if identify(source).version == LEGACY_VERSION:
            return LegacyRecording(source).definitions
        container = Container(source, verify=True)
        definitions = Definitions(container.problems)
        definitions.feed(container.advance_definitions())
        return definitions

    def refresh(self) -> None:
        """Take in what the program has written since: pieces are added to lanes, definitions to tables."""
        self.definitions.feed(self._container.advance())
        self.__dict__.pop("clock", None)

    def release(self) -> None:
        """Let go of the pages of the file that were looked at; rows are read from it again when they are needed."""
        self._container.release()

    @property
    def header(self):
        return self._container.header

    @property
    def lanes(self) -> list[Lane]:
        return [lane for _, lane in sorted(self._container.lanes.items())]

    @cached_property
    def clock(self) -> Clock:
        """Until the next `refresh`: every later reading of the clocks makes the newest times more exact."""
        latest = [self.header.latest] if self.header.latest else []
        return Clock(self.header["clock"], self.header.start, self.definitions.syncs + latest)

    @property
    def loss(self) -> Loss:
        lanes = self.lanes
        return Loss(
            lost=sum(lane.lost for lane in lanes),
            overwritten=sum(lane.overwritten for lane in lanes),
            damaged=sum(lane.damaged for lane in lanes),
            definitions=self.header["lost_definitions"],
            calls=self.header["lost_calls"],
        )

    @property
    def experiment(self) -> str:
        return self.header.experiment

    @property
    def pid(self) -> int:
        return self.header["pid"]

    @property
    def mode(self) -> Mode:
        return Mode(self.header["mode"])

    @property
    def detail(self) -> Detail:
        return Detail(self.header["detail"])

    @property
    def closed(self) -> bool:
        """Whether the program ended the trace itself; if not, it is still running or was killed."""
        return self.header.closed

    @property
    def started(self) -> datetime:
        return self.header.started

"""What happened, as tables: made from the rows and definitions of a recording."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cached_property

import numpy as np

from ggmlviz.format.clock import Clock
from ggmlviz.format.layout import Detail
from ggmlviz.format.legacy import LegacyRecording
from ggmlviz.format.recording import Recording
from ggmlviz.trace.buffers import buffers_of
from ggmlviz.trace.graphs import Graph
from ggmlviz.trace.lane_rows import LaneRows
from ggmlviz.trace.old_recording import UNTOLD, OldRecording
from ggmlviz.trace.ops import Ops
from ggmlviz.trace.patterns import SectionPattern, patterns_of
from ggmlviz.trace.phases import phases_of
from ggmlviz.trace.runs import RUN, runs_of_lane
from ggmlviz.trace.sections import SECTION, sections_of_lane
from ggmlviz.trace.splits import SPLIT, SYNC, TRANSFER, splits_of_lane, syncs_of_lane, transfers_of_lane
from ggmlviz.trace.workers import PART, parts_of_lane


class Trace:
    """Tables are computed when first asked for and never change."""

    def __init__(self, recording: Recording | OldRecording, lanes: list[LaneRows] | None = None):
        self.recording = recording
        self.definitions = recording.definitions
        self.clock = recording.clock
        self.lanes = lanes or [LaneRows(lane, recording.release) for lane in recording.lanes]
        self._graphs: dict[int, Graph] = {}

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> Trace:
        return cls.of(Recording.open(path))

    @classmethod
    def of(cls, recording: Recording | LegacyRecording) -> Trace:
        return cls(OldRecording(recording) if isinstance(recording, LegacyRecording) else recording)

    @property
    def untold(self) -> str:
        """Why it tells no times of nodes; empty where it does."""
        if isinstance(self.recording, OldRecording):
            return UNTOLD
        without = self.recording.detail == Detail.GRAPH
        return "no node has a time: it was recorded with --detail graph" if without else ""

    def graph(self, number: int) -> Graph:
        if number not in self._graphs:
            self._graphs[number] = Graph(self.definitions, number)
        return self._graphs[number]

    @cached_property
    def _runs_by_lane(self) -> list[np.ndarray]:
        tables = [runs_of_lane(index, lane, self.clock) for index, lane in enumerate(self.lanes)]
        for runs in tables:  # where the definitions end early, later graphs are unknown
            runs["graph"][runs["graph"] >= len(self.definitions.graphs)] = -1
        return tables

    @cached_property
    def runs(self) -> np.ndarray:
        """Lane by lane, in the order of time within each."""
        return _joined(self._runs_by_lane, RUN)

    @cached_property
    def sections(self) -> np.ndarray:
        tables, runs = [], 0
        for index, (lane, of_lane) in enumerate(zip(self.lanes, self._runs_by_lane, strict=True)):
            tables.append(sections_of_lane(index, lane, of_lane, runs, self.clock))
            runs += len(of_lane)
        sections = _joined(tables, SECTION)
        sections["first_execution"] = np.cumsum(sections["executions"]) - sections["executions"]
        return sections

    @cached_property
    def run_begins(self) -> np.ndarray:
        """That column of the runs, apart from the table, which is wide: each picture of a range of time asks for it."""
        return self.runs["begin"].copy()

    @cached_property
    def section_starts(self) -> np.ndarray:
        """When the run of each section began, or the section itself where that is not known."""
        run, starts = self.sections["run"], self.sections["begin"].copy()
        starts[run >= 0] = self.run_begins[run[run >= 0]]
        return starts

    @cached_property
    def ops(self) -> Ops:
        """Computed nodes, column by column, in the order of their sections."""
        return Ops(self.lanes, self.sections, self.clock, lambda: self.patterns)

    @cached_property
    def patterns(self) -> list[SectionPattern]:
        """Sections that look alike: there are few graphs and many runs."""
        return patterns_of(self.sections, self.runs, self.ops.flags, self.graph)

    @cached_property
    def executions(self) -> np.ndarray:
        """The computed nodes as one table: the columns of `ops` side by side."""
        return self.ops.table()

    @cached_property
    def phases(self) -> np.ndarray:
        """What each run was for; parallel to `runs`."""
        return phases_of(self.runs["graph"], self.graph)

    @cached_property
    def parts(self) -> np.ndarray:
        """Every thread's part in every section."""
        return _joined([parts_of_lane(i, lane, self.sections, self.clock) for i, lane in enumerate(self.lanes)], PART)

    @cached_property
    def splits(self) -> np.ndarray:
        return self._of_each_lane(splits_of_lane, SPLIT)

    @cached_property
    def transfers(self) -> np.ndarray:
        return self._of_each_lane(transfers_of_lane, TRANSFER)

    @cached_property
    def syncs(self) -> np.ndarray:
        """Waits for backends."""
        return self._of_each_lane(syncs_of_lane, SYNC)

    def _of_each_lane(self, table_of: Callable[[int, LaneRows, Clock], np.ndarray], dtype: np.dtype) -> np.ndarray:
        return _joined([table_of(index, lane, self.clock) for index, lane in enumerate(self.lanes)], dtype)

    @cached_property
    def buffers(self) -> np.ndarray:
        return buffers_of(self.definitions, self.clock)


def _joined(tables: list[np.ndarray], dtype: np.dtype) -> np.ndarray:
    return np.concatenate(tables) if tables else np.empty(0, dtype)

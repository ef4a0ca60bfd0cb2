"""What happened, as tables: made from the rows and definitions of a recording."""

from __future__ import annotations

import os
from functools import cached_property

import numpy as np

from ggmlviz.errors import UnsuitableTrace
from ggmlviz.format.layout import RowKind
from ggmlviz.format.legacy import LegacyRecording
from ggmlviz.format.recording import Recording
from ggmlviz.trace.buffers import buffers_of
from ggmlviz.trace.graphs import Graph
from ggmlviz.trace.lane_rows import LaneRows, pair
from ggmlviz.trace.ops import LaneOps, Ops
from ggmlviz.trace.patterns import SectionPattern, patterns_of, place_nodes
from ggmlviz.trace.phases import phases_of
from ggmlviz.trace.runs import RUN, runs_of_lane
from ggmlviz.trace.sections import SECTION, sections_of_lane
from ggmlviz.trace.workers import PART, parts_of_lane

SPLIT = np.dtype(
    [
        ("lane", "i4"),
        ("begin", "i8"),
        ("end", "i8"),
        ("backend", "i4"),
        ("first", "i8"),
        ("nodes", "i8"),
        ("status", "u1"),
    ]
)
TRANSFER = np.dtype(
    [
        ("lane", "i4"),
        ("begin", "i8"),
        ("end", "i8"),
        ("direction", "u1"),
        ("buffer", "i4"),
        ("name", "i8"),
        ("bytes", "i8"),
    ]
)
SYNC = np.dtype([("lane", "i4"), ("begin", "i8"), ("end", "i8"), ("backend", "i4")])


class Trace:
    """Tables are computed when first asked for and never change."""

    def __init__(self, recording: Recording):
        self.recording = recording
        self.definitions = recording.definitions
        self.clock = recording.clock
        self.lanes = [LaneRows(lane, recording.release) for lane in recording.lanes]
        self._graphs: dict[int, Graph] = {}

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> Trace:
        recording = Recording.open(path)
        if isinstance(recording, LegacyRecording):
            raise UnsuitableTrace(path, "it is of format 1, whose op times are no times", "use `ggml-viz info` or dump")
        return cls(recording)

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

    @property
    def runs(self) -> np.ndarray:
        """Lane by lane, in the order of time within each."""
        return _joined(self._runs_by_lane, RUN)

    @cached_property
    def _computed(self) -> tuple[np.ndarray, Ops]:
        sections, lanes = [], []
        runs = done = 0
        for index, lane in enumerate(self.lanes):
            of_lane = sections_of_lane(index, lane, self._runs_by_lane[index], runs, self.clock)
            lanes.append(LaneOps(lane, of_lane, self.clock))
            of_lane["first_execution"] += done
            runs += len(self._runs_by_lane[index])
            done += len(lanes[-1])
            sections.append(of_lane)
        joined = _joined(sections, SECTION)
        return joined, Ops(lanes, joined)

    @property
    def sections(self) -> np.ndarray:
        return self._computed[0]

    @cached_property
    def ops(self) -> Ops:
        """Computed nodes, column by column, in the order of their sections."""
        ops = self._computed[1]
        for pattern in self.patterns:
            if pattern.nodes is not None:
                place_nodes(ops.node, self.sections, pattern)
        return ops

    @cached_property
    def patterns(self) -> list[SectionPattern]:
        """Sections that look alike: there are few graphs and many runs."""
        return patterns_of(self.sections, self.runs, self._computed[1].flags, self.graph)

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
        return _joined([self._splits_of(index, lane) for index, lane in enumerate(self.lanes)], SPLIT)

    def _splits_of(self, index: int, lane: LaneRows) -> np.ndarray:
        begins, ends = pair(lane.of(RowKind.SPLIT_BEGIN), lane.of(RowKind.SPLIT_END))
        splits = np.zeros(len(begins), SPLIT)
        splits["lane"] = index
        splits["begin"] = self.clock.ns(lane.take("time", begins))
        splits["end"] = self.clock.ns(lane.take("time", ends))
        splits["backend"] = lane.take("extra", begins)
        splits["first"] = lane.take("value", begins)
        splits["nodes"] = lane.take("value", ends)
        splits["status"] = lane.take("flags", ends)
        return splits

    @cached_property
    def transfers(self) -> np.ndarray:
        return _joined([self._transfers_of(index, lane) for index, lane in enumerate(self.lanes)], TRANSFER)

    def _transfers_of(self, index: int, lane: LaneRows) -> np.ndarray:
        begins, ends = pair(lane.of(RowKind.TRANSFER_BEGIN), lane.of(RowKind.TRANSFER_END))
        transfers = np.zeros(len(begins), TRANSFER)
        transfers["lane"] = index
        transfers["begin"] = self.clock.ns(lane.take("time", begins))
        transfers["end"] = self.clock.ns(lane.take("time", ends))
        transfers["direction"] = lane.take("flags", begins)
        buffer = lane.take("extra", begins).astype(np.int32)
        transfers["buffer"] = np.where(buffer == 0xFFFF, -1, buffer)
        transfers["name"] = lane.take("value", begins)
        transfers["bytes"] = lane.wide(ends)
        return transfers

    @cached_property
    def syncs(self) -> np.ndarray:
        """Waits for backends."""
        tables = []
        for index, lane in enumerate(self.lanes):
            at = lane.of(RowKind.SYNC)
            syncs = np.zeros(len(at), SYNC)
            times = lane.take("time", at)
            syncs["lane"] = index
            syncs["end"] = self.clock.ns(times)
            syncs["begin"] = self.clock.ns(times - lane.waits(at))
            syncs["backend"] = lane.take("extra", at)
            tables.append(syncs)
        return _joined(tables, SYNC)

    @cached_property
    def buffers(self) -> np.ndarray:
        return buffers_of(self.definitions, self.clock)


def _joined(tables: list[np.ndarray], dtype: np.dtype) -> np.ndarray:
    return np.concatenate(tables) if tables else np.empty(0, dtype)

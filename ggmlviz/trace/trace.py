"""What happened, as tables: made from the rows and definitions of a recording."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from ggmlviz.format.layout import RowKind, Status
from ggmlviz.format.recording import Recording
from ggmlviz.trace.attribution import Pattern, attribute
from ggmlviz.trace.buffers import buffers_of
from ggmlviz.trace.graphs import Graph
from ggmlviz.trace.lane_rows import LaneRows, pair
from ggmlviz.trace.runs import RUN, runs_of_lane
from ggmlviz.trace.sections import EXECUTION, SECTION, executions_of_lane, sections_of_lane
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
        self.lanes = [LaneRows(lane) for lane in recording.lanes]
        self._graphs: dict[int, Graph] = {}

    def graph(self, number: int) -> Graph:
        if number not in self._graphs:
            self._graphs[number] = Graph(self.definitions, number)
        return self._graphs[number]

    @cached_property
    def _runs_by_lane(self) -> list[np.ndarray]:
        return [runs_of_lane(index, lane, self.clock) for index, lane in enumerate(self.lanes)]

    @property
    def runs(self) -> np.ndarray:
        """Lane by lane, in the order of time within each."""
        return _joined(self._runs_by_lane, RUN)

    @cached_property
    def _computed(self) -> tuple[np.ndarray, np.ndarray]:
        sections, executions = [], []
        runs = section_count = execution_count = 0
        for index, lane in enumerate(self.lanes):
            of_lane = sections_of_lane(index, lane, self._runs_by_lane[index], runs, self.clock)
            nodes = executions_of_lane(lane, of_lane, section_count, self.clock)
            of_lane["first_execution"] += execution_count
            runs += len(self._runs_by_lane[index])
            section_count += len(of_lane)
            execution_count += len(nodes)
            sections.append(of_lane)
            executions.append(nodes)
        all_sections, all_executions = _joined(sections, SECTION), _joined(executions, EXECUTION)
        self._attribute(all_sections, all_executions)
        return all_sections, all_executions

    @property
    def sections(self) -> np.ndarray:
        return self._computed[0]

    @property
    def executions(self) -> np.ndarray:
        """Computed nodes in the order of their sections."""
        return self._computed[1]

    def _attribute(self, sections: np.ndarray, executions: np.ndarray) -> None:
        """Sections that look alike are told apart once: there are few graphs and many runs."""
        alike: dict[tuple, list[int]] = {}
        graphs = np.where(sections["run"] >= 0, self.runs["graph"][sections["run"]], -1) if len(self.runs) else None
        for index in np.flatnonzero(sections["executions"] > 0).tolist():
            section = sections[index]
            if graphs is None or graphs[index] < 0 or section["first"] < 0:
                continue
            part = _part(section)
            fused = (executions["flags"][part] & 1).tobytes()
            key = (int(graphs[index]), int(section["first"]), int(section["nodes"]), fused)
            alike.setdefault((*key, section["status"] in (Status.SUCCESS, Status.UNKNOWN)), []).append(index)
        patterns, places = [], []
        for (number, first, count, fused, finished), members in alike.items():
            graph = self.graph(number)
            if not graph.complete or first + count > graph.nodes:
                continue
            window = graph.window(first, count)
            patterns.append(Pattern(graph.library, window, np.frombuffer(fused, np.uint8).astype(bool), finished))
            places.append((first, members))
        for answer, (first, members) in zip(attribute(patterns), places, strict=True):
            if answer is None:
                continue
            for index in members:
                executions["node"][_part(sections[index])] = answer + first

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
        splits["begin"] = self.clock.ns(lane.rows["time"][begins])
        splits["end"] = self.clock.ns(lane.rows["time"][ends])
        splits["backend"] = lane.rows["extra"][begins]
        splits["first"] = lane.rows["value"][begins]
        splits["nodes"] = lane.rows["value"][ends]
        splits["status"] = lane.rows["flags"][ends]
        return splits

    @cached_property
    def transfers(self) -> np.ndarray:
        return _joined([self._transfers_of(index, lane) for index, lane in enumerate(self.lanes)], TRANSFER)

    def _transfers_of(self, index: int, lane: LaneRows) -> np.ndarray:
        begins, ends = pair(lane.of(RowKind.TRANSFER_BEGIN), lane.of(RowKind.TRANSFER_END))
        transfers = np.zeros(len(begins), TRANSFER)
        transfers["lane"] = index
        transfers["begin"] = self.clock.ns(lane.rows["time"][begins])
        transfers["end"] = self.clock.ns(lane.rows["time"][ends])
        transfers["direction"] = lane.rows["flags"][begins]
        buffer = lane.rows["extra"][begins].astype(np.int32)
        transfers["buffer"] = np.where(buffer == 0xFFFF, -1, buffer)
        transfers["name"] = lane.rows["value"][begins]
        transfers["bytes"] = lane.wide(ends)
        return transfers

    @cached_property
    def syncs(self) -> np.ndarray:
        """Waits for backends."""
        tables = []
        for index, lane in enumerate(self.lanes):
            at = lane.of(RowKind.SYNC)
            syncs = np.zeros(len(at), SYNC)
            times = lane.rows["time"][at]
            syncs["lane"] = index
            syncs["end"] = self.clock.ns(times)
            syncs["begin"] = self.clock.ns(times - lane.waits(at))
            syncs["backend"] = lane.rows["extra"][at]
            tables.append(syncs)
        return _joined(tables, SYNC)

    @cached_property
    def buffers(self) -> np.ndarray:
        return buffers_of(self.definitions, self.clock)


def _part(section: np.ndarray) -> slice:
    first = int(section["first_execution"])
    return slice(first, first + int(section["executions"]))


def _joined(tables: list[np.ndarray], dtype: np.dtype) -> np.ndarray:
    return np.concatenate(tables) if tables else np.empty(0, dtype)

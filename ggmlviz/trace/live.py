"""A trace that grows: of a program that is recorded right now, into a ring or into a file.

Each `advance` looks only at what was written since the last one, and `trace` then is a Trace of all that has ended by
then, made by the code that makes the tables of a finished one. It never changes; the next `advance` makes another.
"""

from __future__ import annotations

import numpy as np

from ggmlviz.format.lane import Lane
from ggmlviz.format.layout import DefKind
from ggmlviz.format.raw import copied, joined
from ggmlviz.format.recording import Recording
from ggmlviz.trace.buffers import buffers_of
from ggmlviz.trace.graphs import Graph
from ggmlviz.trace.live_clock import LiveClock
from ggmlviz.trace.live_lane import OF_BACKENDS, OP_COLUMNS, LiveLane
from ggmlviz.trace.live_parts import LiveParts
from ggmlviz.trace.live_patterns import LivePatterns
from ggmlviz.trace.runs import RUN
from ggmlviz.trace.sections import SECTION
from ggmlviz.trace.snapshot import Known, Snapshot
from ggmlviz.trace.still_recording import StillRecording

HISTORY = 4_000_000  # rows
SPARE = 4  # the history may be longer by this part of itself, so that not every look has to forget something
OF_BUFFERS = (DefKind.BUFFER, DefKind.BUFFER_USAGE, DefKind.BUFFER_FREE, DefKind.GRAPH, DefKind.MEMBERS, DefKind.EDGES)


class LiveTrace:
    def __init__(self, recording: Recording, history: int = HISTORY):
        self.recording, self.history = recording, history
        self.rows = 0  # that were read, the forgotten ones too
        self._lanes: list[LiveLane] = []
        self._graphs: dict[int, Graph] = {}
        self._definitions = recording.definitions.still()
        self._clock = LiveClock(recording)
        self._patterns = LivePatterns(self._graph)
        self._parts = LiveParts()
        self._buffers: tuple[tuple, np.ndarray] = ((), np.empty(0))
        self._overwritten = recording.loss.overwritten
        self._read()
        self.trace = self._told()

    @property
    def missed(self) -> int:
        """Rows of a ring that made room for later ones before we came to read them."""
        return self.recording.loss.overwritten - self._overwritten

    @property
    def newest(self) -> int:
        """ns since the start of the trace: the newest row."""
        ticks = max((lane.rows.newest for lane in self._lanes), default=0)
        return int(self._clock.now.ns(ticks)) if ticks else 0

    def lasting(self, rows: int) -> int:
        """ns that about so many of the newest rows tell of."""
        kept = sum(len(lane.rows) for lane in self._lanes)
        if kept <= rows:
            return np.iinfo(np.int64).max
        busiest = max(self._lanes, key=lambda lane: len(lane.rows))
        at = len(busiest.rows) - 1 - len(busiest.rows) * rows // kept
        return self.newest - int(self._clock.now.ns(busiest.rows.time(max(0, at))))

    def advance(self, ended: bool = False) -> bool:
        """Whether anything is new. `ended`: nobody writes any more, so that what goes on now never ends."""
        before = self.rows
        self.recording.refresh()
        self._read()
        if self.rows == before and not ended:
            return False
        self.trace = self._told(ended)
        return True

    def _graph(self, number: int) -> Graph:
        if number not in self._graphs:
            self._graphs[number] = Graph(self._definitions, number)
        return self._graphs[number]

    def _read(self) -> None:
        known = {lane.source.number: lane for lane in self._lanes}
        lanes = [known.get(lane.number) or LiveLane(index, lane) for index, lane in enumerate(self.recording.lanes)]
        if any(lane.index != index for index, lane in enumerate(lanes)):
            change = np.arange(len(self._lanes))
            for index, lane in enumerate(lanes):
                if lane in self._lanes:
                    change[lane.index] = index
                lane.renumber(index)
            self._parts.renumber(change)
        self._lanes = lanes
        self.rows += sum(lane.take_rows() for lane in lanes)

    def _told(self, ended: bool = False) -> Snapshot:
        now, before = self.recording.definitions, self._definitions
        if any(len(now.of(kind)) != len(before.of(kind)) for kind in DefKind):
            self._definitions = now.still()
            for graph in [graph for graph in self._graphs.values() if not graph.complete]:
                del self._graphs[graph.number]
        self._clock.advance(self.recording, max((lane.rows.newest for lane in self._lanes), default=0))
        if self._clock.now.calibrated or ended:
            self._settle(ended)
        return self._snapshot()

    def _settle(self, ended: bool) -> None:
        clock, graphs = self._clock.now, len(self._definitions.graphs)
        for lane in self._lanes:
            first = len(lane.sections)
            self._parts.add(lane, lane.settle(clock, self._patterns, graphs, ended), first)
        self._parts.find(self._lanes, clock, self.newest, ended)
        if self._patterns.changed:
            self._patterns.changed.clear()
            for lane in self._lanes:
                lane.correct_nodes(self._patterns)
        kept = sum(len(lane.rows) for lane in self._lanes)
        if kept > self.history + self.history // SPARE:
            self._forget(kept - self.history)

    def _forget(self, wanted: int) -> None:
        """About so many of the oldest rows, up to one moment on all lanes, and no row that is still needed."""
        busiest = max(self._lanes, key=lambda lane: len(lane.rows))
        kept = sum(len(lane.rows) for lane in self._lanes)
        moment = busiest.rows.time(len(busiest.rows) * wanted // kept)
        counts = []
        for lane in self._lanes:
            first = int(lane.rows.all().at_time(np.array([moment], np.uint64))[0])
            counts.append(min(first, lane.settled, self._parts.limit(lane)))
        sections = np.array([lane.forget(count) for lane, count in zip(self._lanes, counts, strict=True)], np.int64)
        self._parts.forget(self._lanes, counts, sections)

    def _snapshot(self) -> Snapshot:
        lanes, clock = self._lanes, self._clock.now
        runs_before = np.cumsum([0] + [len(lane.runs) for lane in lanes])
        sections_before = np.cumsum([0] + [len(lane.sections) for lane in lanes])
        ops_before = np.cumsum([0] + [len(lane.ops["end"]) for lane in lanes])
        sections = _joined([lane.sections.rows for lane in lanes], SECTION)
        if np.count_nonzero(np.diff(sections_before)) > 1:
            lane_of = sections["lane"]  # joined, and so a copy
            sections["first_execution"] += ops_before[lane_of]
            sections["run"] = np.where(sections["run"] >= 0, sections["run"] + runs_before[lane_of], -1)
        elif len(sections) and (before := int(runs_before[sections["lane"][0]])):
            sections = copied(sections)
            sections["run"][sections["run"] >= 0] += before
        all_rows = [lane.rows.all() for lane in lanes]
        numbers = _joined([lane.patterns.rows for lane in lanes], np.dtype(np.int32))
        columns = {
            name: _joined([lane.ops[name].rows for lane in lanes], np.dtype(OP_COLUMNS[name])) for name in OP_COLUMNS
        }
        tables = {
            "runs": _joined([lane.runs.rows for lane in lanes], RUN),
            "sections": sections,
            "buffers": self._buffers_now(),
        }
        for name, (dtype, *_) in OF_BACKENDS.items():
            tables[name] = _joined([lane.of_backends[name].rows for lane in lanes], dtype)
        recording = StillRecording(self.recording, self._definitions, [_still(lane) for lane in lanes], clock)
        parts = self._parts.kept(lanes, sections_before)
        return Snapshot(recording, all_rows, Known(self._graphs, self._patterns), tables, parts, columns, numbers)

    def _buffers_now(self) -> np.ndarray:
        """Made anew only where there is something new to tell."""
        key = (*(len(self._definitions.of(kind)) for kind in OF_BUFFERS), self._clock.now)
        if key != self._buffers[0]:
            self._buffers = key, buffers_of(self._definitions, self._clock.now)
        return self._buffers[1]


def _still(lane: LiveLane) -> Lane:
    """The rows that are kept, and the gaps between them."""
    still = Lane(lane.source.number)
    still.pieces = lane.rows.pieces
    first = still.pieces[0].first if still.pieces else 0
    still.gaps = [gap for gap in lane.source.gaps if gap.end >= first]
    still.end, still.lost, still.untold = lane.source.end, lane.source.lost, lane.source.untold
    return still


def _joined(tables: list[np.ndarray], dtype: np.dtype) -> np.ndarray:
    """Without a copy where only one lane has any."""
    filled = [table for table in tables if len(table)]
    return filled[0] if len(filled) == 1 else joined(filled, dtype)

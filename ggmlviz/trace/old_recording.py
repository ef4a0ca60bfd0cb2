"""A recording of format 1 in the form of one of format 2, so that all that reads traces reads it, too.

It has what is true in it: when graphs were computed and on which thread, which nodes each had and in which order, and
memory that came and went. The times of nodes are left out: the old tool noted all begins before it computed anything,
and all ends behind it. It tells of no data flow either, so none of its graphs is complete.
"""

from __future__ import annotations

from datetime import datetime

import numpy as np

from ggmlviz.format.clock import Clock
from ggmlviz.format.definitions import Definitions
from ggmlviz.format.lane import Lane
from ggmlviz.format.layout import ROW, BufferOrigin, ClockKind, Detail, RowKind, Status
from ggmlviz.format.legacy import NO_LABEL, EventType, LegacyRecording
from ggmlviz.format.moment import Moment
from ggmlviz.format.recording import Loss
from ggmlviz.trace.old_definitions import OldDefinitions

UNTOLD = "format 1 tells no times of ops: it noted all begins before it computed, and all ends behind that"

NUMBERED = "ops are known by number only: format 1 does not say which ggml wrote it, and each calls other ops so"


class OldRecording:
    """What a Recording is asked for; what format 1 does not tell is empty."""

    version = 1
    experiment, pid, closed, detail = "", 0, True, Detail.GRAPH
    loss = Loss(0, 0, 0, 0)

    def __init__(self, legacy: LegacyRecording):
        self.path, self.problems = legacy.path, legacy.problems
        events = legacy.events
        start = Moment(int(events["ns"].min()), int(events["ns"].min()), 0) if len(events) else Moment(0, 0, 0)
        self.clock = Clock(ClockKind.MONOTONIC_NS, start)
        self._makes = OldDefinitions()
        self._runs = 0
        self.lanes: list[Lane] = []
        for number, thread in enumerate(np.unique(events["thread"]).tolist()):
            self.lanes.append(self._lane(legacy, number, thread))
        for event in events[np.isin(events["type"], (EventType.ALLOC, EventType.FREE))]:
            self._note_memory(event)
        self.definitions = Definitions()
        self.definitions.feed(self._makes.bytes)

    @property
    def started(self) -> datetime:
        """The date is not told: that of the clock's zero."""
        return self.clock.start.date()

    def release(self) -> None:
        """All is in memory."""

    def _lane(self, legacy: LegacyRecording, number: int, thread: int) -> Lane:
        mine = np.flatnonzero(legacy.events["thread"] == thread)
        mine = mine[np.argsort(legacy.events["ns"][mine], kind="stable")]
        first = int(legacy.events["ns"][mine[0]])
        rows = [(first, RowKind.THREAD, 0, 0, self._makes.thread(thread, first))]
        depth, nodes, begin = 0, [], 0
        for event in mine.tolist():
            kind, ns = int(legacy.events["type"][event]), int(legacy.events["ns"][event])
            if kind == EventType.GRAPH_BEGIN:
                depth += 1
                if depth == 1:
                    begin, nodes = ns, []
            elif kind == EventType.OP_BEGIN and depth:
                nodes.append(_node(legacy, event))
            elif kind == EventType.GRAPH_END and depth:
                depth -= 1
                if depth == 0:
                    rows += self._run(begin, ns, nodes)
        lane = Lane(number)
        lane.add(0, np.array(rows, ROW), reused=False)
        return lane

    def _run(self, begin: int, end: int, nodes: list[tuple[int, str, int]]) -> list[tuple[int, ...]]:
        number, self._runs = self._runs, self._runs + 1
        return [
            (begin, RowKind.RUN_BEGIN, 0, 0, number),
            (begin, RowKind.RUN_GRAPH, 0, 0, self._makes.graph(tuple(nodes))),
            (end, RowKind.RUN_END, Status.UNKNOWN, 0, number),
        ]

    def _note_memory(self, event: np.void) -> None:
        pointer, ns = int(event["pointer"]), int(event["ns"])
        if event["type"] == EventType.ALLOC:
            self._makes.buffer(pointer, int(event["bytes"]), ns, BufferOrigin.ALLOCATED)
        else:
            self._makes.free(pointer, ns)


def _node(legacy: LegacyRecording, event: int) -> tuple[int, str, int]:
    """Number of the op, name and bytes."""
    label = int(legacy.label_of[event])
    name = legacy.labels[label] if label != NO_LABEL else ""
    return int(legacy.events["op"][event]), name, int(legacy.events["op_size"][event])

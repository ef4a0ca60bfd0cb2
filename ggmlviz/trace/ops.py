"""Computed nodes: one entry for each node of each section that the CPU backend's thread 0 said was done.

There can be many millions, so this holds little: a column is made when it is first asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property

import numpy as np

from ggmlviz.format.clock import Clock
from ggmlviz.trace.lane_rows import LaneRows
from ggmlviz.trace.node_column import NodeColumn
from ggmlviz.trace.patterns import SectionPattern
from ggmlviz.trace.stretches import Stretch, stretches_of

EXECUTION = np.dtype(
    [
        ("section", "i8"),
        ("node", "i8"),  # index in the run's graph, -1 unattributed
        ("begin", "i8"),  # ns: the end of the node before, or of the section's begin
        ("end", "i8"),  # ns: when the node had ended for all threads
        ("wait", "i8"),  # ns thread 0 waited in barriers meanwhile
        ("flags", "u1"),  # RowFlag
    ]
)


class Ops:
    """All computed nodes of a trace, in the order of their sections."""

    def __init__(
        self,
        lanes: list[LaneRows],
        sections: np.ndarray,
        clock: Clock,
        patterns: Callable[[], Iterable[SectionPattern]],
    ):
        self._lanes, self._sections, self._clock, self._patterns = lanes, sections, clock, patterns
        self._count = int(sections["executions"].sum())

    def __len__(self) -> int:
        return self._count

    def stretches(self) -> Iterator[Stretch]:
        """Part by part, for who can do without whole columns."""
        for index, lane in enumerate(self._lanes):
            yield from stretches_of(lane, self._sections[self._sections["lane"] == index], self._clock)

    @cached_property
    def firsts(self) -> np.ndarray:
        """Of each section its first: apart from the table, all of which would be copied for each look into it."""
        return self._sections["first_execution"].copy()

    def _column(self, name: str) -> np.ndarray:
        column = np.empty(len(self), np.int64)
        for stretch in self.stretches():
            column[stretch.executions] = getattr(stretch, name)()
        return column

    @cached_property
    def node(self) -> NodeColumn:
        """Index in the run's graph, -1 unattributed."""
        return NodeColumn(self.firsts, len(self), self._patterns())

    @cached_property
    def flags(self) -> np.ndarray:
        """RowFlag of each."""
        flags = [np.empty(0, np.uint8)]
        for index, lane in enumerate(self._lanes):
            of_lane = self._sections[self._sections["lane"] == index]
            flags.append(lane.flags_of_nodes(of_lane["first_row"], of_lane["last_row"]))
        filled = [column for column in flags if len(column)]
        return filled[0] if len(filled) == 1 else np.concatenate(flags)

    @cached_property
    def end(self) -> np.ndarray:
        """ns since the start of the trace: when the node had ended for all threads."""
        return self._column("end")

    def ends(self, first: int, last: int) -> np.ndarray:
        """Of some that follow each other, without the column of all, which takes long to make."""
        if "end" in vars(self):
            return self.end[first:last]
        low, high = np.searchsorted(self.firsts, (first, last - 1), "right").tolist()
        ends = np.empty(last - first, np.int64)
        for at in range(low - 1, high):
            lane = self._lanes[self._sections["lane"][at]]
            for stretch in stretches_of(lane, self._sections[at : at + 1], self._clock):
                begin, end = max(stretch.executions.start, first), min(stretch.executions.stop, last)
                ends[begin - first : end - first] = stretch.end()[begin - stretch.executions.start :][: end - begin]
        return ends

    @cached_property
    def duration(self) -> np.ndarray:
        """ns since the node before ended, or since the section began."""
        return self._column("duration")

    @property
    def begin(self) -> np.ndarray:
        """ns since the start of the trace."""
        return self.end - self.duration

    @cached_property
    def wait(self) -> np.ndarray:
        """ns that thread 0 waited in barriers meanwhile."""
        return self._column("wait")

    @property
    def section(self) -> np.ndarray:
        """Index into the sections."""
        return np.repeat(np.arange(len(self._sections)), self._sections["executions"])

    def table(self) -> np.ndarray:
        """Everything in one structured array: convenient, and large."""
        table = np.empty(len(self), EXECUTION)
        for column in EXECUTION.names:
            table[column] = getattr(self, column)
        return table

"""Computed nodes: one entry for each node of each section that the CPU backend's thread 0 said was done.

There can be many millions, so this holds little: a column is made when it is first asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property

import numpy as np

from ggmlviz.format.clock import Clock
from ggmlviz.trace.lane_rows import LaneRows
from ggmlviz.trace.patterns import SectionPattern, place_nodes
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

    def _column(self, name: str) -> np.ndarray:
        column = np.empty(len(self), np.int64)
        for stretch in self.stretches():
            column[stretch.executions] = getattr(stretch, name)()
        return column

    @cached_property
    def node(self) -> np.ndarray:
        """Index in the run's graph, -1 unattributed."""
        node = np.full(len(self), -1, np.int32)
        for pattern in self._patterns():
            if pattern.nodes is not None:
                place_nodes(node, self._sections, pattern)
        return node

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

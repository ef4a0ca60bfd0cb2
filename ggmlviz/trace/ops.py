"""Computed nodes: one entry for each node of each section that the CPU backend's thread 0 said was done.

There can be many millions, so this holds little: a column is made when it is first asked for.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from ggmlviz.format.clock import Clock
from ggmlviz.trace.lane_rows import LaneRows

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

NODES_AT_ONCE = 1 << 19


class LaneOps:
    """The computed nodes of one lane; tells its sections which of them are theirs, counting from 0."""

    def __init__(self, lane: LaneRows, sections: np.ndarray, clock: Clock):
        self._lane, self._clock = lane, clock
        nodes = lane.nodes
        begins = np.searchsorted(nodes, sections["first_row"])
        counts = np.searchsorted(nodes, sections["last_row"]) - begins
        sections["executions"] = counts
        sections["first_execution"] = np.cumsum(counts) - counts
        busy = counts > 0
        self._firsts, self._section_rows = sections["first_execution"][busy], sections["first_row"][busy]
        # Where every node row belongs to a section, which is nearly always, there is nothing to pick.
        whole = int(counts.sum()) == len(nodes)
        self._picked = slice(None) if whole else _ranges(begins, counts)
        self._at = nodes[self._picked]

    def __len__(self) -> int:
        return len(self._at)

    def flags(self) -> np.ndarray:
        return self._lane.take("flags", self._at)

    def end(self) -> np.ndarray:
        return self._clock.ns(self._lane.take("time", self._at))

    def wait(self) -> np.ndarray:
        """What thread 0 waited in the barriers inside each node and in the one at its end."""
        if not len(self):
            return np.empty(0, np.int64)
        barriers, ends = self._lane.barriers(), self._lane.nodes_among_barriers()[self._picked]
        # Barriers behind the last node of a section belong to no node: the first of the next begins behind them.
        begins_of_firsts = self._lane.barriers_before(self._section_rows)
        waits, before = np.empty(len(self), np.int64), 0
        for low in range(0, len(self), NODES_AT_ONCE):
            high = min(low + NODES_AT_ONCE, len(self))
            first, last = before, int(ends[high - 1]) + 1
            total = np.concatenate([[0], np.cumsum(self._lane.waits(barriers[first:last]), dtype=np.int64)])
            until = ends[low:high].astype(np.int64) + 1 - first
            starts = np.concatenate([[0], until[:-1]])
            of_section = slice(*np.searchsorted(self._firsts, (low, high)))
            starts[self._firsts[of_section] - low] = begins_of_firsts[of_section] - first
            waits[low:high] = self._clock.duration(total[until] - total[np.maximum(starts, 0)])
            before = last
        return waits


class Ops:
    """All computed nodes of a trace, in the order of their sections."""

    def __init__(self, lanes: list[LaneOps], sections: np.ndarray):
        self._lanes, self._sections = lanes, sections
        self.node = np.full(sum(len(lane) for lane in lanes), -1, np.int32)

    def __len__(self) -> int:
        return len(self.node)

    @cached_property
    def flags(self) -> np.ndarray:
        """RowFlag of each."""
        return _joined([lane.flags() for lane in self._lanes], np.uint8)

    @cached_property
    def end(self) -> np.ndarray:
        """ns since the start of the trace: when the node had ended for all threads."""
        return _joined([lane.end() for lane in self._lanes], np.int64)

    @cached_property
    def duration(self) -> np.ndarray:
        """ns since the node before ended, or since the section began."""
        end = self.__dict__.get("end")
        if end is None:  # not kept: many who ask for durations never ask for the ends
            end = _joined([lane.end() for lane in self._lanes], np.int64)
        busy = self._sections["executions"] > 0
        first = self._sections["first_execution"][busy]
        duration = np.empty_like(end)
        np.subtract(end[1:], end[:-1], out=duration[1:])
        duration[first] = end[first] - self._sections["begin"][busy]
        return duration

    @property
    def begin(self) -> np.ndarray:
        """ns since the start of the trace."""
        return self.end - self.duration

    @cached_property
    def wait(self) -> np.ndarray:
        """ns that thread 0 waited in barriers meanwhile."""
        return _joined([lane.wait() for lane in self._lanes], np.int64)

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


def _ranges(begins: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """begin, begin + 1, … of each, count by count."""
    offsets = np.cumsum(counts) - counts
    return np.arange(int(counts.sum())) + np.repeat(begins - offsets, counts)


def _joined(columns: list[np.ndarray], dtype) -> np.ndarray:
    filled = [column for column in columns if len(column)]
    if len(filled) == 1:
        return filled[0]
    return np.concatenate(filled) if filled else np.empty(0, dtype)

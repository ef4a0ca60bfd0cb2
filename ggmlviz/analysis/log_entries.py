"""What happened, line by line in the order of time: computed nodes, buffers that came and went, transfers.

There may be a hundred million lines, so only stretches of them are kept: a section of a run is one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from ggmlviz.analysis.time_range import TimeRange
from ggmlviz.trace.trace import Trace

UNTOLD = -1  # the nodes of a section that cannot be told: all of them are lines


class EntryKind(IntEnum):
    NODE = 0
    ALLOC = 1
    FREE = 2
    TRANSFER = 3
    RUN = 4  # where no times of nodes are told


STRETCH = np.dtype(
    [
        ("time", "i8"),  # when it begins
        ("kind", "u1"),  # EntryKind
        ("number", "i8"),  # of the section, buffer, transfer or run
        ("pattern", "i4"),  # of a section: which columns it has
        ("skip", "i8"),  # the first of its columns that is a line
        ("count", "i8"),  # lines
    ]
)


@dataclass(frozen=True)
class Wanted:
    """Which lines are shown; None: all of that kind."""

    node: Callable[[int, int, bool], bool] | None = None  # graph, node, whether fused with the next
    shortest: float = 0.0  # ns, of nodes
    longest: float = float("inf")
    buffer: Callable[[int], bool] | None = None
    transfer: Callable[[int], bool] | None = None

    @property
    def by_duration(self) -> bool:
        return self.shortest > 0 or self.longest < float("inf")


@dataclass(frozen=True, eq=False)
class LogEntries:
    stretches: np.ndarray  # STRETCH, rising in time
    ends: np.ndarray  # lines up to the end of each
    columns: list[np.ndarray]  # by pattern: which of a section's executions are lines
    first_execution: np.ndarray  # of every section of the trace

    @property
    def count(self) -> int:
        return int(self.ends[-1]) if len(self.ends) else 0

    def at(self, line: int) -> tuple[EntryKind, int]:
        """The kind, and the number of the execution, buffer, transfer or run."""
        place = int(np.searchsorted(self.ends, line, "right"))
        stretch = self.stretches[place]
        kind, number = EntryKind(stretch["kind"]), int(stretch["number"])
        if kind is not EntryKind.NODE:
            return kind, number
        column = line - int(self.ends[place] - stretch["count"]) + int(stretch["skip"])
        if stretch["pattern"] != UNTOLD:
            column = int(self.columns[stretch["pattern"]][column])
        return kind, int(self.first_execution[number]) + column

    def line_of(self, execution: int) -> int | None:
        section = int(np.searchsorted(self.first_execution, execution, "right")) - 1
        found = np.flatnonzero((self.stretches["kind"] == EntryKind.NODE) & (self.stretches["number"] == section))
        for place in found.tolist():
            stretch, column = self.stretches[place], execution - int(self.first_execution[section])
            if stretch["pattern"] != UNTOLD:
                columns = self.columns[stretch["pattern"]]
                at = int(np.searchsorted(columns, column))
                if at == len(columns) or columns[at] != column:
                    continue
                column = at
            within = column - int(stretch["skip"])
            if 0 <= within < stretch["count"]:
                return int(self.ends[place] - stretch["count"]) + within
        return None


def log_entries(
    trace: Trace, range: TimeRange, wanted: Wanted, progress: Callable[[float], None] = lambda share: None
) -> LogEntries:
    """Nodes that ended in the range, and the rest that began in it."""
    columns: list[np.ndarray] = []
    stretches = np.concatenate(
        [  # of what begins at the same time, a buffer is there before it is used
            _buffers(trace, range, wanted),
            _transfers(trace, range, wanted),
            _runs(trace, range, wanted),
            _sections(trace, range, wanted, columns, progress),
        ]
    )
    stretches = stretches[stretches["count"] > 0]
    stretches = stretches[np.argsort(stretches["time"], kind="stable")]
    return LogEntries(stretches, np.cumsum(stretches["count"]), columns, trace.sections["first_execution"])


def _sections(
    trace: Trace, range: TimeRange, wanted: Wanted, columns: list[np.ndarray], progress: Callable[[float], None]
) -> np.ndarray:
    sections = trace.sections
    inside = (sections["begin"] < range.end) & (sections["end"] >= range.begin) & (sections["executions"] > 0)
    pattern_of = np.full(len(sections), UNTOLD, np.int32)
    for pattern in trace.patterns:
        if pattern.nodes is None:
            continue
        pattern_of[pattern.sections] = len(columns)
        keys = zip(pattern.nodes.tolist(), pattern.fused.tolist(), strict=True)
        fits = [wanted.node is None or wanted.node(pattern.graph, node, fused) for node, fused in keys]
        columns.append(np.flatnonzero(fits))
    if wanted.node is not None:
        inside &= pattern_of != UNTOLD
    found = np.zeros(int(inside.sum()), STRETCH)
    numbers = np.flatnonzero(inside)
    found["time"], found["number"], found["pattern"] = sections["begin"][numbers], numbers, pattern_of[numbers]
    lengths = np.array([len(of_pattern) for of_pattern in columns] or [0], np.int64)
    told = found["pattern"] != UNTOLD
    found["count"] = np.where(told, lengths[found["pattern"]], sections["executions"][numbers])
    cut = (sections["begin"][numbers] < range.begin) | (sections["end"][numbers] >= range.end)
    for place in np.flatnonzero(cut).tolist():
        _cut(trace, range, found[place : place + 1], columns)
    return _of_duration(trace, wanted, found, columns, progress) if wanted.by_duration else found


def _cut(trace: Trace, range: TimeRange, stretch: np.ndarray, columns: list[np.ndarray]) -> None:
    """A section that is only partly in the range."""
    section = trace.sections[stretch["number"][0]]
    first, count = int(section["first_execution"]), int(section["executions"])
    low, high = np.searchsorted(trace.ops.end[first : first + count], [range.begin, range.end])
    if stretch["pattern"][0] != UNTOLD:
        low, high = np.searchsorted(columns[stretch["pattern"][0]], [low, high])
    stretch["skip"], stretch["count"] = low, high - low


def _of_duration(
    trace: Trace, wanted: Wanted, found: np.ndarray, columns: list[np.ndarray], progress: Callable[[float], None]
) -> np.ndarray:
    """Sections are cut to where lines follow each other that last as long as is wanted."""
    kept = [np.empty(0, STRETCH)]
    first_of = trace.sections["first_execution"]
    for place, stretch in enumerate(found):
        progress(place / len(found))
        pattern = stretch["pattern"]
        within = np.arange(stretch["skip"], stretch["skip"] + stretch["count"])
        executions = first_of[stretch["number"]] + (within if pattern == UNTOLD else columns[pattern][within])
        duration = trace.ops.duration[executions]
        good = (duration >= wanted.shortest) & (duration <= wanted.longest)
        edges = np.flatnonzero(np.diff(good.astype(np.int8), prepend=0, append=0)).reshape(-1, 2)
        runs = np.repeat(np.array([stretch], STRETCH), len(edges))
        runs["skip"], runs["count"] = edges[:, 0] + stretch["skip"], edges[:, 1] - edges[:, 0]
        kept.append(runs)
    return np.concatenate(kept)


def _buffers(trace: Trace, range: TimeRange, wanted: Wanted) -> np.ndarray:
    buffers, parts = trace.buffers, [np.empty(0, STRETCH)]
    for kind, edge in ((EntryKind.ALLOC, "begin"), (EntryKind.FREE, "end")):
        numbers = np.flatnonzero(range.has(buffers[edge]) & (buffers[edge] >= 0) & (buffers["size"] > 0))
        parts.append(_events(kind, _fitting(numbers, wanted.buffer), buffers[edge]))
    return np.concatenate(parts)


def _transfers(trace: Trace, range: TimeRange, wanted: Wanted) -> np.ndarray:
    transfers = trace.transfers
    numbers = np.flatnonzero(range.has(transfers["begin"]))
    return _events(EntryKind.TRANSFER, _fitting(numbers, wanted.transfer), transfers["begin"])


def _runs(trace: Trace, range: TimeRange, wanted: Wanted) -> np.ndarray:
    """In place of their nodes."""
    runs = trace.runs
    shown = bool(trace.untold) and wanted.node is None
    return _events(EntryKind.RUN, np.flatnonzero(range.has(runs["begin"]) & shown), runs["begin"])


def _fitting(numbers: np.ndarray, wanted: Callable[[int], bool] | None) -> np.ndarray:
    return numbers if wanted is None else np.array([n for n in numbers.tolist() if wanted(n)], np.int64)


def _events(kind: EntryKind, numbers: np.ndarray, times: np.ndarray) -> np.ndarray:
    found = np.zeros(len(numbers), STRETCH)
    found["time"], found["kind"], found["number"] = times[numbers], kind, numbers
    found["pattern"], found["count"] = UNTOLD, 1
    return found

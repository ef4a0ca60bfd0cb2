"""One lane of a growing trace: its rows, and the tables of all in it that has come to its end."""

from __future__ import annotations

import numpy as np

from ggmlviz.format.clock import Clock
from ggmlviz.format.lane import Lane
from ggmlviz.format.layout import RowKind
from ggmlviz.trace.grown import Grown
from ggmlviz.trace.kept_rows import KeptRows
from ggmlviz.trace.lane_rows import LaneRows
from ggmlviz.trace.live_patterns import NO_PATTERN, LivePatterns
from ggmlviz.trace.patterns import place_nodes
from ggmlviz.trace.runs import RUN, runs_of_lane
from ggmlviz.trace.sections import SECTION, sections_of_lane
from ggmlviz.trace.splits import SPLIT, SYNC, TRANSFER, splits_of_lane, syncs_of_lane, transfers_of_lane
from ggmlviz.trace.stretches import stretches_of

PAIRS = (
    (RowKind.RUN_BEGIN, RowKind.RUN_END),
    (RowKind.CPU_BEGIN, RowKind.CPU_END),
    (RowKind.SPLIT_BEGIN, RowKind.SPLIT_END),
    (RowKind.TRANSFER_BEGIN, RowKind.TRANSFER_END),
)
TOLD_AFTER_A_RUN = (RowKind.FAULTS, RowKind.RSS)
OF_BACKENDS = {
    "splits": (SPLIT, splits_of_lane, RowKind.SPLIT_END),
    "transfers": (TRANSFER, transfers_of_lane, RowKind.TRANSFER_END),
    "syncs": (SYNC, syncs_of_lane, RowKind.SYNC),
}
OP_COLUMNS = {"end": np.int64, "duration": np.int64, "wait": np.int64, "flags": np.uint8, "node": np.int32}


class LiveLane:
    """Numbers of runs, sections and computed nodes are counted within the lane."""

    def __init__(self, index: int, lane: Lane):
        self.index, self.source = index, lane
        self.rows = KeptRows(lane.number)
        self.settled = 0  # rows before this position are in the tables
        self.runs, self.sections, self.patterns = Grown(RUN), Grown(SECTION), Grown(np.int32)
        self.of_backends = {name: Grown(dtype) for name, (dtype, *_) in OF_BACKENDS.items()}
        self.ops = {name: Grown(dtype) for name, dtype in OP_COLUMNS.items()}

    def take_rows(self) -> int:
        before = len(self.rows)
        self.rows.add(self.source.hand_over())
        return len(self.rows) - before

    def settle(self, clock: Clock, patterns: LivePatterns, graphs: int, ended: bool) -> np.ndarray:
        """Put into the tables what has ended since the last time; returns these sections."""
        rows = self.rows.since(self.settled)
        cut = len(rows) if ended else _end_of_what_ended(rows)
        runs = runs_of_lane(self.index, rows, clock)
        runs = runs[runs["last_row"] < cut]
        runs["graph"][runs["graph"] >= graphs] = -1
        sections = sections_of_lane(self.index, rows, runs, 0, clock)
        sections = sections[sections["last_row"] < cut]
        sections["first_execution"] = np.cumsum(sections["executions"]) - sections["executions"]
        self._add_ops(rows, sections, runs, clock, patterns)
        for name, (_, table_of, last) in OF_BACKENDS.items():
            behind = int(np.count_nonzero(rows.of(last) >= cut))
            table = table_of(self.index, rows, clock)
            self.of_backends[name].extend(table[: max(0, len(table) - behind)])
        for table in (runs, sections):
            table["first_row"] += self.settled
            table["last_row"] += self.settled
        sections["run"][sections["run"] >= 0] += len(self.runs)
        self.runs.extend(runs)
        self.sections.extend(sections)
        self.settled += cut
        return sections

    def _add_ops(
        self, rows: LaneRows, sections: np.ndarray, runs: np.ndarray, clock: Clock, patterns: LivePatterns
    ) -> None:
        before, count = len(self.ops["end"]), int(sections["executions"].sum())
        columns = {name: np.empty(count, dtype) for name, dtype in OP_COLUMNS.items()}
        for stretch in stretches_of(rows, sections, clock):
            for name in ("end", "duration", "wait"):
                columns[name][stretch.executions] = getattr(stretch, name)()
        columns["flags"][:] = rows.flags_of_nodes(sections["first_row"], sections["last_row"])
        numbers = patterns.numbers_of(sections, runs, columns["flags"])
        columns["node"][:] = nodes_of(sections, numbers, patterns)
        for name, column in columns.items():
            self.ops[name].extend(column)
        sections["first_execution"] += before
        self.patterns.extend(numbers)

    def correct_nodes(self, patterns: LivePatterns) -> None:
        """After it became clear what some sections computed, or that it is not."""
        sections = self.sections.rows.copy()
        sections["first_execution"] -= sections["first_execution"][:1].sum()
        self.ops["node"].replace(nodes_of(sections, self.patterns.rows, patterns))

    def renumber(self, index: int) -> None:
        """A lane before this one was heard of only now."""
        self.index = index
        for table in (self.runs, self.sections, *self.of_backends.values()):
            rows = table.rows.copy()
            rows["lane"] = index
            table.replace(rows)

    def forget(self, count: int) -> int:
        """The first so many rows and what began in them; returns how many sections these were."""
        if not count:
            return 0
        self.rows.forget(count)
        self.settled -= count
        runs, sections = self.runs.rows, self.sections.rows
        old_runs = int(np.searchsorted(runs["first_row"], count))
        old = int(np.count_nonzero((sections["first_row"] < count) | _among(sections["run"], old_runs)))
        begin = int(runs["begin"][old_runs]) if old_runs < len(runs) else None
        executions = int(sections["first_execution"][old]) if old < len(sections) else len(self.ops["end"])
        self.runs.forget(old_runs)
        self.sections.forget(old)
        runs, sections = self.runs.moved(), self.sections.moved()
        for table in (runs, sections):
            table["first_row"] -= count
            table["last_row"] -= count
        sections["run"][sections["run"] >= 0] -= old_runs
        sections["first_execution"] -= executions
        self.patterns.forget(old)
        for column in self.ops.values():
            column.forget(executions)
        for table in self.of_backends.values():
            table.forget(int(np.searchsorted(table.rows["begin"], begin)) if begin is not None else len(table))
        return old


def nodes_of(sections: np.ndarray, numbers: np.ndarray, patterns: LivePatterns) -> np.ndarray:
    """The node of each computed node of these sections, the first of which begins with number 0."""
    node = np.full(int(sections["executions"].sum()), NO_PATTERN, np.int32)
    for pattern in patterns.patterns(numbers):
        if pattern.nodes is not None:
            place_nodes(node, sections, pattern)
    return node


def _among(run: np.ndarray, old: int) -> np.ndarray:
    return (run >= 0) & (run < old)


def _end_of_what_ended(rows: LaneRows) -> int:
    """Before which row nothing is still going on."""
    cut = len(rows)
    for begin, end in PAIRS:
        begins, ends = rows.of(begin), rows.of(end)
        if len(begins) and (not len(ends) or ends[-1] < begins[-1]):
            cut = min(cut, int(begins[-1]))
    begins, ends = rows.of(RowKind.RUN_BEGIN), rows.of(RowKind.RUN_END)
    if len(begins) and len(ends) and ends[-1] > begins[-1]:
        after = rows.kinds[int(ends[-1]) + 1 :]
        if len(after) < len(TOLD_AFTER_A_RUN) and (after == TOLD_AFTER_A_RUN[: len(after)]).all():
            cut = min(cut, int(begins[-1]))
    return cut

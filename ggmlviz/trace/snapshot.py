"""What a trace that grows was at one moment, as a Trace; and the newest part of that, as a smaller one."""

from __future__ import annotations

from functools import cached_property, partial
from typing import NamedTuple

import numpy as np

from ggmlviz.format.lane import Lane, Piece
from ggmlviz.format.raw import chosen, joined
from ggmlviz.trace.graphs import Graph
from ggmlviz.trace.kept_parts import KeptParts
from ggmlviz.trace.lane_rows import LaneRows
from ggmlviz.trace.live_patterns import LivePatterns
from ggmlviz.trace.ops import Ops
from ggmlviz.trace.patterns import SectionPattern
from ggmlviz.trace.still_recording import StillRecording
from ggmlviz.trace.trace import Trace

OF_OPS = ("end", "duration", "wait", "flags", "node")
OF_LANES = ("splits", "transfers", "syncs")


class Known(NamedTuple):
    """What is the same for all states of a trace that grows."""

    graphs: dict[int, Graph]
    patterns: LivePatterns


class Snapshot(Trace):
    """Its tables are there already; what else is asked for is computed from them as ever.

    `columns`: of `ops`; `numbers`: the pattern of each section.
    """

    def __init__(
        self,
        recording: StillRecording,
        lanes: list[LaneRows],
        known: Known,
        tables: dict[str, np.ndarray],
        parts: KeptParts,
        columns: dict[str, np.ndarray],
        numbers: np.ndarray,
    ):
        super().__init__(recording, lanes)
        self._known, self._graphs, self._numbers = known, known.graphs, numbers
        self._kept_parts = parts
        # It must not refer to itself in a circle: then its memory would wait for the garbage collector.
        ops = Ops(lanes, tables["sections"], self.clock, partial(known.patterns.patterns, numbers))
        vars(ops).update(columns)
        vars(self).update(tables, ops=ops)

    @cached_property
    def parts(self) -> np.ndarray:
        return self._kept_parts.since()

    @property
    def patterns(self) -> list[SectionPattern]:
        return self._known.patterns.patterns(self._numbers)

    def since(self, begin: int) -> Snapshot:
        """The runs that end after this moment, and what came after the first of them began."""
        runs, sections = self.runs, self.sections
        kept = runs["end"] > begin
        begin = min(begin, int(runs["begin"][kept].min())) if kept.any() else begin
        rows = [int(lane.at_time(self.clock.ticks(np.array([begin])))[0]) for lane in self.lanes]
        first_run, end_run = _parts(runs["lane"], len(self.lanes))
        first_section, end_section = _parts(sections["lane"], len(self.lanes))
        for lane in range(len(self.lanes)):
            of_lane = slice(first_run[lane], end_run[lane])
            rest = np.flatnonzero(kept[of_lane])
            first_run[lane] = first_run[lane] + rest[0] if len(rest) else end_run[lane]
            if len(rest):
                rows[lane] = int(runs["first_row"][first_run[lane]])
            at = np.searchsorted(sections["first_row"][first_section[lane] : end_section[lane]], rows[lane])
            first_section[lane] += int(at)
        return self._cut(begin, rows, first_run, end_run, first_section, end_section)

    def _cut(self, begin, rows, first_run, end_run, first_section, end_section) -> Snapshot:
        row = np.array(rows, np.int64)
        runs, run_moved = _taken(self.runs, first_run, end_run)
        sections, section_moved = _taken(self.sections, first_section, end_section)
        for table in (runs, sections):
            for field in ("first_row", "last_row"):
                table[field] -= row[table["lane"]]
        known = sections["run"] >= first_run[sections["lane"]]
        sections["run"] = np.where(known, sections["run"] - run_moved[sections["lane"]], -1)
        first_op, end_op = (
            np.array([_at(self.sections["first_execution"], at, len(self.ops)) for at in sections_at])
            for sections_at in (first_section, end_section)
        )
        columns = {name: _taken(getattr(self.ops, name), first_op, end_op)[0] for name in OF_OPS}
        sections["first_execution"] = np.cumsum(sections["executions"]) - sections["executions"]
        parts = self._kept_parts.since(row)
        parts = chosen(parts, parts["section"] >= first_section[self.sections["lane"][parts["section"]]])
        parts["section"] -= section_moved[self.sections["lane"][parts["section"]]]
        parts["first_row"] -= row[parts["lane"]]
        tables = {"runs": runs, "sections": sections, "buffers": self.buffers}
        for name in OF_LANES:
            table = getattr(self, name)
            tables[name] = table[table["begin"] >= begin]
        lanes = [lane.since(at) for lane, at in zip(self.lanes, rows, strict=True)]
        still = [_since(lane, at) for lane, at in zip(self.recording.lanes, rows, strict=True)]
        recording = StillRecording(self.recording, self.definitions, still, self.clock)
        numbers = _taken(self._numbers, first_section, end_section)[0]
        return Snapshot(recording, lanes, self._known, tables, KeptParts.of(parts, len(lanes)), columns, numbers)


def _parts(lane: np.ndarray, lanes: int) -> tuple[np.ndarray, np.ndarray]:
    """Where the part of each lane begins and ends in a table that goes lane by lane."""
    bounds = np.searchsorted(lane, np.arange(lanes + 1))
    return bounds[:-1].copy(), bounds[1:].copy()


def _taken(table: np.ndarray, first: np.ndarray, end: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """These parts of a table, and for each lane by how much its numbers become smaller; one part alone is a view
    where nobody writes to it."""
    lengths = end - first
    moved = first - (np.cumsum(lengths) - lengths)
    parts = [table[low:high] for low, high in zip(first.tolist(), end.tolist(), strict=True) if high > low]
    if table.dtype.names is None and len(parts) == 1:
        return parts[0], moved
    return joined(parts, table.dtype), moved


def _at(column: np.ndarray, at: int, otherwise: int) -> int:
    return int(column[at]) if at < len(column) else otherwise


def _since(lane: Lane, row: int) -> Lane:
    still = Lane(lane.number)
    for first, rows in lane.pieces:
        if row < len(rows):
            still.pieces.append(Piece(first + row, rows[row:]))
        row = max(0, row - len(rows))
    begin = still.pieces[0].first if still.pieces else lane.end
    still.gaps = [gap for gap in lane.gaps if gap.end > begin]
    still.end, still.lost, still.untold = lane.end, lane.lost, lane.untold
    return still

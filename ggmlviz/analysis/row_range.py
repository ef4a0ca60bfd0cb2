"""Which rows of a trace make up a range of time: whole runs, what lies between them, and what these rows rest on."""

from __future__ import annotations

import numpy as np

from ggmlviz.analysis.time_range import END_OF_TIME, TimeRange, runs_in, sections_in
from ggmlviz.format.layout import ROW, RowKind
from ggmlviz.trace.lane_rows import LaneRows
from ggmlviz.trace.positions import pair
from ggmlviz.trace.trace import Trace
from ggmlviz.trace.unfinished import going_on, unfinished_runs

PAIRS = (
    (RowKind.CPU_BEGIN, RowKind.CPU_END),
    (RowKind.SPLIT_BEGIN, RowKind.SPLIT_END),
    (RowKind.TRANSFER_BEGIN, RowKind.TRANSFER_END),
)
STATES = (RowKind.THREAD, RowKind.POOL)  # they hold until the next of their kind
AFTER_A_RUN = (RowKind.FAULTS, RowKind.RSS)


class Spans:
    """A union of times."""

    def __init__(self, begins: np.ndarray, ends: np.ndarray):
        order = np.argsort(begins, kind="stable")
        self._begins = begins[order]
        self._ends = np.maximum.accumulate(ends[order])

    def contain(self, times: np.ndarray) -> np.ndarray:
        at = np.searchsorted(self._begins, times, "right") - 1
        inside = at >= 0
        inside[inside] = times[inside] <= self._ends[at[inside]]
        return inside


def rows_within(trace: Trace, wanted: TimeRange) -> list[np.ndarray]:
    """The rows of each lane, in order. Where some are missing, a LOST row tells how many."""
    kept_runs = runs_in(trace, wanted)
    sections, kept = trace.sections, sections_in(trace, wanted)
    unfinished = _unfinished_in(trace, wanted)
    begun = _begun_sections(trace, unfinished)
    begins = np.concatenate([sections["begin"][kept], begun])
    computing = Spans(begins, np.concatenate([sections["end"][kept], np.full(len(begun), END_OF_TIME)]))
    first_of_unfinished = dict(unfinished[["lane", "first_row"]].tolist())
    rows = []
    for index, lane in enumerate(trace.lanes):
        of_lane = trace.runs["lane"] == index
        runs = trace.runs["first_row"][of_lane], trace.runs["last_row"][of_lane], kept_runs[of_lane]
        chosen = _between_runs(trace, lane, wanted, computing)
        _choose_runs(lane, chosen, *runs)
        if index in first_of_unfinished:
            chosen[first_of_unfinished[index] :] = True
        rows.append(_with_losses(trace, index, lane, chosen, wanted))
    return rows


def _unfinished_in(trace: Trace, wanted: TimeRange) -> np.ndarray:
    """Runs that never ended last until the end of the trace, and are kept where that is in the range."""
    lasts = [lane.take("time", np.array([len(lane) - 1])) for lane in trace.lanes if len(lane)]
    runs = unfinished_runs(trace)
    if not lasts or wanted.end <= int(trace.clock.ns(np.concatenate(lasts)).max()):
        return runs[:0]
    return runs[wanted.has(runs["begin"])]


def _begun_sections(trace: Trace, unfinished: np.ndarray) -> np.ndarray:
    """When the sections of these runs began that never ended either."""
    begins = []
    for lane, first in ((trace.lanes[run["lane"]], run["first_row"]) for run in unfinished):
        at = going_on(lane, RowKind.CPU_BEGIN, RowKind.CPU_END)
        if at is not None and at > first:
            begins.append(int(trace.clock.ns(lane.take("time", np.array([at])))[0]))
    return np.array(begins, np.int64)


def _between_runs(trace: Trace, lane: LaneRows, wanted: TimeRange, computing: Spans) -> np.ndarray:
    """Rows by their own times, as if there were no runs; what belongs together stays together."""
    begins = trace.clock.ns(lane.rows["time"])
    waiting = lane.of(RowKind.NODE, RowKind.BARRIER, RowKind.SYNC)
    begins[waiting] = trace.clock.ns(lane.rows["time"][waiting] - lane.waits(waiting))
    chosen = wanted.has(begins)
    # A thread may leave the last barrier of a section after the section has ended.
    barriers = lane.of(RowKind.NODE, RowKind.BARRIER)
    chosen[barriers] = computing.contain(begins[barriers])
    chosen[lane.of(*STATES)] = False
    for begin, end in PAIRS:
        at, until = pair(lane.of(begin), lane.of(end))
        begun = chosen[at]
        chosen[lane.of(begin, end)] = False
        chosen[at[begun]] = chosen[until[begun]] = True
    return chosen


def _choose_runs(lane: LaneRows, chosen: np.ndarray, first: np.ndarray, last: np.ndarray, kept: np.ndarray) -> None:
    """A run is there as a whole or not at all; one of which rows are missing is not."""
    begins = lane.of(RowKind.RUN_BEGIN)
    limits = np.unique(np.concatenate([lane.of(RowKind.RUN_END), lane.breaks, begins, [len(chosen)]]))
    for begin in np.setdiff1d(begins, first).tolist():
        chosen[begin : limits[np.searchsorted(limits, begin, "right")]] = False
    chosen[lane.of(RowKind.RUN_BEGIN, RowKind.RUN_END)] = False
    change = np.zeros(len(chosen) + 1, np.int64)
    ends = np.minimum(last + 1, len(chosen))
    for _ in AFTER_A_RUN:
        follows = ends < len(chosen)
        follows[follows] = np.isin(lane.kinds[ends[follows]], AFTER_A_RUN)
        ends = ends + follows
    for selected, value in ((kept, True), (~kept, False)):
        change[:] = 0
        np.add.at(change, first[selected], 1)
        np.add.at(change, ends[selected], -1)
        chosen[np.cumsum(change[:-1]) > 0] = value


def _with_losses(trace: Trace, index: int, lane: LaneRows, chosen: np.ndarray, wanted: TimeRange) -> np.ndarray:
    if not len(lane.rows):
        return lane.rows
    at = np.flatnonzero(chosen)
    rows = lane.rows[at]
    missing, counts = _missing(trace, index, lane, wanted)
    states = _states_before(lane, at)
    lost = np.zeros(len(missing), ROW)
    lost["kind"], lost["value"] = RowKind.LOST, np.minimum(counts, 0xFFFFFFFF)
    lost["time"] = lane.rows["time"][np.minimum(missing, len(lane.rows) - 1)]
    # A state holds from where the range begins, not from a time before it.
    held = lane.rows[states].copy()
    held["time"] = np.maximum(held["time"], min([*rows["time"][:1], *lost["time"][:1]], default=0))
    places = np.concatenate([states * 2 + 1, missing * 2, at * 2 + 1])
    return np.concatenate([held, lost, rows])[np.argsort(places, kind="stable")]


def _states_before(lane: LaneRows, at: np.ndarray) -> np.ndarray:
    """The last row of each state before each of the rows, wherever it may lie."""
    needed = [np.empty(0, np.int64)]
    for kind in STATES:
        where = lane.of(kind)
        before = np.searchsorted(where, at, "right")
        needed.append(where[np.unique(before[before > 0]) - 1])
    return np.unique(np.concatenate(needed))


def _missing(trace: Trace, index: int, lane: LaneRows, wanted: TimeRange) -> tuple[np.ndarray, np.ndarray]:
    """Gaps that no LOST row tells of, within the range: before which position, and how many rows."""
    source = trace.recording.lanes[index]
    at_end = source.damaged - sum(gap.damaged for gap in source.gaps)
    starts = np.cumsum([0, *(len(piece.rows) for piece in source.pieces)])
    firsts = np.array([piece.first for piece in source.pieces], np.int64)
    ends = np.array([0, *(piece.end for piece in source.pieces)], np.int64)
    counts = firsts - ends[:-1]
    times = trace.clock.ns(lane.rows["time"])
    at, counts = starts[:-1][counts > 0], counts[counts > 0]
    at, counts = np.append(at, len(times)), np.append(counts, at_end + source.untold)
    before = np.where(at > 0, times[np.maximum(at - 1, 0)], 0)
    after = np.append(times, np.iinfo(np.int64).max)[at]
    inside = (counts > 0) & (after > wanted.begin) & (before < wanted.end)
    return at[inside], counts[inside]

"""Columns of computed nodes and parts of threads, computed piece by piece, beside a loop over the rows of a trace."""

from __future__ import annotations

import random

import numpy as np
import pytest
from told_runs import BARRIER, CPU_BEGIN, CPU_END, HELPER, MAIN, RUN_BEGIN, RUN_END, START, ToldRuns
from twin import NODE

from ggmlviz.trace import lane_rows, row_scan, stretches, workers
from ggmlviz.trace.validate import validate

RUNS, SCALED = 300, 128


@pytest.fixture(params=["as it is", "few at once"])
def trace(request, tmp_path, monkeypatch):
    """Many pieces of 252 rows, which cut sections in two; and a node that belongs to no section."""
    if request.param == "few at once":
        monkeypatch.setattr(row_scan, "ROWS_AT_ONCE", 50)
        monkeypatch.setattr(stretches, "ROWS_AT_ONCE", 50)
        monkeypatch.setattr(workers, "ROWS_AT_ONCE", 50)
        monkeypatch.setattr(workers, "SECTIONS_AT_ONCE", 7)
        monkeypatch.setattr(lane_rows, "ROWS_KEPT", 300)
    chance, told, ended = random.Random(7), ToldRuns(), 0
    for number in range(RUNS):
        arrivals = [(chance.randrange(1, 5000), chance.randrange(1, 5000)) for _ in range(2)]
        ended = told.run(ended + 300, tokens=chance.choice((1, 1, 1, 4)), arrivals=arrivals)
        if number == RUNS // 2:
            told.twin.row(MAIN, START + (ended := ended + 10), NODE, value=3)
    _run_with_a_long_wait(told, ended + 300)
    return told.trace(tmp_path)


def _run_with_a_long_wait(told: ToldRuns, begin: int) -> None:
    """So long that it is told in steps of 1024; and barriers behind the last node and in the middle of the first."""
    at = START + begin
    told.twin.row(MAIN, at, RUN_BEGIN, value=RUNS)
    told.twin.row(MAIN, at, 3, value=told.graph(1))
    told.twin.row(MAIN, at, CPU_BEGIN, flags=1, extra=2)
    for kind, wait in ((BARRIER, 2), (NODE, 5), (NODE, 1), (BARRIER, 1)):
        at += 10_000
        told.twin.row(MAIN, at, kind, flags=SCALED, value=wait)
        told.twin.row(HELPER, at, BARRIER, flags=SCALED, value=wait + 1)
    told.twin.row(MAIN, at, CPU_END, value=2)
    told.twin.row(MAIN, at, RUN_END, value=RUNS)


def test_the_trace_is_sound(trace):
    assert validate(trace.recording).problems == [] and len(trace.recording.lanes[0].pieces) > 5


def test_columns(trace):
    ends, durations, waits, begun, waited = [], [], [], None, 0
    for row in trace.lanes[0].rows.tolist():
        time, kind, flags, _, value = row
        wait = value << 10 if flags & SCALED else value
        if kind == CPU_BEGIN:
            begun, waited = time, 0
        elif kind == CPU_END:
            begun = None
        elif kind in (NODE, BARRIER):
            waited += wait
            if kind == NODE and begun is not None:
                ends.append(time - START)
                durations.append(time - begun)
                waits.append(waited)
                begun, waited = time, 0
    assert len(ends) == 2 * (RUNS + 1)
    assert trace.ops.end.tolist() == ends
    assert trace.ops.duration.tolist() == durations
    assert trace.ops.wait.tolist() == waits
    assert trace.ops.begin.tolist() == [end - duration for end, duration in zip(ends, durations, strict=True)]
    assert trace.ops.node[:].tolist() == [0, 1] * (RUNS + 1) and not trace.ops.flags[:-2].any()


def test_parts_of_threads(trace):
    for lane in (MAIN, HELPER):
        barriers = [row for row in trace.lanes[lane].rows.tolist() if row[1] in (NODE, BARRIER)]
        parts = trace.parts[trace.parts["lane"] == lane]
        assert parts["section"].tolist() == list(range(RUNS + 1))
        for part, section in zip(parts, trace.sections, strict=True):
            begin, end = int(section["begin"]), int(section["end"])
            mine = [row for row in barriers if begin < row[0] - START <= end]
            wait = sum(value << 10 if flags & SCALED else value for _, _, flags, _, value in mine)
            assert (part["barriers"], part["wait"]) == (len(mine), wait)
            assert part["work"] == mine[-1][0] - START - begin - wait
            assert trace.lanes[lane].rows[part["first_row"]].tolist() == mine[0]


def test_rows_by_number(trace):
    lane = trace.lanes[0]
    where = np.flatnonzero(np.isin(lane.rows["kind"], (NODE, BARRIER)))
    assert lane.barriers == len(where) and lane.barrier(np.arange(len(where))).tolist() == where.tolist()
    assert lane.barriers_from(int(where[10]) - 1, 5).tolist() == where[10:15].tolist()
    assert lane.barriers_from(int(where[-2]), 5).tolist() == where[-2:].tolist()
    for field in ("time", "value"):
        assert lane.column(field, 200, 600).tolist() == lane.rows[field][200:600].tolist()
        assert lane.take(field, where[::3]).tolist() == lane.rows[field][where[::3]].tolist()
    moments = lane.rows["time"][[0, 251, 252, 300]]
    assert lane.at_time(moments).tolist() == np.searchsorted(lane.rows["time"], moments).tolist()
    assert lane.at_time(np.array([1 << 50], np.uint64)).tolist() == [len(lane)]

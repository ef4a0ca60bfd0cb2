"""A question about a few rows of a lane takes as much as these rows, however long the lane is.

Of a trace ten times as long there are ten times as many questions: were the price of each ten times as high, too, all
would take a hundred times as long. What a question converts or copies needs memory, and that can be counted.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable

import numpy as np
import pytest

from ggmlviz.format.clock import Clock
from ggmlviz.format.lane import Lane
from ggmlviz.format.layout import ROW, ClockKind, RowKind
from ggmlviz.format.moment import Moment
from ggmlviz.trace.lane_rows import LaneRows
from ggmlviz.trace.sections import SECTION
from ggmlviz.trace.stretches import stretches_of

SECTIONS, IN_SECTION, IN_PIECE = 40_000, 8, 256
MUCH = 32_000  # bytes: a tenth of what a number for each section needs


@pytest.fixture(scope="module")
def lane() -> LaneRows:
    """Sections of nodes, with a row before and one behind."""
    rows = np.zeros(SECTIONS * IN_SECTION, ROW)
    rows["time"] = np.arange(len(rows))
    kinds = rows["kind"].reshape(SECTIONS, IN_SECTION)
    kinds[:], kinds[:, 0], kinds[:, -1] = RowKind.NODE, RowKind.CPU_BEGIN, RowKind.CPU_END
    lane = Lane(0)
    for first in range(0, len(rows), IN_PIECE):
        lane.add(first, rows[first : first + IN_PIECE], False)
    return LaneRows(lane)


@pytest.fixture(scope="module")
def sections() -> np.ndarray:
    sections = np.zeros(SECTIONS, SECTION)
    sections["first_row"] = np.arange(SECTIONS) * IN_SECTION
    sections["last_row"] = sections["first_row"] + IN_SECTION - 1
    sections["executions"] = IN_SECTION - 2
    sections["first_execution"] = np.arange(SECTIONS) * (IN_SECTION - 2)
    return sections


def bytes_for(question: Callable[[], object]) -> int:
    """The most that it had at once."""
    question()
    tracemalloc.start()
    try:
        question()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("position", [np.int64, np.uint32])
def test_questions_about_a_few_rows(lane, position):
    at = np.array([5000, 5003, 5010]) * IN_SECTION
    nodes = at + 1
    assert lane.take("time", nodes.astype(position)).tolist() == nodes.tolist()
    assert lane.barriers_before(at.astype(position)).tolist() == (at // IN_SECTION * (IN_SECTION - 2)).tolist()
    assert lane.nodes_before(at.astype(position)).tolist() == lane.barriers_before(at).tolist()
    for question in (
        lambda: lane.take("time", nodes.astype(position)),
        lambda: lane.barriers_before(at.astype(position)),
        lambda: lane.nodes_before(at.astype(position)),
        lambda: lane.barrier(np.array([7, 9])),
        lambda: lane.at_time(np.array([7, 9], np.uint64)),
        lambda: lane.column("time", 800, 900),
        lambda: lane.waited(800, 900),
    ):
        assert bytes_for(question) < MUCH


def test_one_stretch_after_the_other(lane, sections, monkeypatch):
    monkeypatch.setattr("ggmlviz.trace.stretches.ROWS_AT_ONCE", 500)
    stretches = stretches_of(lane, sections, Clock(ClockKind.MONOTONIC_NS, Moment(0, 0, 0)))
    next(stretches)
    assert bytes_for(lambda: next(stretches)) < MUCH

"""The trace log: every line is where it belongs, however many there are, and only those that are asked for."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from told_runs import ToldRuns

from ggmlviz.analysis.log_entries import EntryKind, Wanted, log_entries
from ggmlviz.analysis.time_range import TimeRange
from ggmlviz.scene.log.filter import about_of, wanted_of
from ggmlviz.scene.log.lines import line_at
from ggmlviz.scene.log.rows import HEAD, ROW, columns_in, lines_in_sight, log_picture
from ggmlviz.scene.opened import Opened
from ggmlviz.scene.palette import DARK
from ggmlviz.scene.selection import NOTHING, of_execution, of_tensor

RUNS, EVERY = 200, 1000  # ns
ALL = TimeRange(0, RUNS * EVERY)


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """In every run MUL_MAT ends after 100 ns and ADD 50 ns later; a buffer comes before run 3 and goes after run 5."""
    told = ToldRuns()
    for number in range(RUNS):
        if number == 3:
            late = told.buffer(3 * EVERY - 10, "CPU", 5000)
        told.run(number * EVERY)
        if number == 5:
            told.free(late, 5 * EVERY + 500)
    return Opened(told.trace(tmp_path_factory.mktemp("log")))


def test_all_lines_are_in_the_order_of_time(opened):
    entries = log_entries(opened.trace, ALL, Wanted())
    assert entries.count == 2 * RUNS + 3  # with two allocs and a free
    lines = [entries.at(line) for line in range(entries.count)]
    assert lines[:3] == [(EntryKind.ALLOC, 0), (EntryKind.NODE, 0), (EntryKind.NODE, 1)]
    nodes = [number for kind, number in lines if kind is EntryKind.NODE]
    assert nodes == list(range(2 * RUNS))
    assert lines[7] == (EntryKind.ALLOC, 1) and lines[14] == (EntryKind.FREE, 1)
    for line, (kind, number) in enumerate(lines):
        assert kind is not EntryKind.NODE or entries.line_of(number) == line


def test_a_range_cuts_a_run(opened):
    ends = opened.trace.ops.end
    assert ends[[40, 41]].tolist() == [20 * EVERY + 100, 20 * EVERY + 150]
    entries = log_entries(opened.trace, TimeRange(20 * EVERY + 120, 21 * EVERY + 120), Wanted())
    assert [entries.at(line)[1] for line in range(entries.count)] == [41, 42]
    assert entries.line_of(40) is None and entries.line_of(42) == 1 and entries.line_of(43) is None
    nothing = log_entries(opened.trace, TimeRange(20 * EVERY + 300, 20 * EVERY + 400), Wanted())
    assert nothing.count == 0 and nothing.line_of(40) is None


def test_a_query(opened):
    entries = log_entries(opened.trace, ALL, wanted_of(opened, None, "op:ADD"))
    assert entries.count == RUNS
    assert [entries.at(line) for line in (0, 7, RUNS - 1)] == [
        (EntryKind.NODE, 1),
        (EntryKind.NODE, 15),
        (EntryKind.NODE, 2 * RUNS - 1),
    ]
    assert entries.line_of(15) == 7 and entries.line_of(14) is None
    assert log_entries(opened.trace, ALL, wanted_of(opened, None, "no_such_op")).count == 0


@pytest.mark.parametrize(
    ("text", "expected"), [("dur>60ns", RUNS), ("dur<60ns", RUNS), ("dur>10ns", 2 * RUNS), ("op:ADD dur>60ns", 0)]
)
def test_a_query_for_durations(opened, text, expected):
    wanted = wanted_of(opened, None, text)
    entries = log_entries(opened.trace, ALL, wanted)
    found = [entries.at(line) for line in range(entries.count)]
    durations = opened.trace.ops.duration
    fitting = (durations >= wanted.shortest) & (durations <= wanted.longest)
    if "op:" not in text:
        assert [number for _, number in found] == np.flatnonzero(fitting).tolist()
    assert len(found) == expected


def test_only_what_touches_a_tensor(opened):
    trace = opened.trace
    weight = trace.graph(0).names.index("blk.3.ffn_down.weight")
    selection = of_tensor(trace, int(trace.graph(0).members[weight]), 4)
    entries = log_entries(trace, ALL, wanted_of(opened, about_of(selection), ""))
    kinds = [entries.at(line)[0] for line in range(entries.count)]
    assert kinds == [EntryKind.ALLOC] + [EntryKind.NODE] * RUNS  # the buffer that it lies in, and every MUL_MAT
    assert {entries.at(line)[1] % 2 for line in range(1, entries.count)} == {0}


def test_an_op_that_is_selected_hides_nothing(opened):
    assert about_of(of_execution(opened.trace, 7)) is None


def test_what_a_line_says(opened):
    entries = log_entries(opened.trace, ALL, Wanted())
    line = line_at(opened, entries, entries.line_of(40))
    assert (line.time, line.run, line.what, line.tensor, line.duration) == (
        "0.0200",
        "21",
        "MUL_MAT",
        "ffn_out-3",
        "100 ns",
    )
    assert line.reads == "blk.3.ffn_down.weight 6.2 KiB, inp_x 64 B"
    alloc = line_at(opened, entries, 0)
    assert (alloc.what, alloc.tensor, alloc.reads) == ("alloc", "weights buffer 0, CPU", "6.2 KiB")


def test_only_lines_in_sight_are_made(opened):
    entries = log_entries(opened.trace, ALL, Wanted())
    size = (900, 300)
    found = log_picture(opened, entries, 100, NOTHING, size, DARK)
    shown = lines_in_sight(300, 1.0)
    assert len(found.picture.spots) == shown + 1
    assert [spot.box[1] for spot in found.picture.spots[:2]] == [HEAD, HEAD + ROW]
    assert found.picture.spots[0].target == line_at(opened, entries, 100)
    end = log_picture(opened, entries, 1 << 40, NOTHING, size, DARK)
    assert end.picture.spots[-1].target == line_at(opened, entries, entries.count - 1)
    assert end.picture.spots[-1].box[3] <= 300


def test_the_scroll_bar_reaches_every_part(opened):
    entries = log_entries(opened.trace, ALL, Wanted())
    found = log_picture(opened, entries, 100, NOTHING, (900, 300), DARK).thumb
    assert found.last == entries.count - lines_in_sight(300, 1.0)
    assert found.line_at(found.track_top) == 0 and found.line_at(300) == found.last
    assert abs(found.line_at(found.top) - 100) <= 1
    few = log_entries(opened.trace, TimeRange(0, 2 * EVERY), Wanted())
    assert log_picture(opened, few, 0, NOTHING, (900, 300), DARK).thumb is None


@pytest.mark.parametrize("width", [260, 400, 500, 640, 900, 1600])
def test_columns_do_not_overlap(opened, width):
    columns = columns_in(width, 1.0)
    for (_, _, right, _), (_, left, _, _) in pairwise(columns):
        assert left >= right
    if width >= 400:
        assert columns[-1][2] <= width

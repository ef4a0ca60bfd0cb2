"""Tables as drawings: rows in order, shares as bars, numbers as the totals have them."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from support import llama, needs_llama, traced
from told_runs import ToldRuns

from ggmlviz.analysis.statistics import KINDS, OF_NODES, lines_of, statistics
from ggmlviz.analysis.time_range import TimeRange, of_whole_runs
from ggmlviz.analysis.totals import backend_totals, nodes_of, thread_totals, totals
from ggmlviz.scene.drawing import Rectangles, Texts
from ggmlviz.scene.lettering import text_width
from ggmlviz.scene.palette import DARK
from ggmlviz.scene.statistics.table import columns, filtered
from ggmlviz.scene.statistics.table_picture import (
    BAR,
    HEAD,
    ROW,
    Body,
    HeadOf,
    Sorting,
    as_text,
    sorted_rows,
    table_picture,
)


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    told = ToldRuns()
    told.run(told.run(100) + 50)
    return told.trace(tmp_path_factory.mktemp("told"))


@pytest.fixture(scope="module")
def capture(models, tmp_path_factory):
    path = tmp_path_factory.mktemp("capture") / "x.ggmlviz"
    return traced(llama(models.experts, "--tokens", 3, "--threads", 2), path)[1]


def picture_of(rows, by="op", size=(800, 200), **body):
    return table_picture(rows, columns(by), Body(Sorting("time"), **body), size, DARK)


def rows_of(picture):
    return [spot.target for spot in picture.spots if not isinstance(spot.target, HeadOf)]


def test_known_lines(told):
    mul_mat, add = statistics(told, "op")
    assert (mul_mat.name, mul_mat.count, mul_mat.time, mul_mat.mean) == ("MUL_MAT", 2, 200, 100)
    assert (mul_mat.share, mul_mat.wait, add.wait) == (pytest.approx(2 / 3), 2 * 30, 2 * 20)
    assert mul_mat.gflops == pytest.approx(32) and mul_mat.wait_share == pytest.approx(0.3)


@needs_llama
@pytest.mark.parametrize("by", KINDS)
def test_lines_are_the_totals(capture, by):
    lines = statistics(capture, by)
    assert sum(line.share for line in lines) == pytest.approx(1)
    if by in OF_NODES:
        expected = {one.name: (one.time, one.count, one.wait) for one in totals(nodes_of(capture), by)}
        assert {line.name: (line.time, line.count, line.wait) for line in lines} == expected
    elif by == "backend":
        assert [line.time for line in lines] == [one.time for one in backend_totals(capture)]
    else:
        assert sum(line.time for line in lines) == sum(one.work + one.wait for one in thread_totals(capture))


def test_shares_of_what_is_filtered_stay_shares_of_all(told):
    nodes = nodes_of(told)
    (line,) = lines_of([node for node in nodes if node.facts.op == "ADD"], "op", sum(node.time for node in nodes))
    assert line.share == pytest.approx(1 / 3)


def test_a_range_inside_of_a_run_is_about_it(told):
    run = told.runs[1]
    inside = TimeRange(int(run["begin"]) + 5, int(run["begin"]) + 10)
    assert sum(line.time for line in statistics(told, "op", of_whole_runs(told, inside))) == 150
    both = TimeRange(0, int(run["end"]))
    assert of_whole_runs(told, both) == both
    nothing = TimeRange(int(run["end"]) + 1000, int(run["end"]) + 2000)
    assert statistics(told, "op", of_whole_runs(told, nothing)) == []


def test_rows_are_sorted_and_unknown_ones_last(told):
    lines, made = statistics(told, "op"), columns("op")
    assert [line.name for line in sorted_rows(lines, made, Sorting("time", falling=False))] == ["ADD", "MUL_MAT"]
    assert [line.name for line in sorted_rows(lines, made, Sorting("op", falling=True))] == ["MUL_MAT", "ADD"]
    threads = statistics(told, "thread")
    assert all(line.gbytes is None for line in threads)
    mixed = [*threads, *lines]
    for falling in (True, False):
        assert sorted_rows(mixed, made, Sorting("GB/s", falling))[-1].gbytes is None


def test_layers_are_in_their_order(told):
    by_name = next(column.key for column in columns("layer"))
    lines = [replace(statistics(told, "layer")[0], name=name) for name in ("10", "none", "2", "encoder 3")]
    assert [line.name for line in sorted(lines, key=by_name)] == ["2", "10", "encoder 3", "none"]


def test_rows_lie_below_each_other(told):
    lines = statistics(told, "op")
    picture = picture_of(lines)
    boxes = [spot.box for spot in picture.spots if spot.target in lines]
    assert [box[1] for box in boxes] == [HEAD, HEAD + ROW] and all(box[3] - box[1] == ROW for box in boxes)
    assert picture.height == HEAD + 2 * ROW
    assert picture.at(10, HEAD + 1).target == lines[0]
    assert picture.at(10, HEAD - 1).target == HeadOf("op")


def test_bars_are_shares(told):
    lines = statistics(told, "op")
    widths = [
        right - left
        for shape in picture_of(lines).drawing.shapes
        if isinstance(shape, Rectangles)
        for left, top, right, bottom in shape.box.tolist()
        if bottom - top == 8
    ]
    assert sorted(widths) == pytest.approx(sorted([BAR, BAR, BAR * lines[0].share, BAR * lines[1].share]), rel=1e-4)


def test_only_what_is_in_sight_is_drawn(told):
    line = statistics(told, "op")[0]
    many = [line] * 10_000
    picture = picture_of(many, scroll=5000 * ROW + 7)
    assert len(rows_of(picture)) == 10
    assert picture.height == HEAD + 10_000 * ROW


@pytest.mark.parametrize("width", [240, 330, 500, 900])
def test_nothing_is_cut_off_or_overlaps(told, width):
    drawing = picture_of(statistics(told, "op"), size=(width, 200)).drawing
    rows = {}
    for shape in drawing.shapes:
        if isinstance(shape, Texts):
            for text, (x, y) in zip(shape.texts, shape.at.tolist(), strict=True):
                wide = text_width(text, shape.size, shape.bold)
                left = x - wide if shape.anchor == "right" else x
                assert left >= 0 and left + wide <= width
                rows.setdefault(y, []).append((left, left + wide))
    for row in rows.values():
        row.sort()
        assert all(before[1] < after[0] for before, after in pairwise(row))


def test_copied_with_exact_values(told):
    lines = statistics(told, "op")
    head, mul_mat, add = as_text(lines, columns("op")).splitlines()
    assert head.split("\t")[:3] == ["op", "time", "share"]
    assert mul_mat.split("\t")[:4] == ["MUL_MAT", "200 ns", "66.6667%", "2"]
    assert add.startswith("ADD\t100 ns\t33.3333%")


def test_filter_of_rows(told):
    lines = statistics(told, "tensor")
    assert [line.name for line in filtered(lines, "mul OUT")] == ["MUL_MAT ffn_out-3"]
    assert filtered(lines, "", "") == lines and filtered(lines, "nowhere") == []

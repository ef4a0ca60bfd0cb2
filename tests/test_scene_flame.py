"""Flame view: what it draws is as long as the trace says."""

from __future__ import annotations

import numpy as np
import pytest
from export_support import STEP, write_known
from support import llama, needs_llama, open_trace, traced
from told_runs import ToldRuns

from ggmlviz.analysis.flame_tree import Frame, flame_tree
from ggmlviz.analysis.time_range import EVERYTHING, TimeRange
from ggmlviz.analysis.totals import nodes_of, totals
from ggmlviz.scene.drawing import Rectangles, Texts
from ggmlviz.scene.focus import Focus
from ggmlviz.scene.lettering import text_width
from ggmlviz.scene.opened import Opened
from ggmlviz.scene.palette import DARK, FAMILY_COLOURS, family_of
from ggmlviz.scene.statistics.flame import ROW, Path, flame_picture
from ggmlviz.scene.statistics.views import FlameOptions, flame_drawing

SIZE = (1000, 300)


def tree_of(trace, range=EVERYTHING):
    return flame_tree(trace, nodes_of(trace, range), range)


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """Two runs that generate, and a prompt: each computes for 80 and then 40 ns, and ends 20 ns later."""
    told = ToldRuns()
    at = told.run(100)
    at = told.run(at + 50)
    told.run(at + 50, tokens=7)
    return told.trace(tmp_path_factory.mktemp("told"))


@pytest.fixture(scope="module")
def capture(models, tmp_path_factory):
    path = tmp_path_factory.mktemp("capture") / "x.ggmlviz"
    return traced(llama(models.experts, "--tokens", 3, "--threads", 2), path)[1]


def leafs(frame: Frame):
    return [leaf for part in frame.parts.values() for leaf in (leafs(part) if part.parts else [part])]


def test_tree_of_known_runs(told):
    root = tree_of(told)
    first, second = 90 + 10, 40 + 10  # the slower thread's arrival and the barrier
    assert root.time == 3 * (first + second + 20) and root.count == 3
    generation = root.at(("generation",))
    assert (generation.time, generation.count, generation.untold) == (2 * 170, 2, 2 * 20)
    ffn = generation.at(("layer 3", "ffn"))
    assert {name: (part.time, part.count) for name, part in ffn.parts.items()} == {
        "MUL_MAT": (2 * first, 2),
        "ADD": (2 * second, 2),
    }
    assert ffn.untold == 0
    assert root.at(("generation", "layer 4")) is None


def test_tree_of_a_range(told):
    begins = told.runs["begin"][np.argsort(told.runs["begin"])]
    root = tree_of(told, TimeRange(int(begins[1]), int(begins[2])))
    assert set(root.parts) == {"generation"} and root.count == 1


def test_widths_are_times(told):
    root = tree_of(told)
    picture = flame_picture(root, (), SIZE, DARK)
    per_ns = SIZE[0] / root.time
    boxes = {spot.target.names: spot.box for spot in picture.spots}
    for names, (left, top, right, bottom) in boxes.items():
        assert right - left == pytest.approx(root.at(names).time * per_ns, abs=1e-3)
        assert top == len(names) * ROW and bottom - top == ROW
        if names:  # inside of what it is a part of
            outer = boxes[names[:-1]]
            assert outer[0] - 1e-6 <= left and right <= outer[2] + 1e-6
    assert boxes[()][:3] == (0, 0, SIZE[0])


def test_zoomed(told):
    root = tree_of(told)
    picture = flame_picture(root, ("generation", "layer 3"), SIZE, DARK)
    boxes = {spot.target.names: spot.box for spot in picture.spots}
    assert all(boxes[path][::2] == (0, SIZE[0]) for path in ((), ("generation",), ("generation", "layer 3")))
    mul_mat, add = (boxes["generation", "layer 3", "ffn", op] for op in ("MUL_MAT", "ADD"))
    assert (mul_mat[2] - mul_mat[0]) / (add[2] - add[0]) == pytest.approx(100 / 50)
    assert picture.at(mul_mat[0] + 5, mul_mat[1] + 5).target == Path(("generation", "layer 3", "ffn", "MUL_MAT"))
    assert ("prompt",) not in boxes


def test_tips_have_exact_values(told):
    picture = flame_picture(tree_of(told), (), SIZE, DARK)
    tip = next(spot.tip for spot in picture.spots if spot.target.names[-1:] == ("MUL_MAT",))
    assert "(200 ns), 2 nodes computed" in tip and "39.2% of all" in tip


@needs_llama
def test_real_capture_adds_up(capture):
    root = tree_of(capture)
    assert root.time == (capture.runs["end"] - capture.runs["begin"]).sum()
    by_op = {}
    for leaf in leafs(root):
        by_op[leaf.op] = by_op.get(leaf.op, 0) + leaf.time
    assert by_op == {total.name: total.time for total in totals(nodes_of(capture), "op")}
    assert all(frame.untold >= 0 for frame in root.parts.values())


@needs_llama
def test_nothing_overlaps_and_text_stays_inside(capture):
    opened = Opened(capture)
    drawing = flame_drawing(opened, Focus(opened.whole), FlameOptions(), 900, 260, DARK)
    (boxes,) = (shape.box for shape in drawing.shapes if isinstance(shape, Rectangles))
    for top in np.unique(boxes[:, 1]):
        row = boxes[boxes[:, 1] == top]
        row = row[np.argsort(row[:, 0])]
        assert (row[1:, 0] >= row[:-1, 2] - 1e-3).all()
    fills = {tuple(fill) for shape in drawing.shapes if isinstance(shape, Rectangles) for fill in shape.fill.tolist()}
    assert tuple(FAMILY_COLOURS[family_of("MUL_MAT")].tolist()) in fills
    for shape in drawing.shapes:
        if isinstance(shape, Texts):
            for text, (x, _) in zip(shape.texts, shape.at.tolist(), strict=True):
                assert x <= 900 if shape.anchor == "right" else x + text_width(text, shape.size) <= 900


def test_ops_that_are_not_described(tmp_path):
    trace = open_trace(write_known(tmp_path / "x.ggmlviz", runs=2, layers=3))
    root = tree_of(trace)
    assert sum(leaf.time for leaf in leafs(root)) == 2 * 3 * STEP

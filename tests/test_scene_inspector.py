"""The inspector: what it tells is what the trace says, and all of it fits its column."""

from __future__ import annotations

import pytest
from support import llama, needs_llama, traced
from told_runs import ToldRuns

from ggmlviz.analysis.executions_of_node import executions_of_node
from ggmlviz.format.layout import RowFlag
from ggmlviz.scene.drawing import Texts
from ggmlviz.scene.inspector.inspected import Shares, Strip
from ggmlviz.scene.inspector.picture import inspector_picture
from ggmlviz.scene.inspector.scene import inspected
from ggmlviz.scene.inspector.time_strip import Chosen, bins_of
from ggmlviz.scene.lettering import text_width
from ggmlviz.scene.opened import Opened
from ggmlviz.scene.palette import DARK
from ggmlviz.scene.selection import NOTHING, Selection, of_execution, of_member, of_run, of_tensor
from ggmlviz.scene.sketch import wrapped

COLUMN = (380, 500)


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """Three runs that generate; the second is slow."""
    told = ToldRuns()
    at = told.run(100)
    at = told.run(at + 50, arrivals=((70, 900), (30, 40)), major_faults=3)
    told.run(at + 50)
    return Opened(told.trace(tmp_path_factory.mktemp("told")))


@pytest.fixture(scope="module")
def capture(models, tmp_path_factory):
    path = tmp_path_factory.mktemp("capture") / "x.ggmlviz"
    return Opened(traced(llama(models.quantized, "--tokens", 3, "--threads", 2), path)[1])


def facts_of(one, title):
    (section,) = (section for section in one.sections if section.title == title)
    return {fact.label: fact for fact in section.facts}


def test_a_node(told):
    trace = told.trace
    graph = trace.graph(0)
    one = inspected(told, of_execution(trace, 2), executions_of_node(trace, graph, 0))
    assert (one.title, one.about, one.op) == ("MUL_MAT ffn_out-3", "layer 3, ffn", "MUL_MAT")
    now = facts_of(one, "This time")
    assert now["time"].exact == "910 ns" and now["of its run"].exact == "910 of 980 ns"
    assert now["run"].text == "2, generation" and now["run"].target == of_run(trace, 1)
    assert now["work"].exact == "3,200 FLOP, reads 6,464 bytes, writes 400 bytes"
    assert now["rate"].exact == f"{6864 / 910:.6g} GB/s, {3200 / 910:.6g} GFLOP/s"
    strip, shares = (section.chart for section in one.sections if section.chart)
    assert isinstance(strip, Strip) and strip.times.duration.tolist() == [100, 910, 100]
    assert strip.targets.tolist() == [1, 2, 3] and strip.chosen == 1
    assert isinstance(shares, Shares) and (shares.work, shares.wait) == ((70, 900), (840, 10))
    assert shares.names == ("main (100)", "helper (101)")
    reads = facts_of(one, "Reads")
    assert "blk.3.ffn_down.weight, f32 16 × 100, 6.2 KiB" in reads["src0"].text
    assert reads["src0"].target.tensor == trace.graph(0).members[2]
    assert "run 2\t910 ns" in one.as_text() and "time\t910 ns" in one.as_text()


def test_a_run(told):
    one = inspected(told, of_run(told.trace, 1))
    assert (one.title, one.about) == ("Run 2 of 3", "generation, 1 token")
    now, memory, path = (facts_of(one, title) for title in ("This run", "Memory", "Critical path"))
    assert now["took"].exact == "980 ns"
    assert memory["major faults"].text == "3" and memory["resident"].exact.startswith("1,048,576 bytes")
    assert path["slowest thread"].exact == "940 ns" and path["barriers"].exact == "20 ns"
    assert path["outside"].exact == "20 ns"


def test_a_buffer_a_tensor_and_nothing(told):
    one = inspected(told, Selection(buffer=0))
    assert facts_of(one, "Buffer")["size"].exact == "6,400 bytes" and one.about == "weights"
    weight = inspected(told, of_member(told.trace, 0, 2))
    assert weight.title == "blk.3.ffn_down.weight" and weight.about == "a leaf: an input or a weight"
    (reader,) = next(section for section in weight.sections if section.title == "Read by").facts
    assert reader.target.member == 0
    assert inspected(told, of_tensor(told.trace, 0)).title
    assert inspected(told, NOTHING).title == "Nothing is selected"


@needs_llama
def test_fused_and_skipped_nodes_say_so(capture):
    trace = capture.trace
    fused = int((trace.ops.flags & RowFlag.NODE_FUSED != 0).nonzero()[0][-1])
    selection = of_execution(trace, fused)
    for member in (selection.member, selection.member + 1):
        now = facts_of(inspected(capture, of_member(trace, selection.graph, member, selection.run)), "This time")
        assert now["fused"].text.startswith("one kernel computed RMS_NORM and MUL")
        assert now["time"].exact == f"{trace.ops.duration[fused]:,} ns"
    view = trace.graph(selection.graph).ops.index("VIEW")
    now = facts_of(inspected(capture, of_member(trace, selection.graph, view, selection.run)), "This time")
    assert now["computed"].text.startswith("not computed: a view")


@needs_llama
def test_a_repacked_weight_tells_what_it_was_made_from(capture):
    trace = capture.trace
    graph = trace.graph(int(trace.runs["graph"][-1]))
    weight = graph.names.index("blk.1.ffn_up.weight")
    found = facts_of(inspected(capture, of_member(trace, graph.number, weight)), "Tensor")
    assert "made from" in found or "disk" in found
    if "made from" in found:
        assert found["made from"].text.startswith("blk.1.ffn_up.weight, quantized.gguf @ 0x")


@needs_llama
@pytest.mark.parametrize("width", [300, 380, 600])
def test_nothing_is_wider_than_the_column(capture, width):
    trace = capture.trace
    graph = int(trace.runs["graph"][-1])
    for member in range(0, len(trace.graph(graph).members), 7):
        drawing = inspector_picture(inspected(capture, of_member(trace, graph, member)), (width, 2000), DARK).drawing
        for shape in drawing.shapes:
            if isinstance(shape, Texts):
                for text, (x, _) in zip(shape.texts, shape.at.tolist(), strict=True):
                    left = x - text_width(text, shape.size, shape.bold) if shape.anchor == "right" else x
                    assert left >= 0 and left + text_width(text, shape.size, shape.bold) <= width


def test_scrolled(told):
    one = inspected(told, of_execution(told.trace, 2), executions_of_node(told.trace, told.trace.graph(0), 0))
    whole = inspector_picture(one, (380, 3000), DARK)
    part = inspector_picture(one, COLUMN, DARK, scroll=100)
    assert part.height == whole.height > COLUMN[1]
    boxes = {spot.target.execution: spot.box for spot in whole.spots if isinstance(spot.target, Chosen)}
    moved = {spot.target.execution: spot.box for spot in part.spots if isinstance(spot.target, Chosen)}
    assert list(boxes) == [0, 2, 4]
    assert all(moved[key][1] == pytest.approx(boxes[key][1] - 100) for key in boxes)


def test_many_runs_share_bars():
    bounds = bins_of(1000, 100)
    assert len(bounds) == 101 and (bounds[0], bounds[-1]) == (0, 1000)
    assert bins_of(3, 100).tolist() == [0, 1, 2, 3]


def test_words_are_broken_where_they_are_too_long():
    assert wrapped("one two", 1000) == ["one", "two"] or wrapped("one two", 1000) == ["one two"]
    lines = wrapped("a_word_that_is_much_too_long and more", 80)
    assert all(text_width(line) <= 80 for line in lines)
    assert "".join(lines).replace(" ", "") == "a_word_that_is_much_too_longandmore"

"""Traces of format 1 with all that is true in them, and nothing that is not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from gui_support import needs_window
from twin import LegacyTwin

from ggmlviz.analysis.log_entries import EntryKind, Wanted, log_entries
from ggmlviz.analysis.nodes_in_order import nodes_in_order
from ggmlviz.analysis.time_range import EVERYTHING
from ggmlviz.errors import GgmlVizError, UnsuitableTrace
from ggmlviz.export.formats import Choices
from ggmlviz.export.trim import trim
from ggmlviz.export.view_options import options_of
from ggmlviz.export.views import drawing_of
from ggmlviz.format.recording import Recording
from ggmlviz.scene.drawing import Rectangles, Texts
from ggmlviz.scene.focus import Focus
from ggmlviz.scene.headline import full_headline
from ggmlviz.scene.inspector.run_facts import run_inspected
from ggmlviz.scene.opened import Opened
from ggmlviz.scene.palette import DARK
from ggmlviz.scene.statistics.nodes_in_focus import counted_in_focus, nodes_in_focus, question_of
from ggmlviz.scene.timeline.computed import Computed
from ggmlviz.scene.timeline.frame import Frame, Look
from ggmlviz.scene.timeline.lanes import Lanes
from ggmlviz.trace.old_recording import NUMBERED, UNTOLD
from ggmlviz.trace.summary import summarise
from ggmlviz.trace.trace import Trace

START, RUNS, EVERY, LASTS = 5_000, 3, 1_000, 600


@pytest.fixture
def path(tmp_path) -> Path:
    """Three runs of two nodes, a run inside another, one that never ends, and memory that comes and goes."""
    twin = LegacyTwin()
    twin.memory(4, START, 0xD, 4096)
    for run in range(RUNS):
        begin = START + run * EVERY
        twin.graph(0, begin, 0xA, 2, 4)
        twin.op(2, begin + 1, 0xB, 27, 4096, "matmul")
        twin.op(2, begin + 2, 0xC, 2, 64)
        if run == 1:
            twin.graph(0, begin + 10, 0xE, 0, 4)
            twin.graph(1, begin + 20, 0xE, 0, 4)
        twin.op(3, begin + LASTS - 2, 0xB, 27, 4096, "matmul")
        twin.op(3, begin + LASTS - 1, 0xC, 2, 64)
        twin.graph(1, begin + LASTS, 0xA, 2, 4)
    twin.memory(5, START + 2_700, 0xD, 0)
    twin.memory(5, START + 2_800, 0xF, 0)
    twin.graph(0, START + 3_000, 0xA, 2, 4)
    file = tmp_path / "old.ggmlviz"
    file.write_bytes(twin.bytes())
    return file


@pytest.fixture
def opened(path) -> Opened:
    return Opened(Trace.open(path))


def test_runs_and_memory_are_as_they_were(opened):
    trace = opened.trace
    assert trace.runs["begin"].tolist() == [0, EVERY, 2 * EVERY]
    assert (trace.runs["end"] - trace.runs["begin"]).tolist() == [LASTS] * RUNS
    assert trace.runs["graph"].tolist() == [0, 0, 0]
    assert trace.buffers[["begin", "end", "size"]].tolist() == [(0, 2_700, 4096)]
    assert trace.graph(0).ops == ["op 27", "op 2"] and trace.graph(0).names == ["matmul", ""]
    assert trace.graph(0).tensors["bytes"].tolist() == [4096, 64]
    assert trace.definitions.threads["tid"].tolist() == [7]
    assert not list(trace.definitions.problems)


def test_no_time_of_a_node_and_no_flow_of_data_is_made_up(opened):
    trace = opened.trace
    assert trace.untold == UNTOLD
    assert (len(trace.ops), len(trace.sections), len(trace.parts)) == (0, 0, 0)
    assert not trace.graph(0).complete and not len(trace.graph(0).edges)
    with pytest.raises(GgmlVizError, match="tells no times of ops"):
        nodes_in_focus(question_of(opened, Focus(opened.whole)))


def test_nodes_are_counted(opened):
    counted = [(node.facts.op, node.facts.tensor, node.count, node.time) for node in nodes_in_order(opened.trace)]
    assert counted == [("op 27", "matmul", RUNS, 0), ("op 2", "", RUNS, 0)]
    found = counted_in_focus(question_of(opened, Focus(opened.whole)))
    assert found.sentence == f"3 runs; {UNTOLD}"


def test_the_badge_is_red_and_says_why(opened):
    assert full_headline(opened).wrong == (UNTOLD, NUMBERED)
    assert full_headline(opened).bound == ""


def test_the_log_has_runs_in_place_of_nodes(opened):
    entries = log_entries(opened.trace, EVERYTHING, Wanted())
    told = [entries.at(line) for line in range(entries.count)]
    runs = [(EntryKind.RUN, number) for number in range(RUNS)]
    assert told == [(EntryKind.ALLOC, 0), *runs, (EntryKind.FREE, 0)]


def test_ops_have_places_in_their_order_and_no_times(opened):
    lanes = Lanes(opened)
    lanes.add(Computed(opened))
    assert [lane.key for lane in lanes.all()] == ["runs", "ops", "memory"]
    lane = lanes.all()[1]
    frame = Frame(Look(112 + 800, 300, DARK, opened.whole, opened.whole))
    shapes = lane.draw(frame, 10, 40)
    boxes = next(shape.box for shape in shapes if isinstance(shape, Rectangles))
    assert len(boxes) == 2 * RUNS
    widths = boxes[:, 2] - boxes[:, 0]
    assert widths == pytest.approx(np.full(6, 800 * LASTS / 2 / (2 * EVERY + LASTS)), abs=0.01)
    assert any("op 27 matmul" in shape.texts for shape in shapes if isinstance(shape, Texts))
    hit = lane.at(frame, float(boxes[3, 0]) + 5, 0.5)
    assert hit.run == 1 and hit.execution is None
    assert hit.text.splitlines() == ["op 2  ", "node 2 of 2", UNTOLD]
    assert lane.at(frame, float(boxes[1, 2]) + 5, 0.5) is None


def test_the_inspector_lists_the_nodes_of_a_run(opened):
    told = run_inspected(opened, 1).as_text()
    assert "op 27\tmatmul" in told and UNTOLD in told
    assert "section" not in told


def test_the_totals_say_what_there_is(path):
    summary = summarise(Recording.open(path))
    assert (summary.graph_runs, summary.distinct_graphs, summary.nodes_timed, summary.nodes_in_order) == (3, 1, 0, 6)
    assert summary.losses == [UNTOLD] and summary.peak_bytes == 4096


@pytest.mark.parametrize("view", ["timeline", "statistics", "log", "heatmap"])
def test_views_are_drawn(opened, view):
    assert drawing_of(view, opened, Focus(opened.whole), options_of(opened.trace, Choices(view=view))).shapes


def test_it_is_not_cut(path, tmp_path):
    with pytest.raises(UnsuitableTrace, match="format 1, which is read and not written"):
        trim(path, 0, 1, tmp_path / "cut.ggmlviz")
    assert not (tmp_path / "cut.ggmlviz").exists()


@needs_window
def test_the_window_shows_what_there_is(window, path):
    with window(path) as app:
        state = app.wait_for(lambda state: state["panels"]["statistics"]["rows"])
        assert state["panels"]["statistics"]["rows"] == [["op 2", 0, RUNS], ["op 27", 0, RUNS]]
        assert state["headline"]["wrong"] == [UNTOLD, NUMBERED]
        assert [lane[0] for lane in state["panels"]["timeline"]["lanes"]] == ["runs", "ops", "memory"]
        assert state["panels"]["graph"] == {**state["panels"]["graph"], "graph": None}
        app.do("run next")
        for panel in ("log", "flame", "roofline", "compare", "experts"):
            app.do(f"show {panel}")
        app.do("show log")
        log = app.wait_for(lambda state: state["panels"]["log"].get("lines"))["panels"]["log"]
        assert [line[0] for line in log["lines"]] == ["alloc", "run", "run", "run"]
        app.do(f"compare-with {path}")
        assert app.tell()["open"] == []

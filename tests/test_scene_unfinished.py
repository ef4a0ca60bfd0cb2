"""A run that has not ended: how far it is known to have gone on, what it has computed, and that it counts nowhere."""

from __future__ import annotations

import numpy as np
import pytest
from support import open_trace
from test_scene_timeline import DARK, HEIGHT, WIDTH, Timeline, boxes_of, row_of, shapes_of
from told_runs import HELPER, MAIN, START, ToldRuns

from ggmlviz.analysis.time_range import TimeRange
from ggmlviz.analysis.totals import nodes_of, totals
from ggmlviz.format.layout import RowKind
from ggmlviz.scene.drawing import Lines, Rectangles, Texts
from ggmlviz.scene.newest import minimap_of, newest_of
from ggmlviz.scene.opened import Opened
from ggmlviz.scene.timeline.computed import KIND_COLOURS, UNATTRIBUTED
from ggmlviz.scene.timeline.frame import Look
from ggmlviz.scene.timeline.scene import TimelineScene
from ggmlviz.trace.live import LiveTrace
from ggmlviz.trace.unfinished import unfinished_runs

BEGIN, OP, UNTIL = 3000, 90, 3400


def begin_a_run(made: ToldRuns, nodes: int, at: int = BEGIN) -> None:
    """Its nodes one after the other, and then nothing but what another barrier tells."""
    twin, at = made.twin, at + START
    twin.row(MAIN, at, RowKind.RUN_BEGIN, value=6)
    twin.row(MAIN, at, RowKind.RUN_GRAPH, value=made.graph(1))
    twin.row(MAIN, at, RowKind.CPU_BEGIN, flags=1, extra=2, value=0)
    for node in range(nodes):
        at += OP
        twin.row(MAIN, at, RowKind.NODE, extra=node, value=20)
        twin.row(HELPER, at, RowKind.BARRIER, value=10)
    twin.row(MAIN, START + UNTIL, RowKind.BARRIER, value=5)


def told(runs: int = 3, nodes: int = 2) -> ToldRuns:
    made = ToldRuns()
    for number in range(runs):
        made.run(number * 1000)
    begin_a_run(made, nodes)
    return made


@pytest.fixture
def killed(tmp_path):
    return Timeline(told().trace(tmp_path))


def test_it_is_told_and_is_no_run(killed):
    (run,) = unfinished_runs(killed.trace)
    assert (run["number"], run["begin"], run["until"], run["graph"], run["nodes"]) == (6, BEGIN, UNTIL, 0, 2)
    assert killed.opened.whole == killed.opened.first_view == TimeRange(0, UNTIL)
    assert len(killed.trace.runs) == 3 and len(killed.trace.ops) == 6
    assert sum(total.count for total in totals(nodes_of(killed.trace), "op")) == 6


def test_it_is_open_to_the_right(killed):
    scene = killed.scene(TimeRange(2500, 4000))
    row, x = row_of(scene, "runs"), scene.frame.time.x
    box = shapes_of(scene, "runs", Rectangles)[-1].box
    assert box.tolist() == [[np.float32(x(BEGIN)), row.top, np.float32(x(UNTIL)), row.bottom]]
    slanting, edges = (shape.ends for shape in shapes_of(scene, "runs", Lines))
    upright = edges[edges[:, 0] == edges[:, 2]]
    assert len(edges) == 3 and upright[:, 0].tolist() == [np.float32(x(BEGIN))]
    assert len(slanting) > 5 and slanting[:, [0, 2]].min() >= box[0, 0] and slanting[:, [0, 2]].max() <= box[0, 2]
    assert shapes_of(scene, "runs", Texts)[-1].texts == ["generation · unfinished, since 0.000 s"]


def test_its_left_edge_is_only_where_it_began(killed):
    scene = killed.scene(TimeRange(3100, 3300))
    edges = shapes_of(scene, "runs", Lines)[1].ends
    assert len(edges) == 2 and (edges[:, 0] == scene.frame.left).all() and (edges[:, 1] == edges[:, 3]).all()
    assert not shapes_of(killed.scene(TimeRange(0, 2900)), "runs", Lines)


def test_its_ops_are_among_the_others(killed):
    scene = killed.scene(TimeRange(2900, 3300))
    drawn = shapes_of(scene, "ops", Rectangles)[-1]
    edges = scene.frame.time.x(np.array([BEGIN, BEGIN + OP, BEGIN + 2 * OP])).astype(np.float32)
    assert drawn.box[:, 0].tolist() == edges[:2].tolist() and drawn.box[:, 2].tolist() == edges[1:].tolist()
    ended = killed.lanes.computed.kinds[:2]  # the same two ops in a run that ended
    assert (drawn.fill == KIND_COLOURS[ended]).all()
    assert shapes_of(scene, "ops", Texts)[-1].texts == ["MUL_MAT ffn_out-3", "ADD l_out-3"]


def test_the_cards_say_it(killed):
    scene = killed.scene()

    def text(key: str, moment: int) -> str:
        hit = scene.at(float(scene.frame.time.x(moment)), row_of(scene, key).top + 3)
        assert (hit.kind, hit.run, hit.execution) == ("unfinished", None, None)
        return hit.text

    said = text("runs", BEGIN + 50)
    assert "run 7: generation, unfinished" in said and "when it ends is not known" in said
    assert "400 ns at least" in said and "2 nodes computed" in said
    assert text("ops", BEGIN + 50).splitlines()[::2] == [
        "MUL_MAT  ffn_out-3",
        "run 7, unfinished: it is in no statistics",
    ]
    assert scene.at(float(scene.frame.time.x(BEGIN - 50)), row_of(scene, "runs").top + 3) is None


def test_nothing_tells_its_nodes_where_no_section_ended(tmp_path):
    timeline = Timeline(told(runs=0, nodes=1).trace(tmp_path))
    scene = timeline.scene()
    assert timeline.opened.whole == TimeRange(BEGIN, UNTIL)
    assert [row.lane.key for row in scene.rows][:2] == ["runs", "ops"]
    assert (shapes_of(scene, "ops", Rectangles)[0].fill == KIND_COLOURS[UNATTRIBUTED]).all()
    assert len(boxes_of(scene, "ops")) == 1 and "unattributed" in scene.at(200, row_of(scene, "ops").top + 3).text


def test_rows_that_are_missing_may_have_ended_it(tmp_path):
    made = told()
    made.twin.row(MAIN, START + 3500, RowKind.LOST, value=3)
    timeline = Timeline(made.trace(tmp_path))
    assert not len(unfinished_runs(timeline.trace)) and not len(timeline.opened.unfinished)
    assert not timeline.lanes.computed.unfinished


def test_of_one_that_is_watched_it_is_seen_from_its_begin(tmp_path):
    """Also where it began before what is newest of it; of its ops there is nothing until the timeline stands."""
    path = told().write(tmp_path / "told.ggmlviz")
    trace = LiveTrace(type(open_trace(path).recording).open(path)).trace
    assert len(trace.runs) == 3
    newest = newest_of(trace, None, 200, minimap_of(trace))
    assert not len(newest.opened.trace.runs) and newest.full.whole == TimeRange(0, UNTIL)
    look = Look(WIDTH, HEIGHT, DARK, TimeRange(UNTIL - 200, UNTIL), newest.full.whole)
    scene = TimelineScene(newest.lanes, look)
    box = shapes_of(scene, "runs", Rectangles)[-1].box
    assert box[0, [0, 2]].tolist() == [scene.frame.left, WIDTH]
    assert "begun at 0.000003 s" in scene.at(600, row_of(scene, "runs").top + 3).text
    assert not newest.lanes.computed.unfinished
    assert len(Timeline(trace).lanes.computed.unfinished) == 1


def test_a_later_part_of_a_long_trace_is_looked_at_from_its_end(tmp_path):
    """What is going on is the same however many rows were written before."""
    made = ToldRuns()
    for number in range(500):
        made.run(number * 1000)
    begin_a_run(made, 2, 600_000)
    lane = made.trace(tmp_path).lanes[MAIN]
    begin = int(np.flatnonzero(lane.kinds == RowKind.RUN_BEGIN)[-1])
    assert lane.last_of(RowKind.RUN_BEGIN) == begin and lane.last_of(RowKind.RUN_BEGIN, behind=begin) is None
    assert lane.last_of(RowKind.RUN_GRAPH, behind=begin) == begin + 1 and not lane.broken_behind(begin)
    assert Opened(made.trace(tmp_path)).unfinished["begin"].tolist() == [600_000]

"""What the timeline draws is where it happened: widths, places, what lies under the mouse."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from support import llama, needs_llama, open_trace, under_shim
from told_runs import MAIN, START, ToldRuns
from twin import LOST as LOST_ROW

from ggmlviz.analysis.find_ops import find_ops
from ggmlviz.analysis.query import parse
from ggmlviz.analysis.time_range import TimeRange
from ggmlviz.export.png import image
from ggmlviz.format.layout import RowFlag
from ggmlviz.scene.drawing import Raster, Rectangles, Texts
from ggmlviz.scene.lettering import text_width
from ggmlviz.scene.opened import Opened
from ggmlviz.scene.palette import DARK, LIGHT, LOST
from ggmlviz.scene.selection import of_execution
from ggmlviz.scene.time_scale import SHORTEST, inside, zoomed
from ggmlviz.scene.timeline.computed import KIND_COLOURS, Computed
from ggmlviz.scene.timeline.counters import ROOM
from ggmlviz.scene.timeline.found import in_columns
from ggmlviz.scene.timeline.frame import MOST_BOXES, Look, Note
from ggmlviz.scene.timeline.lanes import Lanes
from ggmlviz.scene.timeline.scene import TimelineScene
from ggmlviz.scene.timeline.shares import stacked

WIDTH, HEIGHT = 1040, 520


class Timeline:
    def __init__(self, trace):
        self.trace, self.opened = trace, Opened(trace)
        self.lanes = Lanes(self.opened)
        self.lanes.add(Computed(self.opened))
        self.look = Look(WIDTH, HEIGHT, DARK, self.opened.whole, self.opened.whole)

    def scene(self, view=None, **changes) -> TimelineScene:
        return TimelineScene(self.lanes, replace(self.look, view=view or self.look.view, **changes))

    def of_ops(self, first: int, last: int) -> TimeRange:
        begin = int(self.trace.ops.begin[first])
        return TimeRange(begin, max(int(self.trace.ops.end[last - 1]), begin + SHORTEST))


def row_of(scene, key):
    return next(row for row in scene.rows if row.lane.key == key)


def shapes_of(scene, key, kind):
    row = row_of(scene, key)
    return [shape for shape in row.lane.draw(scene.frame, row.top, row.bottom) if isinstance(shape, kind)]


def boxes_of(scene, key):
    """Filled ones: without outlines and marks."""
    return shapes_of(scene, key, Rectangles)[0].box.astype(np.float64)


@pytest.fixture(scope="module")
def capture(models, tmp_path_factory):
    output = tmp_path_factory.mktemp("captures") / "small.ggmlviz"
    under_shim(llama(models.tiny, "--tokens", "20", "--threads", "2"), GGML_VIZ_OUTPUT=output)
    return Timeline(open_trace(output))


@pytest.fixture
def told(tmp_path):
    made = ToldRuns()
    for number in range(4):
        made.run(number * 1000, tokens=1 if number else 3)
    return Timeline(made.trace(tmp_path))


def test_told_places(told):
    scene = told.scene(TimeRange(1000, 2000))
    per_ns = scene.frame.columns / 1000
    expected = np.array([[0, 100], [100, 150]]) * per_ns + scene.frame.left
    assert np.allclose(boxes_of(scene, "ops")[:, [0, 2]], expected, atol=1e-3)
    assert np.allclose(
        boxes_of(scene, "runs")[:, [0, 2]], [[scene.frame.left, scene.frame.left + 170 * per_ns]], atol=1e-3
    )
    thread = boxes_of(scene, "thread 1")[:, [0, 2]]
    assert np.allclose((thread - scene.frame.left) / per_ns, [[0, 70], [70, 100], [100, 130], [130, 150]], atol=1e-3)


@needs_llama
def test_widths_are_durations_and_nothing_overlaps(capture):
    for first in range(0, len(capture.trace.ops) - 300, 311):
        view = capture.of_ops(first, first + 300)
        scene = capture.scene(view)
        box = boxes_of(scene, "ops")
        per_ns = scene.frame.columns / (view.end - view.begin)
        took = capture.trace.ops.duration[first : first + 300] * per_ns
        assert np.allclose(box[:, 2] - box[:, 0], took, atol=2e-3)
        assert (box[1:, 0] >= box[:-1, 2] - 1e-3).all()
        closer = capture.scene(capture.of_ops(first, first + 60))
        for key in ("runs", "thread 1", "thread 2"):
            box = boxes_of(closer, key)
            assert (box[1:, 0] >= box[:-1, 2] - 1e-3).all()


@needs_llama
def test_threads_fill_their_sections(capture):
    """Work and wait of a thread leave no gap in a section, and end when it left its last barrier."""
    trace = capture.trace
    for section in (1, 5):
        part = trace.sections[section]
        view = TimeRange(int(part["begin"]), int(part["end"]))
        scene = capture.scene(view)
        box = boxes_of(scene, "thread 2")
        lasted = trace.parts[(trace.parts["section"] == section) & (trace.parts["lane"] == 1)][0]
        per_ns = scene.frame.columns / (view.end - view.begin)
        whole = min((lasted["work"] + lasted["wait"]) * per_ns, scene.frame.columns)
        assert np.isclose((box[:, 2] - box[:, 0]).sum(), whole, atol=0.01 * len(box))


@needs_llama
def test_dense_columns_share_their_time(capture):
    scene = capture.scene()
    assert len(capture.trace.ops) > MOST_BOXES
    (raster,) = shapes_of(scene, "ops", Raster)
    lane = row_of(scene, "ops").lane
    amounts = capture.lanes.computed.shares(scene.frame, lane.lane)
    assert amounts.sum() == capture.trace.ops.duration.sum()
    height = raster.pixels.shape[0]
    for column in range(0, scene.frame.columns, 37):
        pixels = raster.pixels[:, column].view(np.uint32).ravel()
        for kind, colour in enumerate(KIND_COLOURS):
            drawn = (pixels == colour.view(np.uint32)[0]).sum()
            assert abs(drawn - amounts[column, kind] / scene.frame.time.ns_per_pixel * height) <= 1.01


def test_a_column_in_which_anything_happened_shows_it():
    amounts = np.array([[0, 1, 0], [0, 0, 0], [500, 1, 499], [333, 333, 333]])
    colours = np.array([[255, 0, 0, 255], [0, 255, 0, 255], [0, 0, 255, 255]], np.uint8)
    pixels = stacked(amounts, 1000, colours, (0, 0, 4, 10)).pixels
    filled = pixels[:, :, 3] > 0
    assert filled.sum(axis=0).tolist() == [1, 0, 10, 10]
    assert tuple(pixels[9, 0]) == (0, 255, 0, 255)  # from below
    assert [tuple(pixels[row, 3][:3]) for row in (9, 5, 0)] == [(255, 0, 0), (0, 255, 0), (0, 0, 255)]
    assert (pixels[:, 2, 0] == 255).sum() == 5 and (pixels[:, 2, 2] == 255).sum() == 5


@needs_llama
def test_facts_of_many_are_those_of_each(capture):
    computed, trace = capture.lanes.computed, capture.trace
    chosen = np.random.default_rng(3).integers(0, len(trace.ops), 200)
    for execution, facts in zip(chosen.tolist(), computed.facts_of(chosen), strict=True):
        section = np.flatnonzero(trace.sections["first_execution"] <= execution)[-1]
        graph = int(trace.runs["graph"][trace.sections["run"][section]])
        fused = bool(trace.ops.flags[execution] & RowFlag.NODE_FUSED)
        assert facts == capture.opened.facts.of(graph, int(trace.ops.node[execution]), fused)


@needs_llama
def test_every_op_is_met_at_the_deepest_zoom(capture):
    ops, whole = capture.trace.ops, capture.opened.whole
    for execution in range(0, len(ops), 7):
        middle = (int(ops.begin[execution]) + int(ops.end[execution])) // 2
        scene = capture.scene(inside(TimeRange(middle - SHORTEST // 2, middle + SHORTEST // 2), whole))
        row = row_of(scene, "ops")
        x = float(scene.frame.time.x(np.int64(middle)))
        hit = scene.at(x + 0.5, (row.top + row.bottom) / 2)
        assert (hit.kind, hit.execution) == ("op", execution)
        assert f"({int(ops.duration[execution]):,} ns)" in hit.text


def test_an_op_that_took_no_time_is_met(tmp_path):
    made = ToldRuns()
    made.run(1000, arrivals=((70, 90), (0, 0)), barrier=0)
    timeline = Timeline(made.trace(tmp_path))
    assert timeline.trace.ops.duration.tolist() == [90, 0]
    scene = timeline.scene(TimeRange(1080, 1100))
    row = row_of(scene, "ops")
    x = float(scene.frame.time.x(np.int64(1090)))
    assert scene.at(x + 0.5, row.top + 3).execution == 1
    assert scene.at(x - 30, row.top + 3).execution == 0


def test_cards_say_what_is_known(told):
    scene = told.scene(TimeRange(1000, 2000))

    def text(key, moment):
        row = row_of(scene, key)
        return scene.at(float(scene.frame.time.x(np.int64(moment))) + 0.5, (row.top + row.bottom) / 2).text

    assert text("runs", 1160).splitlines()[:2] == ["token 1  ·  run 2", "170 ns  (170 ns)"]
    op = text("ops", 1050).splitlines()
    assert op[:3] == ["MUL_MAT  ffn_out-3", "100  f32", "100 ns  (100 ns)"]
    assert op[3] == "waited: thread 1 30 ns, thread 2 10 ns"
    assert op[4:] == ["layer 3  ·  ffn", "token 1  ·  run 2"]
    assert text("thread 1", 1080).splitlines() == [
        "thread 1 waits in a barrier",
        "30 ns  (30 ns)",
        "MUL_MAT  ffn_out-3",
    ]
    assert text("thread 2", 1080).splitlines()[:2] == ["thread 2 works", "90 ns  (90 ns)"]
    assert text("memory", 1080) == "weights: 6.2 KiB"
    row = row_of(scene, "ops")
    assert scene.at(float(scene.frame.time.x(np.int64(1500))), row.top + 2) is None


def test_zoom_keeps_what_is_under_the_cursor(told):
    view, whole = told.opened.whole, told.opened.whole
    x = 700.0
    moment = told.scene(view).frame.time.time(x)
    for _ in range(12):
        view = zoomed(view, moment, 0.8, whole)
        assert (
            abs(float(told.scene(view).frame.time.x(np.int64(moment))) - x)
            <= 1 + 1 / told.scene(view).frame.time.ns_per_pixel
        )


def test_labels_fit(told):
    for view in (TimeRange(1000, 1200), TimeRange(1000, 1600), told.opened.whole):
        scene = told.scene(view, nest=True)
        for key in ("runs", "ops", "layers", "blocks"):
            box = boxes_of(scene, key)
            for texts in shapes_of(scene, key, Texts):
                for (x, _), text in zip(texts.at.tolist(), texts.texts, strict=True):
                    around = box[(box[:, 0] <= x) & (x < box[:, 2])][0]
                    assert x + text_width(text, texts.size) <= around[2]


def test_labels_say_op_and_tensor(told):
    scene = told.scene(TimeRange(1000, 1170), nest=True)
    (texts,) = shapes_of(scene, "ops", Texts)
    assert texts.texts == ["MUL_MAT ffn_out-3", "ADD l_out-3"]
    assert shapes_of(scene, "runs", Texts)[0].texts == ["token 1 · 170 ns"]
    assert shapes_of(scene, "layers", Texts)[0].texts == ["layer 3"]
    assert shapes_of(scene, "blocks", Texts)[0].texts == ["ffn"]
    assert boxes_of(scene, "layers").shape == (1, 4)


def outlined(scene, key):
    """Left and right of what is outlined in a lane."""
    shapes = shapes_of(scene, key, Rectangles)
    marked = [shape for shape in shapes if shape.edge is not None and tuple(shape.edge[0]) == DARK.accent]
    return [shape.box[0, [0, 2]].tolist() for shape in marked if not shape.fill[0, 3]]


def test_the_selected_op_is_outlined_on_the_threads_that_computed_it(told):
    view = TimeRange(0, 4000)
    scene = told.scene(view, selection=of_execution(told.trace, 2))
    x = scene.frame.time.x(np.array([told.trace.ops.begin[2], told.trace.ops.end[2]])).tolist()
    for key in ("ops", "thread 1", "thread 2"):
        assert outlined(scene, key) == [pytest.approx(x, abs=1e-3)]
    assert outlined(told.scene(view), "thread 1") == []
    elsewhere = told.scene(TimeRange(0, 900), selection=of_execution(told.trace, 2))
    assert outlined(elsewhere, "ops") == outlined(elsewhere, "thread 2") == []


def test_the_split_of_the_selected_op_is_outlined(tmp_path):
    made = ToldRuns()
    device = made.twin.backend(made.text("GPU"), made.library)
    for number in range(3):
        made.run_on_device(number * 1000, device)
    timeline = Timeline(made.trace(tmp_path))
    scene = timeline.scene(selection=of_execution(timeline.trace, 1))
    split = timeline.trace.splits[timeline.trace.splits["backend"] == 0][1]
    x = scene.frame.time.x(np.array([split["begin"], split["end"]])).tolist()
    x[1] = max(x[1], x[0] + 3)
    assert outlined(scene, "splits CPU") == [pytest.approx(x, abs=1e-3)]
    assert outlined(scene, "splits GPU") == []


def test_the_selected_op_is_outlined_and_its_others_marked(told):
    selected = of_execution(told.trace, 2)
    scene = told.scene(TimeRange(0, 4000), selection=selected)
    outline = shapes_of(scene, "ops", Rectangles)[-1]
    x = scene.frame.time.x(np.array([1000, 1100]))
    assert np.allclose(outline.box[0, [0, 2]], x, atol=1e-3) and tuple(outline.edge[0]) == DARK.accent
    marks = shapes_of(scene, "ops", Rectangles)[1]
    # The first run is of another graph, so its nodes are others.
    assert np.allclose(marks.box[:, 0], scene.frame.time.x(np.array([1000, 2000, 3000])), atol=1e-3)


@needs_llama
def test_lit_columns_are_those_with_a_match(capture):
    trace = capture.trace
    (lane,) = capture.lanes.computed.lanes
    found = find_ops(trace, capture.opened.facts, parse("op:add"))
    begins, ends = trace.ops.begin[found.at], trace.ops.end[found.at]
    for view in (capture.opened.whole, capture.of_ops(500, 540)):
        edges = capture.scene(view).frame.edges
        counts = in_columns(trace, lane, found, edges)
        expected = [((ends > low) & (begins < high)).sum() for low, high in pairwise(edges)]
        assert counts.tolist() == expected


def test_loss_is_drawn_and_met(tmp_path):
    made = ToldRuns()
    end = made.run(0)
    made.twin.row(MAIN, START + 5000, LOST_ROW, flags=1, value=312)
    made.run(6000)
    timeline = Timeline(made.trace(tmp_path))
    scene = timeline.scene()
    row = row_of(scene, "ops")
    x = float(scene.frame.time.x(np.int64(2500)))
    hit = scene.at(x, row.top + 3)
    assert hit.kind == "loss" and hit.text.startswith("312 rows lost over 4.83 µs") and hit.span == (end, 5000)
    pixels = np.asarray(image(scene.drawing))[:, :, :3]
    left, right = (int(v) for v in scene.frame.time.x(np.array([end, 5000])))
    pure = (pixels == LOST[:3]).all(axis=2)
    for key in ("runs", "ops", "thread 1"):
        row = row_of(scene, key)
        assert pure[round(row.top) : round(row.bottom), left + 2 : right - 2].mean() > 0.05
    row = row_of(scene, "thread 2")  # nothing was lost there
    assert not pure[round(row.top) : round(row.bottom)].any()
    assert pure[scene.minimap_top :].any()


def test_a_loss_too_short_to_see_is_seen(tmp_path):
    made = ToldRuns()
    end = made.run(0)
    made.twin.row(MAIN, START + end + 1, LOST_ROW, flags=1, value=1)
    made.run(10_000_000)
    scene = Timeline(made.trace(tmp_path)).scene()
    assert (np.asarray(image(scene.drawing))[:, :, :3] == LOST[:3]).all(axis=2).any()
    row = row_of(scene, "ops")
    assert scene.at(scene.frame.left + 1, row.top + 3).kind == "loss"


def test_unattributed_ops_are_grey_and_say_so(tmp_path):
    made = ToldRuns()
    made.run(0, described=False)
    timeline = Timeline(made.trace(tmp_path))
    scene = timeline.scene(TimeRange(0, 170))
    fill = shapes_of(scene, "ops", Rectangles)[0].fill
    assert (fill == KIND_COLOURS[-1]).all()
    assert scene.at(300, row_of(scene, "ops").top + 3).text.startswith("unattributed")
    assert "(unattributed)" in shapes_of(scene, "ops", Texts)[0].texts[0]


def test_counters_show_the_highest_in_each_column(tmp_path):
    made = ToldRuns()
    made.run(0)
    first = made.buffer(2000, "CPU", 5000, 2)
    made.free(first, 2001)
    made.buffer(3000, "CPU", 700, 2)
    made.run(4000, major_faults=2)
    timeline = Timeline(made.trace(tmp_path))
    lane = next(lane for lane in timeline.lanes.all() if lane.key == "memory")
    edges = np.array([0, 1000, 1990, 2500, 3500, 4000])
    weights, compute = lane.in_columns(edges).T
    assert weights.tolist() == [6400] * 5
    assert compute.tolist() == [0, 0, 5000, 700, 700]
    faults = next(lane for lane in timeline.lanes.all() if lane.key == "page faults")
    assert faults.in_columns(np.array([3000, 3999, 4001, 4100, 4171, 5000])).sum(axis=1).tolist() == [0, 2, 2, 2, 0]


def test_a_level_counter_is_the_boxes_that_its_columns_would_be(tmp_path):
    made = ToldRuns()
    made.buffer(0, "CPU", 5000, 2)
    made.run(1000)
    made.run(4000)
    scene = Timeline(made.trace(tmp_path)).scene(TimeRange(2000, 3000))
    row, frame = row_of(scene, "memory"), scene.frame
    (boxes,) = shapes_of(scene, "memory", Rectangles)
    assert not shapes_of(scene, "memory", Raster)
    lane, height = row.lane, round(row.bottom - row.top)
    columns = stacked(lane.in_columns(frame.edges), lane.highest * ROOM, lane._colours, (0, 0, frame.columns, height))
    pixels = np.zeros((height, 4), np.uint8)
    for box, fill in zip(boxes.box.tolist(), boxes.fill, strict=True):
        assert box[0] == frame.left and box[2] == frame.left + frame.columns
        pixels[round(box[1] - row.top) : round(box[3] - row.top)] = fill
    assert len(boxes.box) == 2 and (columns.pixels == pixels[:, None]).all()


def test_headers_are_the_same_shapes_while_the_range_moves(told):
    """So that nobody paints them anew."""
    one, other = told.scene(), told.scene(TimeRange(500, 1500))
    kept = [shape for shape in one.drawing.shapes if any(shape is it for it in other.drawing.shapes)]
    assert any(isinstance(shape, Texts) and "ops" in shape.texts for shape in kept)


def test_lanes_are_pinned_and_filtered(told):
    scene = told.scene(pinned=("memory",))
    assert scene.rows[0].lane.key == "memory" and scene.rows[0].pinned
    scene = told.scene(filter="thread mem")
    assert [row.lane.key for row in scene.rows] == ["thread 1", "thread 2", "memory"]
    scene = told.scene(filter="thread", pinned=("runs",))
    assert [row.lane.key for row in scene.rows] == ["runs", "thread 1", "thread 2"]
    assert any(
        "no lane" in text
        for shape in told.scene(filter="zzz").drawing.shapes
        if isinstance(shape, Texts)
        for text in shape.texts
    )


def test_lanes_that_do_not_fit_scroll(told):
    scene = told.scene(height=200)
    assert scene.most_scroll > 0
    last = told.scene(height=200, scroll=1e9)
    assert last.rows[-1].bottom <= last.minimap_top
    assert last.rows[-1].bottom == pytest.approx(scene.rows[-1].bottom - scene.most_scroll, abs=1)
    assert not told.scene(height=900).most_scroll
    pinned = told.scene(height=200, scroll=60, pinned=("ops",))
    assert pinned.rows[0].top == told.scene(height=200, pinned=("ops",)).rows[0].top
    assert pinned.row_at(pinned.rows[0].top + 1).lane.key == "ops"


def test_the_minimap_shows_where_one_is(told):
    whole = told.opened.whole
    quarter = (whole.end - whole.begin) // 4
    scene = told.scene(TimeRange(whole.begin + quarter, whole.begin + 2 * quarter))
    left, right = told.lanes.minimap.window(scene.frame)
    assert left == pytest.approx(scene.frame.left + scene.frame.columns / 4, abs=1)
    assert right == pytest.approx(scene.frame.left + scene.frame.columns / 2, abs=1)
    moved = told.lanes.minimap.moved_to(scene.frame, whole.begin + 3 * quarter)
    assert moved.end - moved.begin == quarter and abs((moved.begin + moved.end) // 2 - whole.begin - 3 * quarter) <= 1


def test_marks_are_where_they_were_set(told):
    look = {"area": TimeRange(1000, 2000), "measured": (2000, 1500), "notes": (Note(500, "here"),)}
    scene = told.scene(TimeRange(0, 4000), **look)
    texts = [text for shape in scene.drawing.shapes if isinstance(shape, Texts) for text in shape.texts]
    assert {"1.00 µs", "500 ns  (500 ns)", "here"} <= set(texts)
    assert scene.at(float(scene.frame.time.x(np.int64(500))) + 2, 8).text == "here"


def test_before_ops_are_found_runs_are_there(told):
    lanes = Lanes(told.opened)
    scene = TimelineScene(lanes, told.look)
    assert [row.lane.key for row in scene.rows][:2] == ["runs", "ops"]
    assert len(boxes_of(scene, "runs")) == 4
    assert shapes_of(scene, "ops", Texts)[0].texts == ["reading the ops …"]


@needs_llama
@pytest.mark.parametrize("theme", [DARK, LIGHT])
@pytest.mark.parametrize("size", [(640, 300), (2560, 1400)])
def test_any_size_can_be_drawn(capture, theme, size):
    for scale in (1.0, 2.0):
        look = {"width": size[0], "height": size[1], "theme": theme, "scale": scale, "nest": True}
        drawing = capture.scene(capture.of_ops(100, 160), **look).drawing
        assert image(drawing).size == size

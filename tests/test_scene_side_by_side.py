"""Several programs in one timeline: what is drawn of another one lies where it would in the main one's times."""

from __future__ import annotations

import gc
import weakref
from dataclasses import replace

import numpy as np
import pytest
from support import open_trace
from test_scene_timeline import DARK, HEIGHT, WIDTH, Timeline, row_of, shapes_of
from told_runs import ToldRuns

from ggmlviz.analysis.program_name import name_of
from ggmlviz.analysis.time_range import TimeRange
from ggmlviz.scene.companions import Companion, companion_of, reach_of, shift_to
from ggmlviz.scene.drawing import Raster, Rectangles, Texts
from ggmlviz.scene.focus import Focus
from ggmlviz.scene.opened import Opened
from ggmlviz.scene.timeline.beside import Beside
from ggmlviz.scene.timeline.computed import Computed
from ggmlviz.scene.timeline.drawing import TimelineOptions, timeline_drawing
from ggmlviz.scene.timeline.lanes import Lanes
from ggmlviz.scene.timeline.scene import TimelineScene
from ggmlviz.trace.live import LiveTrace

DAYS = 1 << 59  # ns on the clock of the machine: more than a float64 can tell apart
LATER = 777  # ns that the other program started behind the main one
OTHER = "llama-other 4242"
VIEW = TimeRange(0, 2000)


def told(folder, name: str, begins: tuple[int, ...], start: int):
    made = ToldRuns()
    made.twin.start = (1000, start, 1_700_000_000_000_000_000)
    made.twin.meta(made.text("command"), made.text(f"/bin/{name} -m x"))
    for begin in begins:
        made.run(begin)
    return open_trace(made.write(folder / name))


def companion(trace, state: str = "live") -> Companion:
    opened = Opened(trace)
    lanes = Lanes(opened)
    lanes.add(Computed(opened))
    return Companion(state, opened, lanes)


@pytest.fixture
def main(tmp_path):
    return Timeline(told(tmp_path, "llama-main", (0, 1000, 2000), DAYS))


@pytest.fixture
def other(tmp_path):
    return told(tmp_path, "llama-other", (0, 1000), DAYS + LATER)


def scene(main: Timeline, beside: Beside, view=VIEW, **changes) -> TimelineScene:
    return TimelineScene(main.lanes, replace(main.look, view=view, **changes), (beside,))


def test_the_shift_is_exact(main, other):
    assert shift_to(main.trace, other) == LATER and shift_to(other, main.trace) == -LATER
    assert shift_to(other, other) == 0


def test_it_lies_where_it_happened(main, other, tmp_path):
    """The same as of a trace with the other's runs, shifted, that is the main one."""
    of = companion(other)
    drawn = scene(main, Beside(of, of.lanes, main.trace))
    expected = Timeline(told(tmp_path, "same", (LATER, 1000 + LATER), DAYS)).scene(TimeRange(0, 2000))
    for lane in ("runs", "ops", "thread 1", "thread 2"):
        found = shapes_of(drawn, f"{OTHER} {lane}", Rectangles)[1]
        wanted = shapes_of(expected, lane, Rectangles)[0]
        assert np.array_equal(found.box[:, [0, 2]], wanted.box[:, [0, 2]]), lane
        assert np.array_equal(found.fill, wanted.fill), lane
    scale = drawn.frame.time
    assert shapes_of(drawn, f"{OTHER} runs", Rectangles)[1].box[0, 0] == np.float32(scale.x(np.array(LATER)))


def test_what_is_under_the_mouse(main, other):
    of = companion(other)
    drawn = scene(main, Beside(of, of.lanes, main.trace))
    row = row_of(drawn, f"{OTHER} runs")
    middle = (row.top + row.bottom) / 2
    hit = drawn.at(float(drawn.frame.time.x(np.array(LATER + 10))), middle)
    begin, end = (int(other.runs[edge][0]) for edge in ("begin", "end"))
    assert (hit.kind, hit.process, hit.span) == ("beside", of.full.path, TimeRange(begin + LATER, end + LATER))
    assert OTHER in hit.text and "click: make it the main program" in hit.text
    assert hit.run is None and hit.execution is None  # these are numbers of the main program
    heading = next(row for row in drawn.rows if row.lane.key.startswith(OTHER))
    assert drawn.at(5, (heading.top + heading.bottom) / 2).process == of.full.path
    assert drawn.at(5, middle).kind == "beside"  # none of its lanes is kept at the top
    own = row_of(drawn, "runs")
    assert drawn.at(float(drawn.frame.time.x(np.array(10))), (own.top + own.bottom) / 2).kind == "run"


def test_what_is_not_read_yet_does_not_look_idle(main, other):
    of = replace(companion(other), until=500)
    drawn = scene(main, Beside(of, of.lanes, main.trace))
    right = drawn.frame.left + drawn.frame.columns
    for lane in ("runs", "ops", "thread 1"):
        box = shapes_of(drawn, f"{OTHER} {lane}", Rectangles)[0].box
        assert box[:, [0, 2]].tolist() == [[float(np.float32(drawn.frame.time.x(np.array(500 + LATER)))), right]]
    row = row_of(drawn, f"{OTHER} ops")
    assert "not read yet" in drawn.at(right - 300, (row.top + row.bottom) / 2).text
    read = Beside(replace(of, until=2000 - LATER), of.lanes, main.trace)
    assert not len(shapes_of(scene(main, read), f"{OTHER} runs", Rectangles)[0].box)


def test_headings_say_whose_lanes_they_are(main, other):
    of = companion(other, "crashed")
    drawn = scene(main, Beside(of, of.lanes, main.trace))
    texts = [text for shape in drawn.drawing.shapes if isinstance(shape, Texts) for text in shape.texts]
    assert "llama-main 4242" in texts and f"{OTHER} · crashed" in texts
    alone = main.scene()
    assert "llama-main 4242" not in [
        text for shape in alone.drawing.shapes if isinstance(shape, Texts) for text in shape.texts
    ]


def keys(drawn: TimelineScene) -> list[str]:
    return [row.lane.key for row in drawn.rows]


def test_what_is_left_out_where_there_is_little_room(main, other):
    of = companion(other)
    beside = Beside(of, of.lanes, main.trace)
    memory = [lane.key for lane in main.lanes.all() if main.lanes.of_memory(lane)]
    computed = [lane.key for lane in main.lanes.shown(main.look) if not main.lanes.of_memory(lane)]
    few, threads = [f"{OTHER} {lane}" for lane in ("runs", "ops")], [f"{OTHER} thread {n}" for n in (1, 2)]
    assert keys(scene(main, beside, height=800)) == [
        "llama-main 4242", *computed, *memory, OTHER, *few, *threads
    ]  # fmt: skip
    assert memory and keys(scene(main, beside, height=160)) == [
        "llama-main 4242", *computed, OTHER, *few, "llama-main 4242 · memory", *memory
    ]  # fmt: skip
    for height in range(120, 900, 20):
        drawn = scene(main, beside, height=height)
        assert drawn.most_scroll == 0 or drawn.rows[-1].bottom - drawn.most_scroll <= drawn.minimap_top
        assert {*computed, *memory, *few} <= set(keys(drawn))


def test_pins_and_filters(main, other):
    of = companion(other)
    beside = Beside(of, of.lanes, main.trace)
    drawn = scene(main, beside, height=800, pinned=("ops",), filter="runs")
    assert keys(drawn) == ["ops", "llama-main 4242", "runs", OTHER, f"{OTHER} runs"]
    assert keys(scene(main, beside, filter="other")) == [OTHER, *(f"{OTHER} {lane}" for lane in ("runs", "ops"))] + [
        f"{OTHER} thread {number}" for number in (1, 2)
    ]


def test_the_newest_part_of_one_that_grows(main, other):
    live = LiveTrace(type(other.recording).open(other.recording.path))
    of = companion_of(live.trace, None, 300, "live")
    assert len(of.full.trace.runs) == 2 and len(of.lanes.trace.runs) == 1
    assert companion_of(live.trace, of.full, 300, "live").full.facts is not None
    drawn = scene(main, Beside(of, of.lanes, main.trace))
    box = shapes_of(drawn, f"{OTHER} runs", Rectangles)[1].box
    assert len(box) == 1 and box[0, 0] == np.float32(drawn.frame.time.x(np.array(1000 + LATER)))


def test_memory_of_an_old_state_is_free_at_once(main, other):
    """Five times a second there is a new one: none may wait for the garbage collector."""
    of = companion(other)
    drawn, seen = scene(main, Beside(of, of.lanes, main.trace)), weakref.ref(of.lanes)
    gc.disable()
    try:
        del of, drawn
        assert seen() is None
    finally:
        gc.enable()


def test_any_view_can_be_drawn(main, other):
    """Also where nothing of it lies, before it began and behind its end."""
    of = companion(other)
    beside = Beside(of, of.lanes, main.trace)
    for view in (TimeRange(0, 100), TimeRange(-500, 400), TimeRange(2500, 2600), TimeRange(0, 1 << 40)):
        for size in ((WIDTH, HEIGHT), (200, 90)):
            drawn = scene(main, beside, view=view, width=size[0], height=size[1], theme=DARK)
            assert drawn.drawing.width == size[0]


def test_what_all_of_them_did_can_be_seen(tmp_path):
    """From the first begin to the last end, whoever's it is; the view may lie where only another one did anything."""
    main = Timeline(told(tmp_path, "llama-main", (5000,), DAYS))
    late, early = (
        companion(told(tmp_path, name, (at,), DAYS + shift))
        for name, at, shift in (("late", 9000, LATER), ("early", 0, -LATER))
    )
    begin, end = main.opened.whole
    assert reach_of(main.opened, ()) == (begin, end)
    ends = late.full.whole.end + LATER
    assert reach_of(main.opened, (late,)) == (begin, ends) and ends > end
    assert reach_of(main.opened, (late, early)) == (early.full.whole.begin - LATER, ends)
    drawn = scene(main, Beside(late, late.lanes, main.trace), TimeRange(9000, ends), whole=TimeRange(begin, ends))
    box = shapes_of(drawn, f"{name_of(late.full.trace)} runs", Rectangles)[1].box
    assert box[0, 0] == np.float32(drawn.frame.time.x(np.array(9000 + LATER)))
    assert not shapes_of(drawn, "runs", Rectangles)
    # what it held then is not known: it may be gone
    assert not shapes_of(drawn, "memory", Raster)[0].pixels.any()
    assert drawn.at(float(drawn.frame.time.x(np.array(9500))), row_of(drawn, "memory").top + 3) is None


def test_a_picture_shows_them_too(main, other, tmp_path):
    of = companion(other)
    options = TimelineOptions(beside=(Beside(of, of.lanes, main.trace),))
    focus = Focus(reach_of(main.opened, (of,)))
    drawn = timeline_drawing(main.opened, focus, options, WIDTH, HEIGHT, DARK)
    alone = timeline_drawing(main.opened, focus, TimelineOptions(), WIDTH, HEIGHT, DARK)
    texts = [text for shape in drawn.shapes if isinstance(shape, Texts) for text in shape.texts]
    assert any(OTHER in text for text in texts) and len(drawn.shapes) > len(alone.shapes)
    # where the window of the minimap ends is where all that is to be seen ends
    window = [shape for shape in drawn.shapes if isinstance(shape, Rectangles)][-1].box[0]
    assert window[2] == WIDTH

"""The strip of runs and the steps between them: every run is there, as high as it was long, and can be hit."""

from __future__ import annotations

import numpy as np
import pytest
from told_runs import ToldRuns

from ggmlviz.scene.drawing import Rectangles
from ggmlviz.scene.opened import Opened
from ggmlviz.scene.palette import DARK
from ggmlviz.scene.run_steps import nearest, place_of, run_words, step
from ggmlviz.scene.token_strip import token_strip

LONG = 7  # the run that takes longest


@pytest.fixture(scope="module")
def opened(tmp_path_factory) -> Opened:
    """Fifty runs, 10 µs apart: a prompt of three tokens and 49 that generate."""
    runs = ToldRuns()
    for number in range(50):
        late = 2000 if number == LONG else 90
        runs.run(number * 10_000, tokens=1 if number else 3, arrivals=((70, late), (30, 40)))
    return Opened(runs.trace(tmp_path_factory.mktemp("strip")))


def bars(strip) -> np.ndarray:
    return next(shape for shape in strip.drawing.shapes if isinstance(shape, Rectangles)).box


def test_every_run_has_a_bar_of_its_own_and_is_hit_there(opened):
    strip = token_strip(opened, 400, 30, None, DARK, 1.0)
    boxes = bars(strip)
    assert len(boxes) == 50
    assert (boxes[1:, 0] >= boxes[:-1, 2]).all()
    middles = (boxes[:, 0] + boxes[:, 2]) / 2
    assert [strip.place_at(x) for x in middles.tolist()] == list(range(50))
    assert strip.place_at(399.9) == 49
    assert strip.place_at(-1) is None and strip.place_at(400) is None


def test_bars_are_as_high_as_their_runs_are_long(opened):
    boxes = bars(token_strip(opened, 400, 30, None, DARK, 1.0))
    heights = boxes[:, 3] - boxes[:, 1]
    assert heights.argmax() == LONG and heights[LONG] == 28
    others = np.delete(heights, LONG)
    assert np.ptp(others) < 1e-3 and 0 < others[0] < 28


def test_where_runs_share_a_bar_the_longest_of_them_is_what_is_hit(opened):
    strip = token_strip(opened, 20, 30, None, DARK, 1.0)
    boxes = bars(strip)
    assert len(boxes) == 10
    tallest = int((boxes[:, 3] - boxes[:, 1]).argmax())
    assert strip.place_at((tallest + 0.5) * strip.bar) == LONG
    assert [strip.place_at((bar + 0.5) * strip.bar) // 5 for bar in range(10)] == list(range(10))


def test_the_current_run_is_lit_at_its_place(opened):
    plain = bars(token_strip(opened, 400, 30, None, DARK, 1.0))
    run = int(opened.runs_by_time[12])
    strip = token_strip(opened, 400, 30, run, DARK, 1.0)
    *_, lit = strip.drawing.shapes
    assert lit.box.tolist() == plain[12:13].tolist()
    assert tuple(lit.fill[0]) == DARK.accent


def test_steps_stop_at_both_ends(opened):
    order = opened.runs_by_time
    assert step(opened, int(order[3]), 1, 0) == order[4]
    assert step(opened, int(order[0]), -1, 0) is None
    assert step(opened, int(order[-1]), 1, 0) is None
    assert step(opened, None, 1, 30_050) == order[3]
    assert place_of(opened, int(order[9])) == 9


def test_the_nearest_run_is_the_one_going_on_then(opened):
    order = opened.runs_by_time
    assert nearest(opened, -5) == order[0]
    assert nearest(opened, 29_999) == order[2]
    assert nearest(opened, 1 << 40) == order[-1]


def test_a_run_is_said_with_its_token(opened):
    order = opened.runs_by_time
    # 90 + 10 until the first barrier opens, 40 or 30 + 10 to the second, 20 behind it
    assert run_words(opened, int(order[0])).startswith("3 tokens · prompt · ")
    assert run_words(opened, int(order[5])).startswith("token 5 · generation · ")


def test_a_trace_without_runs_has_an_empty_strip(tmp_path):
    strip = token_strip(Opened(ToldRuns().trace(tmp_path)), 400, 30, None, DARK, 1.0)
    assert strip.drawing.shapes == () and strip.place_at(5) is None


def test_no_room_for_a_bar_is_no_mistake(opened):
    strip = token_strip(opened, 5, 30, None, DARK, 3.0)
    assert strip.drawing.shapes == () and strip.place_at(2.0) is None

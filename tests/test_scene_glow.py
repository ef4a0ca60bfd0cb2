"""Memory that glows where it was touched just now, and fades."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from support import open_trace
from told_runs import ToldRuns

from ggmlviz.analysis.memory.last_touches import last_touches
from ggmlviz.analysis.memory.tensor_accesses import NEVER
from ggmlviz.analysis.time_range import EVERYTHING, TimeRange
from ggmlviz.export.svg import svg
from ggmlviz.format.recording import Recording
from ggmlviz.scene.drawing import Rectangles, Texts
from ggmlviz.scene.focus import Focus
from ggmlviz.scene.heatmap.drawing import heatmap_drawing
from ggmlviz.scene.heatmap.glow import glowing
from ggmlviz.scene.heatmap.intensity import COLD, FADES, JUST_NOW, glow_scale
from ggmlviz.scene.heatmap.options import HeatmapOptions
from ggmlviz.scene.heatmap.scene import accesses_of, heatmap_picture
from ggmlviz.scene.heatmap.subject import subject_of
from ggmlviz.scene.opened import Opened
from ggmlviz.scene.palette import DARK
from ggmlviz.trace.live import LiveTrace

SIZE = (700, 160)


@pytest.fixture
def opened(tmp_path):
    made = ToldRuns()
    for begin in (0, 1000, 2000):
        made.run(begin)
    return Opened(open_trace(made.write(tmp_path / "told")))


def picture_of(opened, full: bool = False):
    focus = Focus(opened.whole)
    options = HeatmapOptions(measure="recency", glows=True, full=full)
    subject = subject_of(opened, focus, options)
    done = accesses_of(opened, subject, options)
    return heatmap_picture(opened, focus, options, subject, done, SIZE, DARK), (opened, focus, options, DARK)


def test_the_last_of_each_is_that_of_all_sums(opened):
    for range in (EVERYTHING, TimeRange(0, 1500), TimeRange(5000, 6000)):
        wanted = opened.accesses.within(range, timed=False)["last"]
        assert np.array_equal(last_touches(opened.trace, opened.accesses, range), wanted)


def test_of_a_later_state(tmp_path):
    made = ToldRuns()
    made.run(0)
    path = tmp_path / "growing"
    path.write_bytes(made.twin.bytes())
    live = LiveTrace(Recording.open(path))
    before = Opened(live.trace)
    last = last_touches(live.trace, before.accesses, EVERYTHING)
    made.run(1000)
    made.run(2000, tokens=3)  # of a graph that nobody knew
    path.write_bytes(made.twin.bytes())
    assert live.advance()
    later = last_touches(live.trace.since(900), before.accesses, EVERYTHING)
    assert len(live.trace.runs) == 3 and ((later - last)[last != NEVER] == 1000).all()
    assert np.array_equal(later == NEVER, last == NEVER)


def test_the_same_at_once(opened):
    (picture, about), last = picture_of(opened), last_touches(opened.trace, opened.accesses, EVERYTHING)
    _, focus, options, theme = about
    now = int(last.max()) + FADES // 10
    wanted = glowing(picture, last, now, *about).drawing
    drawn = heatmap_drawing(opened, focus, replace(options, now=now), *SIZE, theme)
    later = heatmap_drawing(opened, focus, replace(options, now=now + FADES), *SIZE, theme)
    assert "".join(svg(drawn)) == "".join(svg(wanted)) != "".join(svg(later))


def test_it_fades(opened):
    (picture, about), last = picture_of(opened), last_touches(opened.trace, opened.accesses, EVERYTHING)
    ends = int(last.max())
    brightness = []
    for age in (0, round(JUST_NOW), 10 * round(JUST_NOW), FADES // 10, FADES, 2 * FADES):
        shown = glowing(picture, last, ends + age, *about)
        heat = np.concatenate([band.heat for band in shown.bands])
        assert np.array_equal(heat == COLD, np.concatenate([band.heat for band in picture.bands]) == COLD)
        brightness.append(float(heat.max()))
        assert shown.scale.labels() == ("10.0 s ago", "99.0 ms", "now")
    assert brightness[0] == 1 and brightness[-2] == brightness[-1] == 0
    assert (np.diff(brightness[:-1]) < 0).all()


@pytest.mark.parametrize("full", [False, True])
def test_only_the_colours_of_cells_are_new(opened, full):
    (picture, about), last = picture_of(opened, full), last_touches(opened.trace, opened.accesses, EVERYTHING)
    shown = glowing(picture, last, int(last.max()) + 50_000_000, *about)
    before, after = picture.drawing.shapes, shown.drawing.shapes
    assert isinstance(before[0], Rectangles) and np.array_equal(before[0].box, after[0].box)
    assert not np.array_equal(before[0].fill, after[0].fill)
    texts = [
        [text for shape in shapes if isinstance(shape, Texts) for text in shape.texts] for shapes in (before, after)
    ]
    assert texts[0] == texts[1] and texts[0]
    assert shown.bands[0].boxes.tolist() == picture.bands[0].boxes.tolist()


def test_the_scale(opened):
    scale = glow_scale(0)
    assert scale.of_ages(np.array([0, FADES, -5])).tolist() == [1, 0, 1]
    assert 0.7 < float(scale.of_ages(np.array([10_000_000]))[0]) < 0.8

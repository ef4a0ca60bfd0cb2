"""Roofline: dots are where their numbers are, below the ceilings that were measured, and labels lie over nothing."""

from __future__ import annotations

import pytest
from support import llama, needs_llama, traced
from told_runs import ToldRuns

from ggmlviz.analysis.ceilings import Ceiling
from ggmlviz.analysis.roofline import roofline
from ggmlviz.analysis.totals import nodes_of
from ggmlviz.scene.drawing import Texts
from ggmlviz.scene.lettering import text_width
from ggmlviz.scene.palette import LIGHT
from ggmlviz.scene.statistics.labels import Labels
from ggmlviz.scene.statistics.log_scale import LogScale
from ggmlviz.scene.statistics.roofline import MEASURE, NOTHING, axes_of, roofline_picture

SIZE = (800, 400)
CEILING = Ceiling(2, 20e9, 70e9)


def texts_of(drawing):
    return [text for shape in drawing.shapes if isinstance(shape, Texts) for text in shape.texts]


def test_dots_of_known_runs(tmp_path):
    told = ToldRuns()
    told.run(told.run(100) + 50)
    found = roofline(nodes_of(told.trace(tmp_path)))
    mul_mat, add = found.dots
    assert (mul_mat.name, mul_mat.phase, mul_mat.count, mul_mat.time) == ("MUL_MAT ffn_out", "generation", 2, 200)
    assert mul_mat.flops == 2 * 2 * 16 * 100 and mul_mat.bytes == 2 * 4 * (16 * 100 + 16 + 100)
    assert mul_mat.gflops == pytest.approx(6400 / 200) and mul_mat.intensity == pytest.approx(3200 / 6864)
    assert add.flops == 2 * 100
    assert found.time == 300 and found.not_modelled == found.without_arithmetic == 0


def test_dots_are_at_their_numbers(tmp_path):
    told = ToldRuns()
    told.run(100)
    found = roofline(nodes_of(told.trace(tmp_path)))
    picture, axes = roofline_picture(found, CEILING, SIZE, LIGHT), axes_of(found.dots, CEILING, SIZE)
    for dot in found.dots:
        (box,) = (spot.box for spot in picture.spots if spot.target == dot)
        assert (box[0] + box[2]) / 2 == pytest.approx(axes.x.at(dot.intensity))
        assert (box[1] + box[3]) / 2 == pytest.approx(axes.y.at(dot.gflops))
    first, second = (spot.box for dot in found.dots for spot in picture.spots if spot.target == dot)
    assert (first[2] - first[0]) ** 2 / (second[2] - second[0]) ** 2 == pytest.approx(100 / 50)


def test_without_ceilings_it_says_how(tmp_path):
    told = ToldRuns()
    told.run(100)
    found = roofline(nodes_of(told.trace(tmp_path)))
    assert MEASURE in texts_of(roofline_picture(found, None, SIZE, LIGHT).drawing)
    assert not any("measures them" in text for text in texts_of(roofline_picture(found, CEILING, SIZE, LIGHT).drawing))
    assert texts_of(roofline_picture(roofline([]), None, SIZE, LIGHT).drawing) == [NOTHING]


@needs_llama
def test_all_time_is_accounted_for(models, tmp_path):
    _, trace = traced(llama(models.experts, "--tokens", 3), tmp_path / "x.ggmlviz")
    found = roofline(nodes_of(trace))
    assert sum(dot.time for dot in found.dots) + found.without_arithmetic + found.not_modelled == found.time
    assert found.time == sum(node.time for node in nodes_of(trace))
    labels = labels_of(roofline_picture(found, CEILING, SIZE, LIGHT).drawing, {dot.name for dot in found.dots})
    assert len(labels) > 5
    for number, one in enumerate(labels):
        assert one[2] <= SIZE[0]
        assert not any(one[0] < two[2] and two[0] < one[2] and abs(one[1] - two[1]) < 12 for two in labels[:number])


def labels_of(drawing, names):
    """Left, middle and right of each."""
    found = []
    for shape in drawing.shapes:
        if isinstance(shape, Texts):
            places = zip(shape.texts, shape.at.tolist(), strict=True)
            found += [(x, y, x + text_width(text, shape.size)) for text, (x, y) in places if text in names]
    return found


def test_scale():
    scale = LogScale.around([1.0, 100.0], 0, 200, margin=1.0)
    assert [scale.at(value) for value in (1, 10, 100)] == pytest.approx([0, 100, 200])
    assert scale.marks() == [1, 2, 5, 10, 20, 50, 100]
    assert scale.marks(3) == [1, 10, 100]


def test_labels_take_other_places_or_none():
    labels = Labels((0, 0, 100, 100))
    right = labels.place(50, 50, 2, 30, 10)
    left = labels.place(50, 50, 2, 30, 10)
    assert right[0] > 50 and left[2] < 50
    assert labels.place(50, 50, 2, 300, 10) is None


def test_labels_lie_over_lines_only_where_there_is_no_other_place():
    line = (0, 49, 100, 51)
    above = Labels((0, 0, 100, 100), shunned=[line]).place(50, 50, 2, 30, 10)
    assert above[3] <= line[1]
    assert Labels((0, 40, 100, 60), shunned=[line]).place(50, 50, 2, 30, 10) is not None

"""What becomes of the part of a graph that is in view when the panel or its layout changes."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from ggmlviz.app.graph.eye import Eye

SIZE = (400, 300)


@pytest.fixture
def layout():
    groups = SimpleNamespace(graph=object(), groups=[0])
    boxes = np.array([[1100, 10, 1200, 50]], np.float32)
    return SimpleNamespace(width=2000.0, height=9000.0, boxes=boxes, groups=groups)


@pytest.fixture
def eye(layout) -> Eye:
    eye = Eye()
    eye.follow(layout, SIZE, 1.0)
    eye.take(layout, None, None)
    return eye


def middle(eye: Eye) -> float:
    return eye.camera.place(eye.size[0] / 2, 0)[0]


def test_the_beginning_is_in_the_middle_at_every_size(eye, layout):
    assert middle(eye) == pytest.approx(1150)
    eye.follow(layout, (800, 600), 1.0)
    assert middle(eye) == pytest.approx(1150)
    eye.follow(layout, (800, 600), 2.0)
    assert middle(eye) == pytest.approx(1150) and eye.camera.zoom == pytest.approx(1.24)


def test_where_a_person_has_gone_stays(eye, layout):
    eye.camera = moved = eye.camera.panned(-50, -500)
    eye.follow(layout, (900, 700), 1.0)
    assert eye.camera == moved
    before = eye.camera.place(450, 350)
    eye.follow(layout, (900, 700), 1.5)
    assert eye.camera.zoom == pytest.approx(1.5 * moved.zoom)
    assert eye.camera.place(450, 350) == pytest.approx(before)

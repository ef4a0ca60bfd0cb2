"""Words of which one is chosen: all of them in the width, as long as that can be."""

from __future__ import annotations

from itertools import pairwise

import pytest

from ggmlviz.scene.palette import DARK
from ggmlviz.scene.statistics.chips import Chip, chips_picture

NAMES = ("op", "tensor", "layer", "block", "phase", "backend", "thread")


@pytest.mark.parametrize(("width", "scale"), [(900, 1.0), (340, 1.0), (640, 2.0)])
def test_all_are_in_sight_and_apart(width, scale):
    spots = chips_picture(NAMES, "layer", "101 runs", (width, 24 * scale), DARK, scale).spots
    boxes = [spot.box for spot in spots if isinstance(spot.target, Chip)]
    assert [spot.target.name for spot in spots if isinstance(spot.target, Chip)] == list(NAMES)
    assert all(one[2] < other[0] for one, other in pairwise(boxes)) and boxes[-1][2] <= width

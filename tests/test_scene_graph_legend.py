"""The legend of a graph stays within its room, beside the map, and leaves most of the height to the graph."""

from __future__ import annotations

import numpy as np
import pytest

from ggmlviz.scene.drawing import Raster, Rectangles, Texts
from ggmlviz.scene.graph.colours import Fills
from ggmlviz.scene.graph.legend import MARGIN, PART, legend
from ggmlviz.scene.lettering import text_width
from ggmlviz.scene.palette import DARK, FAMILIES

NONE = np.empty((0, 4), np.uint8)
BY_OP = Fills(NONE, NONE, tuple(FAMILIES.items()))
BY_TIME = Fills(NONE, NONE, (("no time", (1, 2, 3, 255)),), heat_to=1e6)


def texts_of(shapes) -> list[tuple[str, float, float, float]]:
    """Each with its left, right and middle."""
    found = []
    for shape in shapes:
        if isinstance(shape, Texts):
            for text, (x, y) in zip(shape.texts, shape.at.tolist(), strict=True):
                wide = text_width(text, shape.size)
                left = x - wide / 2 if shape.anchor == "centre" else x
                found.append((text, left, left + wide, y))
    return found


@pytest.mark.parametrize("fills", [BY_OP, BY_TIME])
@pytest.mark.parametrize("scale", [1.0, 1.5, 2.0, 3.0])
@pytest.mark.parametrize(("room", "height"), [(600, 400), (297, 274), (180, 300), (90, 120), (30, 30)])
def test_nothing_is_cut_or_lies_over_another(fills, scale, room, height):
    shapes = legend(fills, room, height, DARK, scale)
    texts = texts_of(shapes)
    for number, (_, left, right, y) in enumerate(texts):
        assert left >= 0 and right <= room and y < height
        assert not any(left < other[2] and other[1] < right and abs(y - other[3]) < 10 for other in texts[:number])
    for shape in shapes:
        if isinstance(shape, Raster):
            assert shape.box[2] <= room
        elif isinstance(shape, Rectangles) and len(shape.box):
            assert shape.box[:, 2].max() <= room
            assert shape.box[:, 1].min() >= height * (1 - PART) - (MARGIN + 2) * scale


def test_what_finds_no_place_is_counted():
    all_of_it = [text for text, *_ in texts_of(legend(BY_OP, 600, 400, DARK, 1.0))]
    assert all_of_it == list(FAMILIES)
    some = [text for text, *_ in texts_of(legend(BY_OP, 297, 274, DARK, 2.0))]
    assert some[:-1] == list(FAMILIES)[: len(some) - 1]
    assert some[-1] == f"{len(FAMILIES) - len(some) + 1} more"
    assert texts_of(legend(BY_OP, 297, 40, DARK, 2.0)) == []

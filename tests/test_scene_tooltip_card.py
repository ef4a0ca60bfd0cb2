"""The card beside the mouse stays in the window, and never under the mouse."""

from __future__ import annotations

import pytest

from ggmlviz.scene.lettering import text_width
from ggmlviz.scene.palette import LIGHT
from ggmlviz.scene.tooltip_card import tooltip_card

ROOM = (800, 600)
TEXT = "MUL_MAT ffn_down-5\n0.31 ms, 21 GB/s"


@pytest.mark.parametrize("mouse", [(5, 5), (400, 300), (795, 5), (5, 595), (799, 599)])
@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_it_is_in_the_room_and_beside_the_mouse(mouse, scale):
    box, texts = tooltip_card(TEXT, mouse, ROOM, LIGHT, scale).shapes
    left, top, right, bottom = box.box[0].tolist()
    assert 0 <= left < right <= ROOM[0] and 0 <= top < bottom <= ROOM[1]
    assert not (left <= mouse[0] <= right and top <= mouse[1] <= bottom)
    assert texts.texts == TEXT.splitlines()
    for (x, y), line in zip(texts.at.tolist(), texts.texts, strict=True):
        assert left < x and x + text_width(line, texts.size) < right
        assert top + texts.size / 2 <= y <= bottom - texts.size / 2

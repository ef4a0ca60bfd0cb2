"""What is written left of the lanes: their titles, and below them what else they say of themselves."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from ggmlviz.scene.drawing import Rectangles, Shape, Texts, colours
from ggmlviz.scene.lettering import shortened
from ggmlviz.scene.palette import Theme
from ggmlviz.scene.timeline.frame import Frame

TWO_LINES = 30  # pixels, before scaling, from which on a lane has room for both
APART = 7.5  # pixels between the middle and either of them


class Header(NamedTuple):
    title: str
    about: str
    top: float
    bottom: float
    pinned: bool


def headers(frame: Frame, of: Sequence[Header]) -> tuple[Shape, ...]:
    return _shapes(tuple(of), frame.theme, frame.left, frame.text, frame.ui) if of else ()


@lru_cache(8)  # the very same shapes from frame to frame, so that nobody paints them anew while the range moves
def _shapes(of: tuple[Header, ...], theme: Theme, left: int, text: float, ui: float) -> tuple[Shape, ...]:
    box = np.array([(0, header.top, left - 2, header.bottom) for header in of], np.float32)
    two = [bool(header.about) and header.bottom - header.top >= TWO_LINES * ui for header in of]
    middles = [(header.top + header.bottom) / 2 for header in of]
    at = [(7 * ui, middle - APART * ui * below) for middle, below in zip(middles, two, strict=True)]
    room = left - 14 * ui
    fill = np.array([theme.accent if header.pinned else theme.text for header in of], np.uint8)
    shapes: list[Shape] = [
        Rectangles(box, colours(theme.raised, len(of))),
        Texts(np.array(at, np.float32), [shortened(header.title, room, text) for header in of], fill, text),
    ]
    with_two = [number for number, below in enumerate(two) if below]
    if with_two:
        at = np.array([(7 * ui, middles[number] + APART * ui) for number in with_two], np.float32)
        texts = [shortened(of[number].about, room, text * 0.92) for number in with_two]
        shapes.append(Texts(at, texts, colours(theme.faint, len(texts)), text * 0.92))
    return tuple(shapes)

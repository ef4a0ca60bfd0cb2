"""Boxes in a lane at their exact places, and what is written on those that have room for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from ggmlviz.scene.drawing import Colour, Rectangles, Shape, Texts
from ggmlviz.scene.lettering import shortened, text_width
from ggmlviz.scene.palette import ink_on
from ggmlviz.scene.timeline.frame import Frame

EDGED = 3.0  # pixels; narrower boxes have no line around them, which would be all there is of them
LABELLED = 26.0  # pixels, before scaling
MOST_LABELS = 90
MARGIN = 4.0


def boxes(
    frame: Frame, begins: np.ndarray, ends: np.ndarray, fill: np.ndarray, top: float, bottom: float, edges: bool = True
) -> list[Shape]:
    if not len(begins):
        return []
    box = np.empty((len(begins), 4), np.float32)
    box[:, 0], box[:, 2] = frame.inside(begins), frame.inside(ends)
    box[:, 1], box[:, 3] = top, bottom
    line = None
    if edges:
        line = np.zeros((len(box), 4), np.uint8)
        line[box[:, 2] - box[:, 0] >= EDGED] = frame.theme.panel
    return [Rectangles(box, fill, line)]


def labels(
    frame: Frame,
    begins: np.ndarray,
    ends: np.ndarray,
    fill: np.ndarray,
    middle: float,
    texts_of: Callable[[np.ndarray], Iterable[tuple[str, ...]]],
) -> list[Shape]:
    """`texts_of` gives the texts for each of these boxes, the longest first; the first that fits is written."""
    left, right = frame.inside(begins), frame.inside(ends)
    wide = np.flatnonzero(right - left >= LABELLED * frame.ui)
    if len(wide) > MOST_LABELS:
        wide = np.sort(wide[np.argsort(left[wide] - right[wide], kind="stable")[:MOST_LABELS]])
    at, texts, inks = [], [], []
    margin = MARGIN * frame.ui
    for index, texts_of_it in zip(wide.tolist(), texts_of(wide) if len(wide) else (), strict=True):
        text = fitting(texts_of_it, float(right[index] - left[index]) - 2 * margin, frame.text)
        if text:
            at.append((float(left[index]) + margin, middle))
            texts.append(text)
            inks.append(index)
    if not texts:
        return []
    return [Texts(np.array(at, np.float32), texts, ink_on(fill[inks]), frame.text)]


def fitting(texts: tuple[str, ...], room: float, size: float) -> str:
    for text in texts:
        if text_width(text, size) <= room:
            return text
    cut = shortened(texts[-1], room, size)
    return cut if len(cut) >= 4 else ""


def outline(frame: Frame, begin: int, end: int, top: float, bottom: float, colour: Colour) -> Rectangles:
    """A line of two pixels around what lasted so long, and never narrower than can be seen."""
    left, right = frame.inside(np.array([begin, end])).tolist()
    right = max(right, left + 3)
    box = np.array([[left, top, right, bottom], [left - 1, top - 1, right + 1, bottom + 1]], np.float32)
    return Rectangles(box, np.zeros((2, 4), np.uint8), np.tile(np.array(colour, np.uint8), (2, 1)))

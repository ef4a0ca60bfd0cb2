"""Several pictures as one, each at its place; and one that is higher than the room there is for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from ggmlviz.scene.drawing import Drawing, Lines, Rectangles, Shape, Texts, colours
from ggmlviz.scene.palette import Theme
from ggmlviz.scene.sketch import Picture


def scrolled(draw: Callable[[float], Picture], scroll: float) -> Picture:
    """No further than to its end. `draw` makes it for a scroll in pixels."""
    picture = draw(scroll)
    most = max(0.0, picture.height - picture.drawing.height)
    return picture if scroll <= most else draw(most)


def beside(
    parts: Sequence[tuple[Picture, float, float]], size: tuple[float, float], theme: Theme, height: float
) -> Picture:
    """Each with its left and top, later ones on top. What is behind a part is covered by its background."""
    shapes: list[Shape] = []
    spots = []
    for picture, left, top in parts:
        drawing = picture.drawing
        box = np.array([[left, top, left + drawing.width, top + drawing.height]], np.float32)
        shapes.append(Rectangles(box, colours(drawing.background, 1)))
        shapes += [_moved(shape, left, top) for shape in drawing.shapes]
        by = (left, top, left, top)
        spots += [
            replace(spot, box=tuple(edge + step for edge, step in zip(spot.box, by, strict=True)))
            for spot in picture.spots
        ]
    return Picture(Drawing(int(size[0]), int(size[1]), theme.panel, tuple(shapes)), tuple(spots), height)


def _moved(shape: Shape, left: float, top: float) -> Shape:
    """Of the kinds that a sketch makes."""
    if isinstance(shape, Texts):
        return replace(shape, at=shape.at + np.array([left, top], np.float32))
    step = np.array([left, top, left, top], np.float32)
    if isinstance(shape, Lines):
        return replace(shape, ends=shape.ends + step)
    return replace(shape, box=shape.box + step)

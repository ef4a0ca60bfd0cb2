"""The headline as it stands in the menu line, with the badge of the data's quality at its right end."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ggmlviz.scene.drawing import Colour, Drawing, Rectangles, Texts, colours
from ggmlviz.scene.headline import Headline
from ggmlviz.scene.lettering import shortened, text_width
from ggmlviz.scene.palette import LOST, Theme

GOOD: Colour = (64, 160, 80, 255)
TEXT, DOT, GAP = 12.5, 9.0, 8.0


class HeadlinePicture(NamedTuple):
    drawing: Drawing
    badge_left: float  # from here on to the right edge is the badge


def headline_picture(headline: Headline | None, width: int, height: int, theme: Theme, scale: float) -> HeadlinePicture:
    size, gap, dot = TEXT * scale, GAP * scale, DOT * scale
    if headline is None or width < 1:
        return HeadlinePicture(Drawing(width, height, theme.window, ()), width)
    badge, colour = _badge(headline, theme)
    room = width - dot - 3 * gap - text_width(badge, size, True)
    left = max(0.0, room)
    middle = height / 2
    line = shortened(headline.text, left - gap, size)
    texts = Texts(np.array([[0, middle]], np.float32), [line], colours(theme.text, 1), size)
    label = Texts(np.array([[left + gap, middle]], np.float32), [badge], colours(theme.text, 1), size, "left", True)
    right = width - gap
    box = np.array([[right - dot, middle - dot / 2, right, middle + dot / 2]], np.float32)
    shapes = (texts, label, Rectangles(box, colours(colour, 1), None, dot / 2))
    return HeadlinePicture(Drawing(width, height, theme.window, shapes), left)


def _badge(headline: Headline, theme: Theme) -> tuple[str, Colour]:
    if headline.wrong is None:
        return "data: looking", theme.faint
    if headline.wrong:
        return f"data: {len(headline.wrong)} problem{'s' if len(headline.wrong) > 1 else ''}", LOST
    return "data: complete", GOOD

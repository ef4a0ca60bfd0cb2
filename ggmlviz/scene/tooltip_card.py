"""A few lines on a card beside the mouse, as a drawing of the whole window with nothing else on it."""

from __future__ import annotations

import numpy as np

from ggmlviz.scene.drawing import Drawing, Rectangles, Texts, colours
from ggmlviz.scene.lettering import text_width
from ggmlviz.scene.palette import Theme

TEXT, LINE, MARGIN = 12.5, 17.0, 7.0
AWAY = 16.0  # from the mouse: its arrow lies in between
CLEAR = (0, 0, 0, 0)


def tooltip_card(text: str, mouse: tuple[float, float], room: tuple[int, int], theme: Theme, scale: float) -> Drawing:
    """Right below the mouse, or on its other sides where the room ends."""
    lines = text.splitlines()
    size, margin = TEXT * scale, MARGIN * scale
    width = round(max(text_width(line, size) for line in lines) + 2 * margin)
    height = round(len(lines) * LINE * scale + 2 * margin)
    left, top = (_beside(at, extent, end) for at, extent, end in zip(mouse, (width, height), room, strict=True))
    box = np.array([[left, top, left + width, top + height]], np.float32)
    middles = top + margin + (np.arange(len(lines)) + 0.5) * LINE * scale
    at = np.column_stack([np.full(len(lines), left + margin), middles]).astype(np.float32)
    shapes = (
        Rectangles(box, colours(theme.raised, 1), colours(theme.line, 1), 4 * scale),
        Texts(at, lines, colours(theme.text, len(lines)), size),
    )
    return Drawing(*room, CLEAR, shapes)


def _beside(at: float, extent: int, end: int) -> float:
    if at + AWAY + extent <= end:
        return round(at + AWAY)
    return max(0, round(at - AWAY - extent))

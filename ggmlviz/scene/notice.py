"""A view that has nothing to show says so."""

from __future__ import annotations

from ggmlviz.scene.palette import Theme
from ggmlviz.scene.sketch import Picture, Sketch, wrapped

MARGIN, LINE = 12.0, 18.0


def notice_picture(text: str, size: tuple[float, float], theme: Theme, scale: float = 1.0) -> Picture:
    sketch = Sketch(*size, theme, scale)
    lines = [
        line for part in text.splitlines() for line in wrapped(part, sketch.width - 2 * MARGIN * scale, 13 * scale)
    ]
    for number, line in enumerate(lines):
        sketch.text(MARGIN * scale, (20 + LINE * number) * scale, line, theme.faint)
    return sketch.picture()

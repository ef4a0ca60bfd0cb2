"""A row of words of which one is chosen, with a sentence at its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ggmlviz.scene.drawing import Colour
from ggmlviz.scene.palette import Theme, mixed
from ggmlviz.scene.sketch import Picture, Sketch

ROW = 24.0
GAP = 4.0
PAD, LEAST_PAD = 7.0, 2.0  # on either side of a word: less where there is little room


@dataclass(frozen=True)
class Chip:
    name: str


def chips_picture(
    names: Sequence[str],
    chosen: str,
    sentence: str,
    size: tuple[float, float],
    theme: Theme,
    scale: float = 1.0,
    colour: Colour | None = None,
) -> Picture:
    sketch = Sketch(*size, theme, scale)
    left, height = GAP * scale, sketch.height
    words = sum(sketch.room_of(name) for name in names)
    spare = sketch.width - words - (len(names) + 1) * GAP * scale
    pad = min(max(spare / (2 * len(names)), LEAST_PAD * scale), PAD * scale)
    for name in names:
        mine = name == chosen
        width = sketch.room_of(name) + 2 * pad
        box = (left, 2 * scale, left + width, height - 2 * scale)
        fill = mixed(theme.accent, theme.panel, 0.7) if mine else theme.raised
        sketch.rectangle(*box, fill, rounding=4.0)
        sketch.text(left + pad, height / 2, name, theme.text if mine else theme.faint)
        sketch.spot(box, "", Chip(name))
        left += width + GAP * scale
    left += 8 * scale
    if sketch.width - left > 40 * scale:
        sketch.fitted(left, height / 2, sentence, sketch.width - left - 4 * scale, colour or theme.faint)
        sketch.spot((left, 0, sketch.width, height), sentence)
    return sketch.picture()

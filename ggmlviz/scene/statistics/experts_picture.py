"""Experts: how often each layer chose each, how few cover how much, and what caches of some size would find."""

from __future__ import annotations

import numpy as np

from ggmlviz.analysis.expert_use import ExpertUse
from ggmlviz.scene.notice import notice_picture
from ggmlviz.scene.palette import FAMILIES, Theme, heat, ink_on
from ggmlviz.scene.sketch import Picture, Sketch
from ggmlviz.scene.statistics.curves import Curve, draw_curves

NOTHING = (
    "No experts in this range. A model that is a mixture of experts has a router in each layer that chooses a few of"
    " them for every token; what it chose is recorded where llama.cpp looks their weights up (MUL_MAT_ID)."
)
MARGIN, TITLE = 12.0, 30.0
CACHES = ("LRU", "LFU", "fixed")
ABOUT_CACHES = """The share of chosen experts that a cache would hold when they are asked for:
LRU keeps those used last, LFU those used most so far,
fixed those most used in the first half of the runs; it is judged on the second half, which it has not seen"""


def experts_picture(use: ExpertUse | None, size: tuple[float, float], theme: Theme, scale: float = 1.0) -> Picture:
    if use is None:
        return notice_picture(NOTHING, size, theme, scale)
    sketch = Sketch(*size, theme, scale)
    margin = MARGIN * scale
    width = (sketch.width - 4 * margin) / 3
    lefts = [margin + number * (width + margin) for number in range(3)]
    _heatmap(sketch, use, (lefts[0], 4 * scale, lefts[0] + width, sketch.height - margin))
    curve = Curve("all layers", use.coverage.tolist(), FAMILIES["routing"])
    counts = list(range(1, use.experts + 1))
    box = (lefts[1], 4 * scale, lefts[1] + width, sketch.height - 4 * scale)
    draw_curves(sketch, box, "Choices that the most used cover", "experts of each layer", counts, [curve])
    _caches(sketch, use, (lefts[2], 4 * scale, lefts[2] + width, sketch.height - 4 * scale))
    return sketch.picture()


def _heatmap(sketch: Sketch, use: ExpertUse, box: tuple[float, float, float, float]) -> None:
    """A row for each layer; light where more than its even part of the tokens went."""
    scale, theme = sketch.scale, sketch.theme
    left, top, right, bottom = box
    sketch.fitted(left, top + 12 * scale, f"Tokens by layer and expert, {use.runs:,} runs", right - left, bold=True)
    top, bottom = top + TITLE * scale, bottom - 26 * scale
    left += sketch.room_of(f"layer {max(use.layers)}", 12) + 8 * scale
    rows, columns = use.tokens.shape
    high, wide = (bottom - top) / rows, (right - left) / columns
    shares = use.shares
    fills = heat(shares / max(float(shares.max()), 1e-9))
    inks = ink_on(fills)
    step = int(np.ceil(14 * scale / high))
    for row, layer in enumerate(use.layers):
        y = top + row * high
        if row % step == 0:
            sketch.text(left - 6 * scale, y + high / 2, f"layer {layer}", theme.faint, 12, "right")
        for column in range(columns):
            x = left + column * wide
            share = shares[row, column]
            sketch.rectangle(x, y, x + wide - (wide > 4), y + high - (high > 4), tuple(fills[row, column].tolist()))
            if high >= 15 * scale and wide >= sketch.room_of("88.8%", 12) + 4:
                ink = tuple(inks[row, column].tolist())
                sketch.text(x + wide / 2, y + high / 2, f"{share:.1%}", ink, 12, "centre")
            tip = f"layer {layer}, expert {column}\n{use.tokens[row, column]:,} tokens, {share:.2%} of its choices"
            sketch.spot((x, y, x + wide, y + high), f"{tip}\neven would be {1 / columns:.2%}")
    free = -1e9
    for column in range(columns):
        x, room = left + (column + 0.5) * wide, sketch.room_of(str(column), 12) + 6 * scale
        if x - room / 2 >= free:
            sketch.text(x, bottom + 10 * scale, str(column), theme.faint, 12, "centre")
            free = x + room / 2


def _caches(sketch: Sketch, use: ExpertUse, box: tuple[float, float, float, float]) -> None:
    slots = [rates.slots for rates in use.hit_rates]
    colours = (FAMILIES["matmul"], FAMILIES["norm"], FAMILIES["add"])
    values = zip(*((rates.lru, rates.lfu, rates.fixed) for rates in use.hit_rates), strict=True)
    curves = [Curve(name, y, colour) for name, y, colour in zip(CACHES, values, colours, strict=True)]
    draw_curves(sketch, box, "Found in a cache, simulated", "experts of each layer it has room for", slots, curves)
    sketch.spot((box[0], box[1], box[2], box[1] + 24 * sketch.scale), ABOUT_CACHES)

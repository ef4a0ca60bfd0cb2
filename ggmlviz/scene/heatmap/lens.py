"""What is under the mouse, five times as wide, with its neighbours; and an arrow to where it really is."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ggmlviz.scene.drawing import Rectangles, Shape, Triangles, colours
from ggmlviz.scene.heatmap.band import Band
from ggmlviz.scene.heatmap.card import Card, card_of, card_shapes
from ggmlviz.scene.heatmap.layout import widths_of
from ggmlviz.scene.heatmap.names import Names
from ggmlviz.scene.heatmap.strips import Kind
from ggmlviz.scene.opened import Opened
from ggmlviz.scene.palette import Theme, ink_on
from ggmlviz.scene.sketch import Sketch

if TYPE_CHECKING:
    from ggmlviz.scene.heatmap.scene import HeatmapPicture, Hit

TIMES = 5.0
AROUND = 32.0  # pixels of the strip on either side
HEIGHT, ARROW, BESIDE = 30.0, 8.0, 12.0


class Lens(NamedTuple):
    shapes: list[Shape]
    tip: str  # the card as text, where the view is too low for it


def lens(
    picture: HeatmapPicture, hit: Hit, x: float, opened: Opened, size: tuple[int, int], theme: Theme, scale: float
) -> Lens:
    """Lens and card lie below the strip, or above it where there is no room."""
    band, names = picture.bands[hit.band], Names(opened.trace, opened.accesses)
    width, height = size
    card = card_of(picture, hit, opened, names)
    fits = card.height(scale) <= height - 4
    wide = min(2 * AROUND * TIMES * scale, width - 8 * scale)
    # Where the card goes beside the mouse, the lens keeps to its other side.
    left = x - wide / 2 if fits else x - wide + BESIDE * scale
    if not fits and x > width - card.width(scale):
        left = x - BESIDE * scale
    left = float(np.clip(left, 4 * scale, max(4 * scale, width - wide - 4 * scale)))
    arrow, high = ARROW * scale, min(HEIGHT * scale, height / 3)
    below = band.bottom + arrow + high <= height - 2 or band.bottom < height / 2
    top = band.bottom + arrow if below else band.top - arrow - high
    box = (left, top, left + wide, top + high)
    shapes = _lens(band, hit, x, box, names, theme, scale)
    shapes.append(_arrow(band, hit, box, below, theme, scale))
    if not fits:
        return Lens(shapes, card.text())
    shapes += card_shapes(card, *_card_place(box, card, size, below, scale), theme, scale)
    return Lens(shapes, "")


def _arrow(band: Band, hit: Hit, lens: tuple, below: bool, theme: Theme, scale: float) -> Shape:
    """From the magnified cell to its place."""
    exact = _exact(band, hit)
    tip, base = (band.bottom - 1, lens[1]) if below else (band.top + 1, lens[3])
    from_x = float(np.clip(exact, lens[0] + 6 * scale, lens[2] - 6 * scale))
    corners = np.array([[exact, tip, from_x - 5 * scale, base, from_x + 5 * scale, base]], np.float32)
    return Triangles(corners, colours(theme.accent, 1))


def _exact(band: Band, hit: Hit) -> float:
    """The middle of the cell, where it is alone; else its part of the group."""
    members = band.layout.members(hit.group)
    left, right = band.layout.edges[hit.group : hit.group + 2]
    return float(left + (hit.cell - members.start + 0.5) / (members.stop - members.start) * (right - left))


def _card_place(
    lens: tuple[float, float, float, float], card: Card, size: tuple[int, int], below: bool, scale: float
) -> tuple[float, float]:
    """Behind the lens where there is room below or above it, else beside it."""
    width, height = size
    wide, high, gap = card.width(scale), card.height(scale), 4 * scale
    left = float(np.clip(lens[0], gap, max(gap, width - wide - gap)))
    if below and lens[3] + gap + high <= height:
        return left, lens[3] + gap
    if not below and lens[1] - gap - high >= 0:
        return left, lens[1] - gap - high
    beside = lens[2] + gap if lens[2] + gap + wide <= width else lens[0] - gap - wide
    return max(gap, beside), max(2.0, min(lens[1], height - high - 2))


def magnified(band: Band, hit: Hit, x: float, wide: float) -> tuple[np.ndarray, np.ndarray]:
    """Cells around the mouse, and their edges, from 0 to the width of the lens; cut where the lens ends.

    Cells that were put together share their group alike, so that `hit` has the cell in the middle.
    """
    edges = band.layout.edges
    reach = wide / 2 / TIMES
    low = max(0, int(np.searchsorted(edges, x - reach, "right")) - 1)
    high = min(band.layout.groups - 1, int(np.searchsorted(edges, x + reach, "left")) - 1)
    cells, lefts, rights = [], [], []
    for group in range(low, high + 1):
        members = band.layout.members(group)
        count = members.stop - members.start
        alone = widths_of(np.ones(count), np.zeros(count), edges[group + 1] - edges[group])
        ends = edges[group] + np.concatenate([[0.0], np.cumsum(alone)])
        cells.append(np.arange(members.start, members.stop))
        lefts.append(ends[:-1])
        rights.append(ends[1:])
    spans = np.column_stack([np.concatenate(lefts), np.concatenate(rights)])
    spans = np.clip((spans - x) * TIMES + wide / 2, 0, wide)
    seen = spans[:, 1] > spans[:, 0]
    return np.concatenate(cells)[seen], spans[seen]


def _lens(band: Band, hit: Hit, x: float, box: tuple, names: Names, theme: Theme, scale: float) -> list[Shape]:
    left, top, right, bottom = box
    cells, spans = magnified(band, hit, x, right - left)
    fills = band.colours_of(cells, theme)
    high = np.full((2, len(spans)), [[top + 2], [bottom - 2]])
    boxes = np.column_stack([spans[:, 0] + left, high[0], spans[:, 1] + left - 1, high[1]]).astype(np.float32)
    frame = np.array([box], np.float32)
    shapes: list[Shape] = [
        Rectangles(frame, colours(theme.panel, 1), colours(theme.accent, 1)),
        Rectangles(boxes, fills),
    ]
    mine = boxes[cells == hit.cell]
    shapes.append(Rectangles(mine, colours((0, 0, 0, 0), len(mine)), colours(theme.accent, len(mine))))
    sketch = Sketch(right, bottom, theme, scale)
    inks = ink_on(fills)
    for cell, place, ink in zip(cells.tolist(), boxes.tolist(), inks.tolist(), strict=True):
        room = place[2] - place[0] - 4 * scale
        if room > 12 * scale and band.strip.cells["kind"][cell] != Kind.GAP:
            text = names.fitting(band.strip, cell, room, 11.5 * scale)
            sketch.text((place[0] + place[2]) / 2, (top + bottom) / 2, text, tuple(ink), 11.5, "centre")
    return shapes + list(sketch.picture().drawing.shapes)

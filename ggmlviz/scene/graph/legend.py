"""What the colours of a graph stand for, at the bottom left of its picture."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ggmlviz.scene.drawing import Colour, Raster, Rectangles, Shape, colours
from ggmlviz.scene.graph.boxes import NO_PIXELS
from ggmlviz.scene.graph.colours import Fills, heat_ticks
from ggmlviz.scene.graph.writing import Writing
from ggmlviz.scene.lettering import shortened, text_width
from ggmlviz.scene.palette import Theme, heat

LETTERS, ROW, MARGIN, SWATCH = 11.0, 18.0, 8.0, 11.0
SCALE_WIDTH, SCALE_ENDS, LEAST_SCALE = 150.0, 60.0, 50.0  # of the heat's legend; what its last words need beside it
ALL_TICKS = 120.0  # a shorter scale tells only where it begins and ends
PART = 0.3  # of the height, at most: the graph is what one wants to see


class _Entry(NamedTuple):
    text: str
    colour: Colour | None  # None: a word alone
    row: int
    x: float


def legend(fills: Fills, room: float, height: int, theme: Theme, scale: float) -> tuple[Shape, ...]:
    """In as many rows as it needs. `room` is the width it may take; what finds no place is only counted."""
    letters, row, swatch, margin = LETTERS * scale, ROW * scale, SWATCH * scale, MARGIN * scale
    room -= 2 * margin
    most = int(height * PART / row)
    heated = _heat_width(fills, room, scale) if most >= 2 else 0.0
    start = heated + SCALE_ENDS * scale if heated else 0.0
    entries, widest = _placed(fills.legend, start, room, most - bool(heated), scale)
    rows = max((entry.row for entry in entries), default=0) + 1 + bool(heated)
    top = height - margin - row * rows
    words, boxes, colour_of = Writing(letters), [], []
    for entry in entries:
        below_ticks = bool(heated and entry.row)
        middle, left = top + (entry.row + below_ticks + 0.5) * row, margin + entry.x
        if entry.colour is None:
            words.add(left, middle, entry.text, theme.faint)
            continue
        boxes.append((left, middle - swatch / 2, left + swatch, middle + swatch / 2))
        colour_of.append(entry.colour)
        words.add(left + 1.5 * swatch, middle, entry.text, theme.text)
    shown = bool(entries) or bool(heated)
    plate = [(margin - 4, top - 2, margin + max(widest, start), height - margin + 2)] if shown else []
    pixels, ticks = _heat_scale(fills, heated, margin, top, theme, scale)
    return (
        Rectangles(np.array(plate, np.float32).reshape(-1, 4), colours(theme.panel, len(plate))),
        Rectangles(
            np.array(boxes, np.float32).reshape(-1, 4),
            np.array(colour_of, np.uint8).reshape(-1, 4),
            colours(theme.faint, len(boxes)),
        ),
        pixels,
        words.shape(),
        ticks,
    )


def _placed(
    named: tuple[tuple[str, Colour], ...], start: float, room: float, most: int, scale: float
) -> tuple[list[_Entry], float]:
    """As many as fit into `most` rows, and how many do not; with the width of the widest row."""
    swatch, letters = SWATCH * scale, LETTERS * scale
    texts = [shortened(text, room - 2.8 * swatch, letters) for text, _ in named]
    widths = [2.8 * swatch + text_width(text, letters) for text in texts]
    for kept in range(len(named), -1, -1):
        rest = f"{len(named) - kept} more" if 0 < kept < len(named) else ""
        places, widest = _flowed([*widths[:kept], *([text_width(rest, letters) + swatch] if rest else [])], start, room)
        if max((row for row, _ in places), default=0) < most or not kept:
            break
    entries = [_Entry(texts[number], named[number][1], *places[number]) for number in range(kept)]
    return entries + ([_Entry(rest, None, *places[-1])] if rest else []), widest


def _flowed(widths: list[float], start: float, room: float) -> tuple[list[tuple[int, float]], float]:
    """For each its row and x, one behind the other; and how wide the widest row is."""
    places, row, x, widest = [], 0, start, 0.0
    for wide in widths:
        if x + wide > room and x > 0:
            row, x = row + 1, 0.0
        places.append((row, x))
        x += wide
        widest = max(widest, x)
    return places, widest


def _heat_width(fills: Fills, room: float, scale: float) -> float:
    """Pixels of the scale of times; 0 where there is none, or no place for one."""
    wide = min(SCALE_WIDTH * scale, room - SCALE_ENDS * scale)
    return wide if fills.heat_to and wide >= LEAST_SCALE * scale else 0.0


def _heat_scale(
    fills: Fills, wide: float, margin: float, top: float, theme: Theme, scale: float
) -> tuple[Raster, Shape]:
    ticks = Writing((LETTERS - 1) * scale, "centre")
    if not wide:
        return NO_PIXELS, ticks.shape()
    left, row = margin + 16 * scale, ROW * scale
    shown = heat_ticks(fills.heat_to)
    for part, text in shown if wide >= ALL_TICKS * scale else (shown[0], shown[-1]):
        ticks.add(left + part * wide, top + 1.3 * row, text, theme.text)
    return Raster((left, top + 3, left + wide, top + row - 4), heat(np.linspace(0, 1, 128))[None]), ticks.shape()

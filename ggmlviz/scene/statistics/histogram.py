"""How the durations of one thing are spread, in one trace or in two over each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ggmlviz.scene.drawing import Colour
from ggmlviz.scene.palette import mixed
from ggmlviz.scene.sketch import Sketch
from ggmlviz.scene.units import counted, duration

TITLE, BELOW = 44.0, 20.0
MOST_BINS = 48


@dataclass(frozen=True, eq=False)
class Spread:
    name: str
    times: np.ndarray  # ns
    colour: Colour


def bins_for(times: Sequence[np.ndarray], most: int = MOST_BINS) -> np.ndarray:
    """Edges at equal ratios, around nearly all: a few that were interrupted are in the first and the last."""
    together = np.concatenate([np.maximum(part, 1) for part in times])
    low, high = np.percentile(together, (0.5, 99.5))
    high = max(high, low * 1.05)
    return np.geomspace(low * 0.98, high * 1.02, most + 1)


def counts_in(times: np.ndarray, edges: np.ndarray) -> np.ndarray:
    return np.bincount(np.clip(np.searchsorted(edges, times, "right") - 1, 0, len(edges) - 2), minlength=len(edges) - 1)


def draw_histogram(
    sketch: Sketch, box: tuple[float, float, float, float], title: str, spreads: Sequence[Spread]
) -> None:
    """Each is drawn by its share of all its times, so that ten runs and a thousand can be compared."""
    left, top, right, bottom = box
    scale, theme = sketch.scale, sketch.theme
    sketch.fitted(left, top + 10 * scale, title, right - left, bold=True)
    sketch.spot((left, top, right, top + 20 * scale), title)
    spreads = [spread for spread in spreads if len(spread.times)]
    x = left
    for spread in spreads:
        words = f"{spread.name}: median {duration(float(np.median(spread.times)))} of {len(spread.times):,}"
        sketch.rectangle(x, top + 24 * scale, x + 10 * scale, top + 34 * scale, spread.colour, rounding=2.0)
        sketch.fitted(x + 15 * scale, top + 29 * scale, words, right - x - 15 * scale, theme.text, 12)
        x += sketch.room_of(words, 12) + 30 * scale
        if x > right - 60 * scale:
            x, top = left, top + 16 * scale
    top, bottom = top + TITLE * scale, bottom - BELOW * scale
    if not spreads or bottom - top < 20 * scale:
        return
    bins = min(MOST_BINS, max(8, int((right - left) / (8 * scale))))
    edges = bins_for([spread.times for spread in spreads], bins)
    shares = [counts_in(spread.times, edges) / len(spread.times) for spread in spreads]
    most = max(float(share.max()) for share in shares)
    step = (right - left) / bins
    for spread, share in zip(spreads, shares, strict=True):
        _bars(sketch, spread, share / most, left, top, bottom, step)
    sketch.line(left, bottom, right, bottom, theme.line)
    _spots(sketch, spreads, edges, left, top, bottom, step)
    for part, anchor in ((0.0, "left"), (0.5, "centre"), (1.0, "right")):
        value = float(edges[0] * (edges[-1] / edges[0]) ** part)
        sketch.text(left + part * (right - left), bottom + 10 * scale, duration(value), theme.faint, 12, anchor)


def _bars(
    sketch: Sketch, spread: Spread, heights: np.ndarray, left: float, top: float, bottom: float, step: float
) -> None:
    """Filled pale, with the outline in full colour, so that one is seen through the other."""
    pale = mixed(spread.colour, sketch.theme.panel, 0.55)
    before = bottom
    for number, height in enumerate(heights.tolist()):
        x, y = left + number * step, bottom - height * (bottom - top)
        if height:
            sketch.rectangle(x + 1, y, x + step - 1, bottom, pale)
        if y != before:
            sketch.line(x, before, x, y, spread.colour, 1.5)
        if height or y != bottom:
            sketch.line(x, y, x + step, y, spread.colour, 1.5)
        before = y
    if before != bottom:
        x = left + len(heights) * step
        sketch.line(x, before, x, bottom, spread.colour, 1.5)


def _spots(
    sketch: Sketch, spreads: Sequence[Spread], edges: np.ndarray, left: float, top: float, bottom: float, step: float
) -> None:
    counts = [counts_in(spread.times, edges) for spread in spreads]
    for number in range(len(edges) - 1):
        lines = [f"{duration(edges[number])} to {duration(edges[number + 1])}"]
        lines += [
            f"{spread.name}: {counted(int(count[number]), 'time')}, {count[number] / len(spread.times):.1%}"
            for spread, count in zip(spreads, counts, strict=True)
        ]
        x = left + number * step
        sketch.spot((x, top, x + step, bottom), "\n".join(lines))

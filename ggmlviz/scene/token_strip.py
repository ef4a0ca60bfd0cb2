"""How long each run took, one bar beside the other: a long trace has many runs in one bar, which is as high as the
longest of them. Clicking takes one to that run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ggmlviz.scene.drawing import Colour, Drawing, Rectangles, colours
from ggmlviz.scene.opened import Opened
from ggmlviz.scene.palette import FAMILIES, Theme
from ggmlviz.trace.phases import PHASES

NARROWEST, WIDEST = 2.0, 8.0  # pixels of a bar with the gap behind it
ALMOST_ALL = 0.98  # of the runs fit into the height; the few that took longer are cut at the top
_COLOURS: dict[str, Colour] = {
    "other": FAMILIES["movement"],
    "prompt": FAMILIES["norm"],
    "generation": FAMILIES["matmul"],
    "encoder": FAMILIES["position"],
    "decoder": FAMILIES["attention"],
}


@dataclass(frozen=True)
class TokenStrip:
    drawing: Drawing
    first: np.ndarray  # for each bar, the place in the order of time of its first run
    bar: float  # pixels
    count: int

    def place_at(self, x: float) -> int | None:
        """The place of the run under this pixel; of several, the longest was asked for when it was made."""
        at = int(x // self.bar)
        return int(self.first[at]) if 0 <= at < len(self.first) else None


def token_strip(opened: Opened, width: int, height: int, current: int | None, theme: Theme, scale: float) -> TokenStrip:
    """`current`: index of the run that is lit."""
    order = opened.runs_by_time
    count = len(order)
    if not count or width < NARROWEST * scale:
        return TokenStrip(Drawing(width, height, theme.window, ()), np.empty(0, np.intp), 1.0, count)
    runs = opened.trace.runs
    times = (runs["end"] - runs["begin"])[order]
    most = int(width // (NARROWEST * scale))
    edges = np.linspace(0, count, min(count, most) + 1).astype(np.intp)[:-1]
    highest = np.maximum.reduceat(times, edges)
    longest = _places_of(highest, times, edges)
    bar = min(width / len(edges), WIDEST * scale)
    full = max(float(np.quantile(times, ALMOST_ALL)), 1.0) * 1.1
    tall = np.clip(highest / full, 0.04, 1.0) * (height - 2)
    left = np.arange(len(edges)) * bar
    gap = 1.0 if bar >= 3 else 0.0
    box = np.column_stack([left, height - 1 - tall, left + bar - gap, np.full(len(edges), height - 1.0)])
    by_phase = np.array([_COLOURS[phase] for phase in PHASES], np.uint8)
    fill = by_phase[opened.trace.phases["phase"][order[longest]]]
    shapes = [Rectangles(box.astype(np.float32), fill)]
    if current is not None:
        at = int(np.searchsorted(edges, int(np.flatnonzero(order == current)[0]), "right")) - 1
        shapes.insert(0, _light(float(left[at]), bar, height, theme))
        shapes.append(Rectangles(box[at : at + 1].astype(np.float32), colours(theme.accent, 1)))
    return TokenStrip(Drawing(width, height, theme.panel, tuple(shapes)), longest, bar, count)


def _places_of(highest: np.ndarray, times: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Where each bar's longest run is: the first of that length from the bar's edge on."""
    bars = np.repeat(np.arange(len(edges)), np.diff(np.append(edges, len(times))))
    there = np.flatnonzero(times == highest[bars])
    return there[np.searchsorted(there, edges)]


def _light(left: float, bar: float, height: int, theme: Theme) -> Rectangles:
    box = np.array([[left - 1, 0, left + max(bar, 2), height]], np.float32)
    return Rectangles(box, colours((*theme.accent[:3], 70), 1))

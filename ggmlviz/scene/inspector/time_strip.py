"""A node's time in every run as bars beside each other; where runs are many, the longest of those in each bar."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ggmlviz.scene.inspector.inspected import Strip
from ggmlviz.scene.palette import FAMILY_COLOURS, mixed
from ggmlviz.scene.sketch import Sketch
from ggmlviz.scene.units import duration

STRIP = 62.0
WIDEST = 14.0


@dataclass(frozen=True)
class Chosen:
    """A click on a bar means this execution."""

    execution: int


def bins_of(count: int, room: int) -> np.ndarray:
    """Where each bar begins among the runs, and the end of the last."""
    return np.unique(np.linspace(0, count, min(count, max(room, 1)) + 1).astype(np.int64))


def draw_strip(sketch: Sketch, box: tuple[float, float, float, float], strip: Strip) -> None:
    scale, theme = sketch.scale, sketch.theme
    left, top, right, bottom = box
    times = strip.times.duration
    bounds = bins_of(len(times), int((right - left) / (3 * scale)))
    tallest = np.maximum.reduceat(times, bounds[:-1])
    ceiling = _ceiling(tallest)
    step = min((right - left) / len(tallest), WIDEST * scale)
    bars_top, bars_bottom = top + 16 * scale, bottom - 1
    sketch.rectangle(left, bars_top, right, bars_bottom, theme.raised)
    sketch.text(left, top + 7 * scale, f"up to {duration(ceiling)}", theme.faint, 12)
    if (cut := int((tallest > ceiling).sum())) > 0:
        sketch.text(right, top + 7 * scale, f"{cut:,} higher, cut", theme.found, 12, "right")
    plain = mixed(tuple(FAMILY_COLOURS[0].tolist()), theme.panel, 0.15)
    for number, (first, behind) in enumerate(zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True)):
        x = left + number * step
        high = min(float(tallest[number]) / ceiling, 1.0) * (bars_bottom - bars_top)
        mine = strip.chosen is not None and first <= strip.chosen < behind
        colour = theme.accent if mine else theme.found if tallest[number] > ceiling else plain
        if mine:
            sketch.rectangle(x, bars_top, x + step, bars_bottom, mixed(theme.accent, theme.raised, 0.7))
        sketch.rectangle(x, bars_bottom - max(high, 1.0), x + max(step - 1, 1), bars_bottom, colour)
        best = first + int(np.argmax(times[first:behind]))
        sketch.spot(
            (x, bars_top, x + step, bars_bottom),
            _tip(strip, best, behind - first),
            Chosen(int(strip.times.execution[best])),
        )


def _ceiling(tallest: np.ndarray) -> float:
    """A few that were interrupted must not flatten all others."""
    usual = float(np.percentile(tallest, 90)) * 1.5
    most = float(tallest.max())
    return max(most if most <= 2 * usual else usual, 1.0)


def _tip(strip: Strip, place: int, count: int) -> str:
    time = int(strip.times.duration[place])
    longest = f", the longest of {count:,} runs here" if count > 1 else ""
    return f"run {int(strip.targets[place]):,}: {duration(time)} ({time:,} ns){longest}\nclick: go there"

"""How long the found ops took: a bar for each bin of durations; a click on one lights its ops in the timeline."""

from __future__ import annotations

from dataclasses import dataclass

from ggmlviz.analysis.find_ops import Found, Spread
from ggmlviz.scene.palette import Theme, mixed
from ggmlviz.scene.sketch import Picture, Sketch
from ggmlviz.scene.units import duration

BOTTOM, TOP, SIDE = 22.0, 26.0, 12.0


@dataclass(frozen=True)
class Bin:
    number: int


def histogram_picture(
    found: Found | None,
    spread: Spread | None,
    chosen: int | None,
    size: tuple[float, float],
    theme: Theme,
    scale: float,
) -> Picture:
    sketch = Sketch(*size, theme, scale)
    if found is None or spread is None:
        text = "nothing was found" if found is not None else "find ops first: Ctrl+F"
        sketch.text(sketch.width / 2, sketch.height / 2, text, theme.faint, anchor="centre")
        return sketch.picture()
    left, right = SIDE * scale, sketch.width - SIDE * scale
    top, bottom = TOP * scale, sketch.height - BOTTOM * scale
    words = f"{len(found.at):,} found · {duration(spread.total)} together · mean {duration(spread.mean)}"
    sketch.fitted(left, top / 2, f"{words} · longest {duration(spread.longest)}", right - left)
    sketch.line(left, bottom, right, bottom, theme.line)
    _bars(sketch, spread, chosen, left, top, right, bottom)
    _scale(sketch, spread, left, right, bottom)
    return sketch.picture()


def _bars(
    sketch: Sketch, spread: Spread, chosen: int | None, left: float, top: float, right: float, bottom: float
) -> None:
    theme, most = sketch.theme, int(spread.counts.max())
    wide = (right - left) / len(spread.counts)
    for number, count in enumerate(spread.counts.tolist()):
        x = left + number * wide
        fill = theme.found if chosen in (None, number) else mixed(theme.found, theme.panel, 0.65)
        if count:  # at least a pixel, however few they are
            high = max(1.0, (bottom - top) * count / most)
            sketch.rectangle(x, bottom - high, x + max(1.0, wide - 1), bottom, fill)
        low, high = spread.edges[number : number + 2]
        tip = f"{count:,} from {duration(low)} to {duration(high)}\nclick: light them in the timeline"
        sketch.spot((x, top, x + wide, bottom + BOTTOM * sketch.scale), tip, Bin(number))


def _scale(sketch: Sketch, spread: Spread, left: float, right: float, bottom: float) -> None:
    """Durations below, as many as fit; the scale is logarithmic."""
    bins, scale = len(spread.counts), sketch.scale
    free = -1e9
    for number in range(bins + 1):
        text = duration(float(spread.edges[number]))
        x = left + (right - left) * number / bins
        half = sketch.room_of(text, 12) / 2
        x_text = min(max(x, left + half), right - half)
        if x_text - half < free:
            continue
        sketch.line(x, bottom, x, bottom + 4 * scale, sketch.theme.faint)
        sketch.text(x_text, bottom + 13 * scale, text, sketch.theme.faint, 12, "centre")
        free = x_text + half + 14 * scale

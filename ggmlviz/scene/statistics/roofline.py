"""The roofline: a dot for each kind of node, as large as its time, under what the machine can do."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from ggmlviz.analysis.ceilings import Ceiling
from ggmlviz.analysis.roofline import Dot, Roofline
from ggmlviz.scene.notice import notice_picture
from ggmlviz.scene.palette import FAMILY_COLOURS, Theme, family_of, mixed
from ggmlviz.scene.sketch import Picture, Sketch
from ggmlviz.scene.statistics.labels import Box, Labels
from ggmlviz.scene.statistics.log_scale import LogScale, short_number
from ggmlviz.scene.units import counted, duration, rate, share

LEFT, BOTTOM, TOP, RIGHT = 58.0, 42.0, 30.0, 16.0
LOW = 200.0  # pixels; where there are no more, axes are not named
LINE = 18.0  # of the sentence that tells how to measure, where there are no ceilings
SMALLEST, LARGEST = 4.0, 18.0  # radius
STEP = 8.0  # pixels of a line in which words find out whether they lie over it
NOTHING = "No arithmetic in this range: nothing to place here."
MEASURE = "No ceilings: `ggml-viz ceilings` on the machine that it ran on measures them."


@dataclass(frozen=True)
class Axes:
    x: LogScale
    y: LogScale


class Roof(NamedTuple):
    """What is drawn of the ceilings."""

    words: list[Box]
    lines: list[Box]


def roofline_picture(
    found: Roofline, ceiling: Ceiling | None, size: tuple[float, float], theme: Theme, scale: float = 1.0
) -> Picture:
    """Each dot is a spot with itself as the target."""
    if not found.dots:
        return notice_picture(NOTHING, size, theme, scale)
    sketch = Sketch(*size, theme, scale)
    axes = axes_of(found.dots, ceiling, size, scale)
    _grid(sketch, axes)
    roof = _roof(sketch, axes, ceiling) if ceiling else Roof([], [])
    placed = [(dot, axes.x.at(dot.intensity), axes.y.at(dot.gflops), _radius(dot, found, scale)) for dot in found.dots]
    sketch.plane()
    for dot, x, y, radius in placed:
        colour = tuple(FAMILY_COLOURS[family_of(dot.op)].tolist())
        if dot.phase == found.dots[0].phase:
            sketch.rectangle(x - radius, y - radius, x + radius, y + radius, colour, theme.panel, radius)
        else:
            sketch.rectangle(
                x - radius, y - radius, x + radius, y + radius, mixed(colour, theme.panel, 0.7), colour, radius
            )
        sketch.spot((x - radius, y - radius, x + radius, y + radius), _tip(dot, found, ceiling), dot)
    _names(sketch, placed, roof)
    _above(sketch, found, ceiling)
    sketch.spots.sort(key=lambda spot: spot.box[0] - spot.box[2])  # the smallest on top
    return sketch.picture()


def axes_of(dots: list[Dot], ceiling: Ceiling | None, size: tuple[float, float], scale: float = 1.0) -> Axes:
    ridge, peak = [], []
    if ceiling:
        peak = [ceiling.multiply_flops_per_second / 1e9]
        ridge = [ceiling.multiply_flops_per_second / ceiling.copy_bytes_per_second]
    x = LogScale.around([*(dot.intensity for dot in dots), *ridge], LEFT * scale, size[0] - RIGHT * scale)
    top = (TOP if ceiling else TOP + LINE) * scale
    y = LogScale.around([*(dot.gflops for dot in dots), *peak], size[1] - _below(size[1], scale), top)
    return Axes(x, y)


def _below(height: float, scale: float) -> float:
    return (BOTTOM if height > LOW * scale else BOTTOM / 2) * scale


def _grid(sketch: Sketch, axes: Axes) -> None:
    theme, scale = sketch.theme, sketch.scale
    top, bottom = axes.y.end, axes.y.begin
    faint = mixed(theme.line, theme.panel, 0.5)
    for value in axes.x.marks():
        x = axes.x.at(value)
        sketch.line(x, top, x, bottom, faint)
        sketch.text(x, bottom + 11 * scale, short_number(value), theme.faint, 12, "centre")
    for value in axes.y.marks(max(3, int((bottom - top) / (24 * scale)))):
        y = axes.y.at(value)
        sketch.line(axes.x.begin, y, axes.x.end, y, faint)
        sketch.text(axes.x.begin - 6 * scale, y, short_number(value), theme.faint, 12, "right")
    middle = (axes.x.begin + axes.x.end) / 2
    if sketch.height > LOW * scale:
        sketch.text(middle, bottom + 28 * scale, "FLOP per byte read or written", theme.faint, 12, "centre")
    sketch.text(8 * scale, 15 * scale, "GFLOP/s", theme.faint, 12)


def _roof(sketch: Sketch, axes: Axes, ceiling: Ceiling) -> Roof:
    """Copy bandwidth, rising, up to the peak rate; both go on, thin: neither is a limit for all."""
    scale, ink = sketch.scale, sketch.theme.accent
    copy, peak = ceiling.copy_bytes_per_second / 1e9, ceiling.multiply_flops_per_second / 1e9
    ridge = peak / copy
    begin = max(axes.x.low, axes.y.low / copy)
    corner = axes.x.at(ridge), axes.y.at(peak)
    rising = (axes.x.at(begin), axes.y.at(begin * copy), *corner)
    level = (*corner, axes.x.end, corner[1])
    for line in (rising, level):
        sketch.line(*line, ink, 2.0)
    thin, above = mixed(ink, sketch.theme.panel, 0.6), min(axes.y.high / copy, axes.x.high)
    sketch.line(axes.x.at(ridge), axes.y.at(peak), axes.x.at(above), axes.y.at(above * copy), thin)
    sketch.line(axes.x.begin, axes.y.at(peak), axes.x.at(ridge), axes.y.at(peak), thin)
    words = f"{rate(peak)} GFLOP/s, float32 with {counted(ceiling.threads, 'thread')}"
    y = axes.y.at(peak) - 9 * scale
    sketch.text(axes.x.begin + 4 * scale, y, words, ink, 12)
    width = sketch.room_of(words, 12)
    boxes = [(axes.x.begin, y - 8 * scale, axes.x.begin + width + 8 * scale, y + 8 * scale)]
    words = f"{rate(copy)} GB/s copied"
    width = sketch.room_of(words, 12)
    lines = Labels((axes.x.begin, axes.y.end, axes.x.end, axes.y.begin), boxes, [*_along(rising), *_along(level)])
    x, y = rising[0] + (rising[2] - rising[0]) / 4, rising[1] + (rising[3] - rising[1]) / 4
    if box := lines.place(x, y, 4 * scale, width, 16 * scale):
        sketch.text(box[0], (box[1] + box[3]) / 2, words, ink, 12)
        boxes.append(box)
    return Roof(boxes, [*_along(rising), *_along(level)])


def _along(line: Box) -> list[Box]:
    """Small boxes that cover it."""
    left, top, right, bottom = line
    steps = max(1, math.ceil((right - left) / STEP))
    places = [(left + (right - left) * at / steps, top + (bottom - top) * at / steps) for at in range(steps + 1)]
    return [(a[0], min(a[1], b[1]) - 1, b[0], max(a[1], b[1]) + 1) for a, b in pairwise(places)]


def _radius(dot: Dot, found: Roofline, scale: float) -> float:
    """The area is the time."""
    part = dot.time / found.dots[0].time
    return max(SMALLEST, LARGEST * math.sqrt(part)) * scale


def _names(sketch: Sketch, placed: list, roof: Roof) -> None:
    inside = (
        LEFT * sketch.scale,
        TOP * sketch.scale,
        sketch.width,
        sketch.height - _below(sketch.height, sketch.scale),
    )
    boxes = [(x - radius, y - radius, x + radius, y + radius) for _, x, y, radius in placed]
    labels = Labels(inside, [*boxes, *roof.words], roof.lines)
    for dot, x, y, radius in placed:
        width, height = sketch.room_of(dot.name, 12), 15 * sketch.scale
        if box := labels.place(x, y, radius, width, height):
            sketch.text(box[0], (box[1] + box[3]) / 2, dot.name, sketch.theme.text, 12)


def _above(sketch: Sketch, found: Roofline, ceiling: Ceiling | None) -> None:
    scale, left = sketch.scale, 76 * sketch.scale
    main, others = found.dots[0].phase, sorted({dot.phase for dot in found.dots} - {found.dots[0].phase})
    filled = f"filled: {main}, hollow: {' and '.join(others)}.  " if others else ""
    parts = [f"only moving bytes {share(found.without_arithmetic, found.time)}"] if found.without_arithmetic else []
    parts += [f"not modelled {share(found.not_modelled, found.time)}"] if found.not_modelled else []
    text = filled + (f"Not shown, of the time: {', '.join(parts)}." if parts else "")
    room = sketch.width - left - 10 * scale
    if not ceiling:
        sketch.fitted(left, 33 * scale, MEASURE, room, sketch.theme.faint, 12)
    sketch.fitted(left, 15 * scale, text, room, sketch.theme.faint, 12)
    sketch.spot((left, 4 * scale, sketch.width, 26 * scale), text)


def _tip(dot: Dot, found: Roofline, ceiling: Ceiling | None) -> str:
    lines = [
        f"{dot.name}, {dot.phase}",
        f"{duration(dot.time)} ({dot.time:,} ns), {share(dot.time, found.time)} of all, {dot.count:,} computed",
        f"{dot.gflops:.6g} GFLOP/s, {dot.gbytes:.6g} GB/s, {dot.intensity:.4g} FLOP per byte",
    ]
    if ceiling:
        copy, peak = ceiling.copy_bytes_per_second / 1e9, ceiling.multiply_flops_per_second / 1e9
        lines.append(f"{dot.gbytes / copy:.0%} of the copy bandwidth, {dot.gflops / peak:.0%} of the float32 rate")
        if dot.gbytes > copy:
            lines.append("faster than memory copies: its bytes come out of caches")
    return "\n".join(lines)

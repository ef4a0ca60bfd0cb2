"""Memory over time: what buffers held, by role, one on top of the other, and what the process had in memory."""

from __future__ import annotations

import numpy as np

from ggmlviz.analysis.memory.over_time import live_bytes
from ggmlviz.scene.drawing import Colour, Lines, Rectangles, Shape, colours
from ggmlviz.scene.heatmap.frame import SIZES
from ggmlviz.scene.lettering import text_width
from ggmlviz.scene.opened import Opened
from ggmlviz.scene.palette import Theme
from ggmlviz.scene.sketch import Sketch
from ggmlviz.scene.time_scale import TimeScale
from ggmlviz.scene.timeline.counters import ROLE_COLOURS
from ggmlviz.scene.units import amount, counted, duration
from ggmlviz.trace.buffers import ROLES

ROLES_UPWARDS = ("weights", "kv cache", "compute", "output", "other")
TEXT = 11.0


def chart_shapes(
    opened: Opened, times: TimeScale, top: float, bottom: float, moment: int | None, theme: Theme, scale: float
) -> list[Shape]:
    head = 15 * scale
    floor, room = bottom - scale, bottom - top - head - 2 * scale
    steps, bytes_of = _steps(opened, times)
    resident_at, resident = resident_over_time(opened, times)
    stacked = np.cumsum([bytes_of[role] for role in bytes_of], axis=0) if bytes_of else np.zeros((1, 1))
    most = max(float(stacked[-1].max(initial=0)), float(resident.max(initial=0)), 1.0)
    shapes: list[Shape] = []
    before = np.zeros(len(steps) - 1)
    for role, above in zip(bytes_of, stacked, strict=False):
        shapes.append(_area(steps, before, above, floor, room / most, ROLE_COLOURS[role]))
        before = above
    if len(resident) > 1:
        shapes.append(_line(times.x(resident_at), floor - resident * (room / most), theme.text, 1.5 * scale))
    sketch = Sketch(times.left + times.width, bottom, theme, scale)
    _legend(sketch, opened, list(bytes_of), times, top + head / 2, len(resident) > 1)
    sketch.text(times.left - 8 * scale, top + head + 6 * scale, amount(most), theme.faint, TEXT, "right")
    sketch.text(times.left - 8 * scale, floor - 5 * scale, "0", theme.faint, TEXT, "right")
    sketch.line(times.left, floor + 0.5, times.left + times.width, floor + 0.5, theme.line)
    if moment is not None and times.range.begin <= moment <= times.range.end:
        x = float(times.x(np.array([moment]))[0])
        sketch.line(x, top + head, x, floor, theme.accent, 1.5 * scale)
        sketch.plane()
        _list(sketch, alive_at(opened, moment), x, top, floor)
    return [*shapes, *sketch.picture().drawing.shapes]


def _steps(opened: Opened, times: TimeScale) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Pixels at which anything changes, one more than there are values; by role the bytes from each to the next."""
    at, bytes_of = live_bytes(opened.trace)
    if not len(at):
        return np.array([times.left, times.left + times.width]), {}
    edges = np.clip(times.x(at), times.left, times.left + times.width)
    # Of changes within one pixel the last one counts: the first would be drawn over anyway.
    keep = np.flatnonzero(np.append(np.diff(np.floor(edges)) > 0, True))
    begins = np.append(keep, len(at) - 1)[: len(keep)]
    found = {role: bytes_of[role][begins] for role in ROLES_UPWARDS if role in bytes_of and bytes_of[role].any()}
    steps = np.append(edges[keep], times.left + times.width)
    return steps, found


def resident_over_time(opened: Opened, times: TimeScale) -> tuple[np.ndarray, np.ndarray]:
    """When the memory of the process was read after runs, and its bytes; of those within a pixel the last."""
    runs = opened.trace.runs
    told = np.flatnonzero(
        (runs["resident"] >= 0) & (runs["end"] >= times.range.begin) & (runs["end"] < times.range.end)
    )
    at = runs["end"][told] - runs["resident_age"][told].astype(np.int64) * 1_000_000
    order = np.argsort(at, kind="stable")
    at, resident = at[order], runs["resident"][told][order]
    inside = at >= times.range.begin
    at, resident = at[inside], resident[inside]
    keep = np.flatnonzero(np.append(np.diff(np.floor(times.x(at))) > 0, True)) if len(at) else np.empty(0, np.int64)
    return at[keep], resident[keep].astype(np.float64)


def _area(steps: np.ndarray, low: np.ndarray, high: np.ndarray, floor: float, per_byte: float, colour: Colour) -> Shape:
    boxes = np.column_stack([steps[:-1], floor - high * per_byte, steps[1:], floor - low * per_byte])
    filled = (high > low) & (steps[1:] > steps[:-1])
    return Rectangles(boxes[filled].astype(np.float32), colours(colour, int(filled.sum())))


def _line(x: np.ndarray, y: np.ndarray, colour: Colour, width: float) -> Shape:
    ends = np.column_stack([x[:-1], y[:-1], x[1:], y[1:]]).astype(np.float32)
    return Lines(ends, colours(colour, len(ends)), width)


def _legend(sketch: Sketch, opened: Opened, roles: list[str], times: TimeScale, y: float, resident: bool) -> None:
    scale, theme = sketch.scale, sketch.theme
    sketch.text(8 * scale, y, "OVER TIME", size=12.0, bold=True)
    x = times.left
    for role in roles:
        sketch.rectangle(x, y - 4 * scale, x + 8 * scale, y + 4 * scale, ROLE_COLOURS[role])
        sketch.text(x + 12 * scale, y, role, theme.faint, TEXT)
        x += 12 * scale + text_width(role, TEXT * scale) + 14 * scale
    if resident:
        room = sketch.width + (SIZES - 20) * scale - x
        if words := sketch.short("memory of the process", room, TEXT):
            sketch.rectangle(x, y - 0.75 * scale, x + 12 * scale, y + 0.75 * scale, theme.text)
            sketch.text(x + 16 * scale, y, words, theme.faint, TEXT)


def _list(sketch: Sketch, lines: list[str], x: float, top: float, floor: float) -> None:
    """Beside the moment, as many lines as there is room for."""
    scale, theme = sketch.scale, sketch.theme
    line, margin = 14 * scale, 6 * scale
    shown = max(2, int((floor - top - 2 * margin) // line))
    if len(lines) > shown:
        lines = [*lines[: shown - 1], f"and {len(lines) - shown + 1} more"]
    wide = max(sketch.room_of(text, 11.5) for text in lines) + 2 * margin
    left = x + margin if x + margin + wide <= sketch.width else x - margin - wide
    sketch.rectangle(left, floor - len(lines) * line - 2 * margin, left + wide, floor, theme.raised, theme.line, 4.0)
    for number, text in enumerate(lines):
        y = floor - margin - (len(lines) - number - 0.5) * line
        sketch.text(left + margin, y, text, theme.text if number else theme.faint, 11.5, bold=not number)


def alive_at(opened: Opened, moment: int) -> list[str]:
    """Lines that say what was alive then, the largest first."""
    trace = opened.trace
    buffers = trace.buffers
    there = (buffers["begin"] <= moment) & ((buffers["end"] < 0) | (buffers["end"] > moment)) & (buffers["size"] > 0)
    numbers = np.flatnonzero(there)
    numbers = numbers[np.argsort(-buffers["size"][numbers], kind="stable")]
    whole = int(buffers["size"][numbers].sum())
    lines = [f"alive at {duration(moment)}: {amount(whole)} in {counted(len(numbers), 'buffer')}"]
    for number in numbers.tolist():
        buffer = buffers[number]
        type = trace.definitions.strings[buffer["type"]]
        lines.append(f"{amount(int(buffer['size']))}  {ROLES[buffer['role']]}, {type}, buffer {number}")
    return lines

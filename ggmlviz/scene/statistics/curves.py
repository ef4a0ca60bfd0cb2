"""A small chart of some lines over the same numbers, with what each is called beside its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ggmlviz.scene.drawing import Colour
from ggmlviz.scene.palette import mixed
from ggmlviz.scene.sketch import Sketch

LEFT, BOTTOM, TOP = 44.0, 38.0, 30.0


@dataclass(frozen=True)
class Curve:
    name: str
    y: Sequence[float]  # 0 to 1
    colour: Colour


def draw_curves(
    sketch: Sketch,
    box: tuple[float, float, float, float],
    title: str,
    below: str,
    x: Sequence[int],
    curves: Sequence[Curve],
) -> None:
    scale, theme = sketch.scale, sketch.theme
    left, top, right, bottom = box
    sketch.fitted(left, top + 12 * scale, title, right - left, bold=True)
    left, top, right, bottom = left + LEFT * scale, top + TOP * scale, right - 12 * scale, bottom - BOTTOM * scale
    faint = mixed(theme.line, theme.panel, 0.5)
    for part in (0, 0.25, 0.5, 0.75, 1):
        y = bottom - part * (bottom - top)
        sketch.line(left, y, right, y, faint)
        sketch.text(left - 6 * scale, y, f"{part:.0%}", theme.faint, 12, "right")
    step = (right - left) / max(1, len(x) - 1)
    places = [left + number * step for number in range(len(x))] if len(x) > 1 else [(left + right) / 2]
    _numbers(sketch, x, places, bottom)
    sketch.text((left + right) / 2, bottom + 28 * scale, below, theme.faint, 12, "centre")
    for curve in curves:
        _curve(sketch, curve, places, top, bottom)
    sketch.plane()
    for number, place in enumerate(places):
        lines = [f"{x[number]} {below}", *(f"{curve.name}: {curve.y[number]:.2%}" for curve in curves)]
        sketch.spot((place - step / 2, top, place + max(step, 8) / 2, bottom), "\n".join(lines))
    _legend(sketch, curves, right, bottom)


def _numbers(sketch: Sketch, x: Sequence[int], places: list[float], bottom: float) -> None:
    free = -1e9
    for value, place in zip(x, places, strict=True):
        wide = sketch.room_of(str(value), 12) + 8 * sketch.scale
        if place - wide / 2 >= free:
            sketch.text(place, bottom + 11 * sketch.scale, str(value), sketch.theme.faint, 12, "centre")
            free = place + wide / 2


def _curve(sketch: Sketch, curve: Curve, places: list[float], top: float, bottom: float) -> None:
    points = [(x, bottom - y * (bottom - top)) for x, y in zip(places, curve.y, strict=True)]
    for (x, y), (to_x, to_y) in pairwise(points):
        sketch.line(x, y, to_x, to_y, curve.colour, 2.0)
    if len(points) <= 24:
        for x, y in points:
            sketch.rectangle(x - 3, y - 3, x + 3, y + 3, curve.colour, rounding=3.0)


def _legend(sketch: Sketch, curves: Sequence[Curve], right: float, bottom: float) -> None:
    """In the corner that curves which rise to 1 leave free."""
    scale = sketch.scale
    if len(curves) < 2:
        return
    wide = max(sketch.room_of(curve.name, 12) for curve in curves)
    top = bottom - (len(curves) * 16 + 6) * scale
    left = right - wide - 30 * scale
    sketch.rectangle(left - 6 * scale, top, right, bottom - 2 * scale, sketch.theme.raised, rounding=3.0)
    for number, curve in enumerate(curves):
        y = top + (number * 16 + 10) * scale
        sketch.line(left, y, left + 16 * scale, y, curve.colour, 2.0)
        sketch.text(left + 22 * scale, y, curve.name, sketch.theme.text, 12)

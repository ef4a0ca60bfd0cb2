"""A table as a drawing: only the rows in sight, columns as wide as their numbers, what a row's share is as a bar."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from ggmlviz.scene.drawing import Colour
from ggmlviz.scene.palette import Theme, mixed
from ggmlviz.scene.sketch import Picture, Sketch

ROW = 20.0
HEAD = 24.0
GAP = 10.0
LEAST_NAME = 130.0  # columns behind are left out before the first is narrower
BAR = 54.0
NO_ROWS = "No rows: nothing of this in the range, or nothing that fits the filter."


@dataclass(frozen=True)
class Column:
    """The first of a table is text and takes what room is left; the others are numbers."""

    title: str
    text: Callable[[Any], str]
    key: Callable[[Any], Any]  # what is sorted by; None goes last
    exact: Callable[[Any], str]
    widest: str = ""  # a text that is as wide as any
    bar: Callable[[Any], float] | None = None  # 0 to 1
    about: str = ""  # what it is, in the tooltip of its head
    weight: int = 0  # the higher, the later it is left out where there is no room


@dataclass(frozen=True)
class Sorting:
    column: str
    falling: bool = True


@dataclass(frozen=True)
class HeadOf:
    """A click on a head asks for this."""

    column: str


@dataclass(frozen=True)
class Body:
    """What is shown, beside the rows themselves."""

    sorting: Sorting
    scroll: float = 0.0  # pixels
    selected: Hashable = None
    faded: bool = False  # an older answer, until the new one is there


def sorted_rows(rows: Sequence[Any], columns: Sequence[Column], sorting: Sorting) -> list[Any]:
    """Those without a value are last in either direction."""
    key = next((column.key for column in columns if column.title == sorting.column), columns[0].key)
    known = [row for row in rows if key(row) is not None]
    return sorted(known, key=key, reverse=sorting.falling) + [row for row in rows if key(row) is None]


def table_picture(
    rows: Sequence[Any],
    columns: Sequence[Column],
    body: Body,
    size: tuple[float, float],
    theme: Theme,
    scale: float = 1.0,
    colour_of: Callable[[Any], Colour | None] = lambda row: None,
    key_of: Callable[[Any], Hashable] = lambda row: row,
    least_name: float = LEAST_NAME,
) -> Picture:
    """`rows` are sorted. Each row is a spot with itself as the target."""
    sketch = Sketch(*size, theme, scale)
    shown = _fitting(columns, sketch, least_name * scale)
    height, head = ROW * scale, HEAD * scale
    first = max(0, int(body.scroll // height))
    top = head + first * height - body.scroll
    seen = rows[first : first + max(0, math.ceil((sketch.height - top) / height))]
    for number, row in enumerate(seen):
        if key_of(row) == body.selected:
            lit = mixed(theme.accent, theme.panel, 0.75)
            sketch.rectangle(0, top + number * height, sketch.width, top + (number + 1) * height, lit)
    sketch.plane()
    for number, row in enumerate(seen):
        _row(sketch, row, shown, top + number * height, body.faded, colour_of(row))
    if not rows:
        sketch.text(8 * scale, head + 16 * scale, NO_ROWS, theme.faint)
    sketch.plane()
    _head(sketch, shown, body.sorting)
    whole = len(rows) * height
    _scroll_bar(sketch, body.scroll, whole, head)
    return sketch.picture(whole + head)


def as_text(rows: Sequence[Any], columns: Sequence[Column]) -> str:
    """Tab-separated, with exact values: for other programs."""
    lines = [[column.title for column in columns], *([column.exact(row) for column in columns] for row in rows)]
    return "\n".join("\t".join(cell.replace("\t", " ").replace("\n", " ") for cell in line) for line in lines) + "\n"


def _fitting(columns: Sequence[Column], sketch: Sketch, least: float) -> list[tuple[Column, float, float]]:
    """Columns with their left and right edges."""
    scale = sketch.scale
    widths = {column.title: _width(column, sketch) for column in columns[1:]}
    rest = sorted(columns[1:], key=lambda column: -column.weight)
    while rest and sum(widths[column.title] for column in rest) > sketch.width - least:
        rest.pop()
    right, placed = sketch.width - 8 * scale, []
    for column in reversed([column for column in columns[1:] if column in rest]):
        placed.append((column, right - widths[column.title] + GAP * scale, right))
        right -= widths[column.title]
    return [(columns[0], 8 * scale, right - GAP * scale), *reversed(placed)]


def _width(column: Column, sketch: Sketch) -> float:
    arrow = 14 * sketch.scale
    wide = max(sketch.room_of(column.widest), sketch.room_of(column.title, bold=True) + arrow)
    return wide + (GAP + (BAR + 6 if column.bar else 0)) * sketch.scale


def _head(sketch: Sketch, shown: list[tuple[Column, float, float]], sorting: Sorting) -> None:
    theme, scale = sketch.theme, sketch.scale
    height = HEAD * scale
    sketch.rectangle(0, 0, sketch.width, height, theme.raised)
    sketch.line(0, height - 0.5, sketch.width, height - 0.5, theme.line)
    for number, (column, left, right) in enumerate(shown):
        mine = column.title == sorting.column
        colour = theme.text if mine else theme.faint
        arrow = 12 * scale if mine else 0
        if number:
            sketch.text(right - arrow, height / 2, column.title, colour, anchor="right", bold=True)
            at = right - 5 * scale
        else:
            sketch.fitted(left, height / 2, column.title, right - left - arrow, colour, bold=True)
            at = left + min(sketch.room_of(column.title, bold=True), right - left - arrow) + 8 * scale
        if mine:
            _arrow(sketch, at, height / 2, sorting.falling)
        sketch.spot(
            (left, 0, right, height), f"{column.about or column.title}\nclick: sort by it", HeadOf(column.title)
        )


def _arrow(sketch: Sketch, x: float, y: float, down: bool) -> None:
    """Drawn, as no font needs to have it."""
    step = 3.5 * sketch.scale
    tip, back = (y + step / 2, y - step / 2) if down else (y - step / 2, y + step / 2)
    for side in (-step, step):
        sketch.line(x + side, back, x, tip, sketch.theme.accent, 1.5 * sketch.scale)


def _row(sketch: Sketch, row: Any, shown, top: float, faded: bool, colour: Colour | None) -> None:
    theme, scale = sketch.theme, sketch.scale
    height = ROW * scale
    middle = top + height / 2
    ink = theme.faint if faded else theme.text
    column, left, right = shown[0]
    if colour is not None:
        sketch.rectangle(left, middle - 5 * scale, left + 10 * scale, middle + 5 * scale, colour, rounding=2.0)
        left += 16 * scale
    sketch.fitted(left, middle, column.text(row), right - left, ink)
    for column, left, right in shown[1:]:
        if column.bar is not None:
            _bar(sketch, left, middle, column.bar(row), colour or theme.faint)
        sketch.text(right, middle, column.text(row), ink, anchor="right")
    tip = "\n".join(f"{column.title}: {column.exact(row)}" for column, _, _ in shown)
    sketch.spot((0, max(top, HEAD * scale), sketch.width, top + height), tip, row)


def _bar(sketch: Sketch, left: float, middle: float, part: float, colour: Colour) -> None:
    scale = sketch.scale
    width = BAR * scale
    sketch.rectangle(left, middle - 4 * scale, left + width, middle + 4 * scale, sketch.theme.raised)
    if part > 0:
        filled = max(1.0, min(part, 1.0) * width)
        sketch.rectangle(left, middle - 4 * scale, left + filled, middle + 4 * scale, colour)


def _scroll_bar(sketch: Sketch, scroll: float, whole: float, head: float) -> None:
    room = sketch.height - head
    if whole <= room or room <= 0:
        return
    length = max(room * room / whole, 12.0)
    top = head + scroll / (whole - room) * (room - length)
    sketch.rectangle(sketch.width - 5, top, sketch.width - 1, top + length, sketch.theme.line, rounding=2.0)

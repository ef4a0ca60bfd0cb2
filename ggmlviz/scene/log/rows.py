"""The trace log as a picture: of millions of lines only those in sight are made."""

from __future__ import annotations

from dataclasses import dataclass

from ggmlviz.analysis.log_entries import EntryKind, LogEntries
from ggmlviz.scene.log.lines import LogLine, line_at
from ggmlviz.scene.opened import Opened
from ggmlviz.scene.palette import Theme, mixed
from ggmlviz.scene.selection import Selection
from ggmlviz.scene.sketch import Picture, Sketch

HEAD, ROW, MARGIN, BAR, TEXT = 22.0, 18.0, 8.0, 10.0, 12.0
SHORTEST_THUMB = 24.0
COLUMNS = (  # title, width, from which width of the view on it is shown, anchor
    ("ms", 86.0, 0.0, "right"),
    ("run", 44.0, 420.0, "right"),
    ("op", 118.0, 0.0, "left"),
    ("tensor", 190.0, 290.0, "left"),
    ("duration", 66.0, 384.0, "right"),
    ("reads", 0.0, 640.0, "left"),
)
FIELDS = {"ms": "time", "run": "run", "op": "what", "tensor": "tensor", "duration": "duration", "reads": "reads"}


@dataclass(frozen=True)
class Thumb:
    """Of the scroll bar: pixels, and the lines above those in sight at its ends."""

    top: float
    height: float
    track_top: float
    track_height: float
    last: int  # the highest line that can be on top

    def line_at(self, top: float) -> int:
        """The line on top when the thumb is dragged there."""
        room = max(1.0, self.track_height - self.height)
        return round(min(max((top - self.track_top) / room, 0.0), 1.0) * self.last)


@dataclass(frozen=True, eq=False)
class LogPicture:
    picture: Picture
    thumb: Thumb | None  # None: all lines are in sight

    def over_bar(self, x: float, scale: float) -> bool:
        return self.thumb is not None and x >= self.picture.drawing.width - (BAR + 4) * scale


def lines_in_sight(height: float, scale: float) -> int:
    return max(1, int((height - HEAD * scale) // (ROW * scale)))


def log_picture(
    opened: Opened,
    entries: LogEntries,
    first: int,
    selection: Selection,
    size: tuple[int, int],
    theme: Theme,
    scale: float = 1.0,
    faded: bool = False,
) -> LogPicture:
    """`first` is the line on top. Each line is a spot with itself as the target; its tooltip says all of it."""
    width, height = size
    sketch = Sketch(width, height, theme, scale)
    columns = columns_in(width, scale)
    shown = lines_in_sight(height, scale)
    last = max(0, entries.count - shown)
    first = min(max(first, 0), last)
    in_sight = range(first, min(first + shown + 1, entries.count))
    lines = [(line_at(opened, entries, number), number, (HEAD + (number - first) * ROW) * scale) for number in in_sight]
    for line, number, top in lines:
        _ground(sketch, top, _is_selected(line, selection), number % 2 == 1)
    sketch.plane()
    for line, _, top in lines:
        _line(sketch, line, columns, top, faded)
    _head(sketch, columns)
    if not entries.count:
        sketch.text(width / 2, height / 2, "nothing happened here that fits", theme.faint, anchor="centre")
    thumb = _thumb(sketch, first, last, entries.count, shown) if last else None
    return LogPicture(sketch.picture(), thumb)


def columns_in(width: float, scale: float) -> list[tuple[str, float, float, str]]:
    """Title, left, right and anchor of those there is room for. The last text column takes what the others leave."""
    shown = [column for column in COLUMNS if width >= column[2] * scale]
    greedy = next(title for title in ("reads", "tensor", "op") if title in [column[0] for column in shown])
    fixed = sum((column[1] if column[0] != greedy else 0.0) + MARGIN for column in shown) * scale
    left, placed = MARGIN * scale, []
    for title, wide, _, anchor in shown:
        room = max(40 * scale, width - BAR * scale - fixed - MARGIN * scale) if title == greedy else wide * scale
        placed.append((title, left, left + room, anchor))
        left += room + MARGIN * scale
    return placed


def _head(sketch: Sketch, columns: list[tuple[str, float, float, str]]) -> None:
    theme, scale = sketch.theme, sketch.scale
    sketch.rectangle(0, 0, sketch.width, HEAD * scale, theme.raised)
    sketch.line(0, HEAD * scale - 0.5, sketch.width, HEAD * scale - 0.5, theme.line)
    for title, left, right, anchor in columns:
        sketch.text(right if anchor == "right" else left, HEAD * scale / 2, title, theme.faint, TEXT, anchor, True)


def _ground(sketch: Sketch, top: float, selected: bool, odd: bool) -> None:
    theme = sketch.theme
    fill = mixed(theme.accent, theme.panel, 0.7) if selected else mixed(theme.raised, theme.panel, 0.6)
    if selected or odd:
        sketch.rectangle(0, top, sketch.width, top + ROW * sketch.scale, fill)


def _line(sketch: Sketch, line: LogLine, columns: list[tuple[str, float, float, str]], top: float, faded: bool) -> None:
    theme, scale = sketch.theme, sketch.scale
    bottom = top + ROW * scale
    middle = (top + bottom) / 2
    ink = theme.faint if faded else theme.text
    for title, left, right, anchor in columns:
        text, colour = getattr(line, FIELDS[title]), ink
        if title == "op":
            sketch.rectangle(left, middle - 4 * scale, left + 8 * scale, middle + 4 * scale, line.colour, rounding=2.0)
            left += 13 * scale
        if title in ("reads", "run"):
            colour = theme.faint
        text = sketch.short(text, right - left, TEXT)
        sketch.text(right if anchor == "right" else left, middle, text, colour, TEXT, anchor)
    run = f"run {line.run}\n" if line.run else ""
    lasted = f"took {line.duration}\n" if line.duration else ""
    tip = f"{line.what} {line.tensor}\nat {line.time} ms\n{run}{lasted}{line.reads}"
    sketch.spot((0, top, sketch.width - (BAR + 4) * scale, bottom), tip.strip(), line)


def _is_selected(line: LogLine, selection: Selection) -> bool:
    if line.kind is EntryKind.NODE:
        return selection.execution == line.number
    if line.kind is EntryKind.RUN:
        return selection.run == line.number
    alone = selection.execution is None and selection.tensor is None
    return line.kind is not EntryKind.TRANSFER and alone and selection.buffer == line.number


def _thumb(sketch: Sketch, first: int, last: int, count: int, shown: int) -> Thumb:
    scale, theme = sketch.scale, sketch.theme
    top, room = HEAD * scale, sketch.height - HEAD * scale
    high = min(max(room * shown / count, SHORTEST_THUMB * scale), room)
    at = top + (room - high) * first / last
    right = sketch.width - 2 * scale
    sketch.rectangle(right - BAR * scale, top, sketch.width, top + room, theme.raised)
    sketch.rectangle(right - (BAR - 2) * scale, at, right - 2 * scale, at + high, theme.faint, rounding=3.0)
    return Thumb(at, high, top, room, last)

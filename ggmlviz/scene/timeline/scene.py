"""The timeline: everything that happened, over time, and what lies where."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ggmlviz.analysis.op_lanes import OpLane
from ggmlviz.scene.drawing import Drawing, Lines, Rectangles, Shape, Texts, colours
from ggmlviz.scene.lettering import shortened
from ggmlviz.scene.timeline.found import found_shapes
from ggmlviz.scene.timeline.frame import GAP, MINIMAP, RULER, Frame, Hit, Lane, Look
from ggmlviz.scene.timeline.lanes import Lanes
from ggmlviz.scene.timeline.marks import area, area_label, extents, measured, note_at, notes
from ggmlviz.scene.timeline.nest import NestLane
from ggmlviz.scene.timeline.ops import OpsLane
from ggmlviz.scene.timeline.ruler import grid, ruler
from ggmlviz.scene.timeline.runs import RunsLane
from ggmlviz.scene.timeline.threads import ThreadLane

_short = lru_cache(1024)(shortened)  # titles stay the same from frame to frame
LEAST_GROWTH, MOST_GROWTH = 0.75, 3.0  # times their own height that lanes take, as there is room


@dataclass(frozen=True)
class Row:
    """A lane at its place."""

    lane: Lane
    top: float
    bottom: float
    pinned: bool


class TimelineScene:
    """One picture, and what is where in it."""

    def __init__(self, lanes: Lanes, look: Look):
        self.lanes, self.look, self.frame = lanes, look, Frame(look)
        self.ruler = round(RULER * look.scale)
        self.minimap_top = look.height - round(MINIMAP * look.scale)
        self.rows, self.pinned_bottom, self.most_scroll = self._placed()
        self.drawing = Drawing(look.width, look.height, look.theme.panel, tuple(self._shapes()))

    def _placed(self) -> tuple[list[Row], float, float]:
        """Rows, where the pinned ones end, and how far the others can be scrolled."""
        look, ui = self.look, self.look.scale
        lanes = self.lanes.shown(look)
        gap, room = GAP * ui, self.minimap_top - self.ruler - GAP * ui
        total = sum(lane.height * ui for lane in lanes)
        spare = room - gap * len(lanes)
        grown = min(max(spare / total, LEAST_GROWTH), MOST_GROWTH) if total else 1.0
        heights = [float(np.floor(lane.height * ui * grown)) for lane in lanes]
        pinned = sum(lane.key in look.pinned for lane in lanes)
        pinned_bottom = self.ruler + sum(heights[:pinned]) + gap * pinned
        below = sum(heights[pinned:]) + gap * (len(lanes) - pinned)
        most = max(0.0, below - (self.minimap_top - pinned_bottom - gap))
        rows, top = [], self.ruler + gap
        for number, (lane, height) in enumerate(zip(lanes, heights, strict=True)):
            if number == pinned:
                top -= round(min(look.scroll, most))
            rows.append(Row(lane, top, top + height, number < pinned))
            top += height + gap
        return rows, pinned_bottom, most

    def _shapes(self) -> list[Shape]:
        frame, top, bottom = self.frame, self.ruler, self.minimap_top
        shapes = grid(frame, top, bottom)
        seen = [row for row in self.rows if row.bottom > self.pinned_bottom and row.top < bottom and not row.pinned]
        pinned = [row for row in self.rows if row.pinned]
        for row in seen:
            shapes += self._row(row)
        shapes += self._headers(seen)
        if pinned:
            box = np.array([[0, top, self.look.width, self.pinned_bottom]], np.float32)
            shapes.append(Rectangles(box, colours(self.look.theme.panel, 1)))
            for row in pinned:
                shapes += self._row(row)
            shapes += self._headers(pinned)
            line = np.array([[0, self.pinned_bottom, self.look.width, self.pinned_bottom]], np.float32)
            shapes.append(Lines(line, colours(self.look.theme.faint, 1)))
        shapes += self._scroll_bar()
        if not self.rows:
            at = np.array([[frame.left + frame.columns / 2, (top + bottom) / 2]], np.float32)
            text = f"no lane is called “{self.look.filter}”"
            shapes.append(Texts(at, [text], colours(self.look.theme.faint, 1), frame.text, "centre"))
        shapes += area(frame, top, bottom)
        shapes += measured(frame, top, bottom)
        in_ruler = [*area_label(frame, self.ruler / 2), *notes(frame, 2, bottom)]
        shapes += ruler(frame, self.ruler, extents(in_ruler)) + in_ruler
        return shapes + self.lanes.minimap.draw(frame, self.minimap_top, self.look.height)

    def _row(self, row: Row) -> list[Shape]:
        frame, lane = self.frame, row.lane
        shapes = list(lane.draw(frame, row.top, row.bottom))
        if isinstance(lane, OpsLane):
            shapes += found_shapes(frame, self.lanes.trace, lane.lane, row.top, row.bottom)
        number = lane_number(lane)
        if number is not None and len(gaps := self.lanes.gaps.of(number)):
            shapes += self.lanes.gaps.draw(frame, gaps, row.top, row.bottom)
        return shapes

    def _scroll_bar(self) -> list[Shape]:
        """At the right edge of the headers, where there are more lanes than room."""
        if not self.most_scroll:
            return []
        top, room = self.pinned_bottom, self.minimap_top - self.pinned_bottom
        long = room * room / (room + self.most_scroll)
        at = top + (room - long) * min(self.look.scroll, self.most_scroll) / self.most_scroll
        right = self.frame.left - 2
        box = np.array([[right - 3 * self.look.scale, at, right, at + long]], np.float32)
        return [Rectangles(box, colours(self.look.theme.faint, 1))]

    def _headers(self, rows: list[Row]) -> list[Shape]:
        """Titles, and below them what else a lane says of itself where it is high enough for two lines."""
        theme, frame, ui = self.look.theme, self.frame, self.look.scale
        if not rows:
            return []
        box = np.array([(0, row.top, frame.left - 2, row.bottom) for row in rows], np.float32)
        two = [bool(row.lane.about) and row.bottom - row.top >= 30 * ui for row in rows]
        middles = [(row.top + row.bottom) / 2 for row in rows]
        at = [(7 * ui, middle - 7.5 * ui * below) for middle, below in zip(middles, two, strict=True)]
        room = frame.left - 14 * ui
        titles = [_short(row.lane.title, room, frame.text) for row in rows]
        fill = np.array([theme.accent if row.pinned else theme.text for row in rows], np.uint8)
        shapes: list[Shape] = [
            Rectangles(box, colours(theme.raised, len(rows))),
            Texts(np.array(at, np.float32), titles, fill, frame.text),
        ]
        with_two = [number for number, below in enumerate(two) if below]
        if with_two:
            at = np.array([(7 * ui, middles[number] + 7.5 * ui) for number in with_two], np.float32)
            texts = [_short(rows[number].lane.about, room, frame.text * 0.92) for number in with_two]
            shapes.append(Texts(at, texts, colours(theme.faint, len(texts)), frame.text * 0.92))
        return shapes

    def at(self, x: float, y: float) -> Hit | None:
        """What is under the mouse; None over nothing."""
        if y >= self.minimap_top:
            return Hit("minimap") if x >= self.frame.left else None
        if y < self.ruler:
            return note_at(self.frame, x) or Hit("ruler")
        row = self.row_at(y)
        if row is None:
            return None
        if x < self.frame.left:
            return Hit("header", row.lane.key, self._about(row))
        number = lane_number(row.lane)
        loss = self.lanes.gaps.at(self.frame, number, x) if number is not None else None
        return loss or row.lane.at(self.frame, x, (y - row.top) / (row.bottom - row.top))

    def row_at(self, y: float) -> Row | None:
        over = [row for row in self.rows if row.top <= y < row.bottom and (row.pinned or y >= self.pinned_bottom)]
        return max(over, key=lambda row: row.pinned, default=None)

    def _about(self, row: Row) -> str:
        lines = [
            row.lane.title,
            row.lane.about,
            f"click: {'no longer keep it' if row.pinned else 'keep it'} at the top",
        ]
        return "\n".join(filter(None, lines))


def lane_number(lane: Lane) -> int | None:
    """Which lane of the trace it shows what was written in; None where it is of no one lane."""
    if isinstance(lane, OpsLane | NestLane | RunsLane | ThreadLane):
        return lane.lane.lane if isinstance(lane.lane, OpLane) else lane.lane
    return None

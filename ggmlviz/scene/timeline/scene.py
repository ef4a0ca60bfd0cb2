"""The timeline: everything that happened, over time, and what lies where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ggmlviz.scene.drawing import Drawing, Lines, Raster, Rectangles, Shape, Texts, colours
from ggmlviz.scene.timeline.beside import Beside, BesideLane
from ggmlviz.scene.timeline.found import found_shapes
from ggmlviz.scene.timeline.frame import GAP, MINIMAP, RULER, Frame, Hit, Lane, Look
from ggmlviz.scene.timeline.headers import Header, headers
from ggmlviz.scene.timeline.heading import Heading
from ggmlviz.scene.timeline.lane_number import lane_number
from ggmlviz.scene.timeline.lanes import Lanes
from ggmlviz.scene.timeline.marks import area, area_label, extents, measured, note_at, notes
from ggmlviz.scene.timeline.ops import OpsLane
from ggmlviz.scene.timeline.ruler import grid, ruler
from ggmlviz.scene.timeline.side_by_side import LEAST_GROWTH, side_by_side

MOST_GROWTH = 3.0  # times their own height that lanes take, where there is room


@dataclass(frozen=True)
class Row:
    """A lane at its place."""

    lane: Lane
    top: float
    bottom: float
    pinned: bool


class TimelineScene:
    """One picture, and what is where in it. `beside`: what is shown of other programs, below."""

    def __init__(self, lanes: Lanes, look: Look, beside: Sequence[Beside] = ()):
        self.lanes, self.beside, self.look, self.frame = lanes, beside, look, Frame(look)
        self.ruler = round(RULER * look.scale)
        self.minimap_top = look.height - round(MINIMAP * look.scale)
        self.rows, self.pinned_bottom, self.most_scroll = self._placed()
        self.drawing = Drawing(look.width, look.height, look.theme.panel, tuple(self._shapes()))

    def _placed(self) -> tuple[list[Row], float, float]:
        """Rows, where the pinned ones end, and how far the others can be scrolled."""
        look, ui = self.look, self.look.scale
        gap, room = GAP * ui, self.minimap_top - self.ruler - GAP * ui
        lanes = self._shown(room)
        headings = Heading.height * ui * sum(isinstance(lane, Heading) for lane in lanes)
        total = sum(lane.height * ui for lane in lanes) - headings
        spare = room - gap * len(lanes) - headings
        grown = min(max(spare / total, LEAST_GROWTH), MOST_GROWTH) if total > 0 else 1.0
        growth = [1.0 if isinstance(lane, Heading) else grown for lane in lanes]
        heights = [float(np.floor(lane.height * ui * by)) for lane, by in zip(lanes, growth, strict=True)]
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

    def _shown(self, room: float) -> list[Lane]:
        """With those of the other programs."""
        lanes = self.lanes.shown(self.look)
        return lanes if not self.beside else side_by_side(self.lanes, lanes, self.beside, self.look, room)

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
        return [
            replace(shape, name=f"{lane.key} {number}") if isinstance(shape, Raster) else shape
            for number, shape in enumerate(shapes)
        ]

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

    def _headers(self, rows: list[Row]) -> tuple[Shape, ...]:
        named = [row for row in rows if row.lane.title]
        return headers(self.frame, [Header(it.lane.title, it.lane.about, it.top, it.bottom, it.pinned) for it in named])

    def at(self, x: float, y: float) -> Hit | None:
        """What is under the mouse; None over nothing."""
        if y >= self.minimap_top:
            return Hit("minimap") if x >= self.frame.left else None
        if y < self.ruler:
            return note_at(self.frame, x) or Hit("ruler")
        row = self.row_at(y)
        if row is None:
            return None
        if isinstance(row.lane, Heading | BesideLane):
            return row.lane.at(self.frame, max(x, self.frame.left), (y - row.top) / (row.bottom - row.top))
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

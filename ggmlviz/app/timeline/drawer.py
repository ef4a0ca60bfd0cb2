"""Below the timeline, when asked for: what is in the picked area, the histogram of what was found, the notes."""

from __future__ import annotations

from collections.abc import Hashable

import dearpygui.dearpygui as dpg

from ggmlviz.analysis.area_totals import AreaTotal, area_totals
from ggmlviz.app.actions import Action, CannotDo
from ggmlviz.app.answer import Answer
from ggmlviz.app.jobs import Job
from ggmlviz.app.panel import Mouse
from ggmlviz.app.tables.picture_view import PictureView
from ggmlviz.app.timeline.notes import Notes
from ggmlviz.app.timeline.search import Search
from ggmlviz.app.timeline.state import TimelineState
from ggmlviz.scene.sketch import Picture, Spot
from ggmlviz.scene.statistics.chips import ROW, Chip, chips_picture
from ggmlviz.scene.statistics.table_picture import Body, Column, HeadOf, Sorting, as_text, sorted_rows, table_picture
from ggmlviz.scene.timeline import area_table, notes_table
from ggmlviz.scene.timeline.frame import Note
from ggmlviz.scene.timeline.histogram import Bin, histogram_picture
from ggmlviz.scene.units import counted, duration

KINDS = ("by op", "by tensor", "found", "notes")
CLOSE = "close"
HEIGHT = 176  # pixels, before scaling


class Drawer:
    def __init__(self, state: TimelineState, search: Search, notes: Notes):
        self._state, self._search, self._notes = state, search, notes
        session = self._session = state.session
        self.shown = ""  # one of KINDS; empty: closed
        self._sorting = {kind: Sorting("total") for kind in KINDS[:2]} | {"notes": Sorting("at", False)}
        self._answer = Answer(session, "What is in the area", self._question, _work)
        self._chips = PictureView(session, self._draw_chips, self._about_chips, self._chosen, height=int(ROW))
        self._view = PictureView(session, self._draw, self._about, self._clicked)
        self._group = 0

    def build(self) -> None:
        self._group = dpg.add_group(show=False)
        with dpg.group(parent=self._group):
            self._chips.build()
            self._view.build()

    @property
    def height(self) -> int:
        """Pixels that it takes."""
        return round(HEIGHT * self._session.scale) if self.shown else 0

    def show(self, kind: str) -> None:
        self.shown = kind
        self._view.to_top()

    def frame(self) -> bool:
        dpg.configure_item(self._group, show=bool(self.shown))
        moving = self._answer.frame()
        if self.shown:
            self._chips.frame()
            self._view.frame()
        return moving

    @property
    def rows(self) -> list:
        """As they are shown, where it shows a table."""
        if self.shown == "notes":
            return sorted_rows(self._state.notes, self._columns(), self._sorting["notes"])
        rows = self._answer.value or []
        return sorted_rows(rows, self._columns(), self._sorting[self.shown]) if self.shown in KINDS[:2] else []

    def _columns(self) -> list[Column]:
        if self.shown == "notes":
            return notes_table.columns(self._state.opened.whole)
        return area_table.columns(self.shown.removeprefix("by "))

    def _question(self) -> Hashable | None:
        focus = self._session.focus
        if not focus or not focus.area or self.shown not in KINDS[:2]:
            return None
        return self._session.opened, focus.area, self.shown.removeprefix("by ")

    def _about(self) -> tuple:
        state, value = self._state, self._answer.value
        return self.shown, id(value), self._answer.fresh, str(self._sorting), id(state.found), state.bin, state.notes

    def _draw(self, size: tuple[int, int], scroll: float) -> Picture:
        theme, scale, state = self._session.theme, self._session.scale, self._state
        if self.shown == "found" or state.opened is None:
            return histogram_picture(state.found, state.spread, state.bin, size, theme, scale)
        body = Body(self._sorting[self.shown], scroll, None, self.shown != "notes" and not self._answer.fresh)
        colour = area_table.colour_of if self.shown != "notes" else lambda row: None
        return table_picture(self.rows, self._columns(), body, size, theme, scale, colour)

    def _about_chips(self) -> tuple:
        return self.shown, self._sentence()

    def _sentence(self) -> str:
        focus = self._session.focus
        if self.shown == "found":
            return self._search.told()
        if self.shown == "notes":
            return f"{len(self._state.notes)} kept beside the trace" if self._state.notes else "B sets a bookmark"
        if not focus or not focus.area:
            return "drag over the lanes to pick an area"
        if not self._answer.fresh:
            return "counting …"
        rows: list[AreaTotal] = self._answer.value or []
        count = sum(row.count for row in rows)
        took = duration(focus.area.end - focus.area.begin)
        return f"{took} picked · {counted(count, 'op')} in it, {duration(sum(row.time for row in rows))} together"

    def _draw_chips(self, size: tuple[int, int], _: float) -> Picture:
        return chips_picture(
            (*KINDS, CLOSE), self.shown, self._sentence(), size, self._session.theme, self._session.scale
        )

    def _chosen(self, spot: Spot, _: Mouse) -> None:
        if isinstance(spot.target, Chip):
            self.show("" if spot.target.name == CLOSE else spot.target.name)

    def _clicked(self, spot: Spot, mouse: Mouse) -> None:
        if isinstance(spot.target, HeadOf):
            self._sort(spot.target.column)
        elif isinstance(spot.target, Bin):
            self._search.light(spot.target.number)
        elif isinstance(spot.target, Note) and mouse.button == "right":
            self._notes.remove(spot.target)
        elif isinstance(spot.target, Note):
            self._notes.go(spot.target)

    def _sort(self, title: str) -> None:
        columns = self._columns() if self.shown in self._sorting else []
        if title not in [column.title for column in columns]:
            raise CannotDo(f"the table has no column `{title}`")
        old = self._sorting[self.shown]
        falling = not old.falling if old.column == title else title != columns[0].title
        self._sorting[self.shown] = Sorting(title, falling)

    def _copy(self) -> None:
        rows = self.rows
        if not rows:
            raise CannotDo("there is no table to be copied")
        dpg.set_clipboard_text(as_text(rows, self._columns()))
        self._session.message = f"copied {len(rows):,} rows with exact values"

    def actions(self, here: str) -> list[Action]:
        def choose(kind: str) -> None:
            if kind and kind not in KINDS:
                raise CannotDo(f"`{kind}` is none of {', '.join(KINDS)}")
            self.show(kind)

        return [
            Action("timeline drawer", "Table below the timeline", choose, takes="|".join(KINDS)),
            Action("timeline drawer-sort", "Sort the table below the timeline", self._sort, takes="COLUMN"),
            Action(
                "timeline drawer-copy",
                "Copy the table below the timeline",
                lambda _: self._copy(),
                ("Ctrl+C",),
                "Timeline",
                here=here,
            ),
        ]


def _work(question: tuple, job: Job) -> list[AreaTotal]:
    opened, area, by = question
    return area_totals(opened.trace, opened.facts, area, by, job.progress)

"""Tables of where the time went in the range in focus, by whatever one asks."""

from __future__ import annotations

import dearpygui.dearpygui as dpg

from ggmlviz.analysis.statistics import KINDS, OF_NODES, Line, lines_of, statistics
from ggmlviz.analysis.totals import GROUPINGS
from ggmlviz.app.actions import Action, CannotDo
from ggmlviz.app.answer import Answer
from ggmlviz.app.jobs import Job
from ggmlviz.app.panel import Mouse, Sight
from ggmlviz.app.session import Session
from ggmlviz.app.tables.picture_view import PictureView
from ggmlviz.app.tables.select_longest import select_longest
from ggmlviz.scene.line_of_selection import line_of
from ggmlviz.scene.selection import NOTHING
from ggmlviz.scene.sketch import Picture, Spot
from ggmlviz.scene.statistics.chips import ROW, Chip, chips_picture
from ggmlviz.scene.statistics.nodes_in_focus import Question, counted_in_focus, nodes_in_focus, question_of
from ggmlviz.scene.statistics.table import colour_of, columns, filtered
from ggmlviz.scene.statistics.table_picture import Body, Column, HeadOf, Sorting, as_text, sorted_rows, table_picture
from ggmlviz.scene.statistics.views import StatisticsOptions
from ggmlviz.scene.units import counted

FILTER_WIDTH, FILTER_PART = 170, 0.22  # pixels before scaling, and how much of the panel at most


class StatisticsPanel:
    name, title = "statistics", "Statistics"

    def __init__(self, session: Session):
        self._session = session
        self._by, self._text, self._sorting = "op", "", Sorting("time")
        self._box = 0
        self._answer = Answer(session, "Statistics", self._question, _work)
        self._chips = PictureView(session, self._draw_chips, self._about_chips, self._chosen, height=int(ROW))
        self._table = PictureView(session, self._draw, self._about, self._clicked)

    def actions(self) -> list[Action]:
        return [
            Action("statistics by", "Statistics by …", self._choose, takes="|".join(KINDS)),
            Action("statistics sort", "Sort statistics by column", self._sort, takes="COLUMN"),
            Action("statistics filter", "Filter statistics", self._filter, takes="TEXT"),
            Action(
                "statistics copy",
                "Copy the statistics as a table",
                lambda _: self._copy(),
                keys=("Ctrl+C",),
                menu="Edit",
                here=self.name,
            ),
        ]

    @property
    def sight(self) -> Sight:
        return Sight(StatisticsOptions(self._by, self._text, self._order, self._table.scroll), self._table.canvas.size)

    def build(self) -> None:
        with dpg.group(horizontal=True):
            self._box = dpg.add_input_text(hint="filter rows", callback=lambda _, text: self._filter(text))
            self._chips.build()
        self._table.build()

    def frame(self) -> bool:
        moving = self._answer.frame()
        wide = min(FILTER_WIDTH * self._session.scale, FILTER_PART * self._table.canvas.size[0])
        dpg.configure_item(self._box, width=max(1, round(wide)))
        self._chips.frame()
        self._table.frame()
        return moving

    @property
    def rows(self) -> list[Line]:
        """As they are shown."""
        if self._answer.value is None:
            return []
        by, lines, _ = self._answer.value
        return sorted_rows(filtered(lines, self._text), self._columns(by), self._order)

    def told(self) -> dict:
        """For programs."""
        rows = [[line.name, line.time, line.count] for line in self.rows]
        return {"by": self._by, "rows": rows, "fresh": self._answer.fresh, "sentence": self._sentence()}

    @property
    def _order(self) -> Sorting:
        """As it is asked for, if there is such a column."""
        there = any(column.title == self._sorting.column for column in self._columns(self._by))
        return self._sorting if there else Sorting("count")

    def _columns(self, by: str) -> list[Column]:
        return columns(by, not (self._session.opened and self._session.opened.trace.untold))

    def _question(self) -> tuple[Question, str] | None:
        question = question_of(self._session.opened, self._session.focus)
        return (question, self._by) if question else None

    def _about(self) -> tuple:
        selection = self._session.focus.selection if self._session.focus else None
        return id(self._answer.value), self._answer.fresh, self._text, self._sorting, selection

    def _draw(self, size: tuple[int, int], scroll: float) -> Picture:
        by = self._answer.value[0] if self._answer.value else self._by
        selection = self._session.focus.selection if self._session.focus else NOTHING
        mine = line_of(self._session.opened, selection, by) if self._session.opened else None
        body = Body(self._order, scroll, mine, not self._answer.fresh)
        return table_picture(
            self.rows,
            self._columns(by),
            body,
            size,
            self._session.theme,
            self._session.scale,
            colour_of(by),
            lambda line: line.name,
        )

    def _about_chips(self) -> tuple:
        return self._by, id(self._answer.value), self._answer.fresh, self._text

    def _draw_chips(self, size: tuple[int, int], _: float) -> Picture:
        return chips_picture(KINDS, self._by, self._sentence(), size, self._session.theme, self._session.scale)

    def _sentence(self) -> str:
        if self._answer.value is None:
            return self._answer.failed or ("" if self._answer.fresh else "counting …")
        _, lines, sentence = self._answer.value
        shown = len(self.rows)
        hidden = f"{shown:,} of {len(lines):,} rows, " if shown != len(lines) else ""
        return ("" if self._answer.fresh else "updating …  ") + hidden + sentence

    def _chosen(self, spot: Spot, _: Mouse) -> None:
        if isinstance(spot.target, Chip):
            self._choose(spot.target.name)

    def _choose(self, by: str) -> None:
        if by not in KINDS:
            raise CannotDo(f"`{by}` is none of {', '.join(KINDS)}")
        self._by = by
        self._table.to_top()

    def _sort(self, title: str) -> None:
        titles = [column.title for column in self._columns(self._by)]
        if title not in titles:
            raise CannotDo(f"`{title}` is none of {', '.join(titles)}")
        same = title == self._sorting.column
        first = title == titles[0]
        self._sorting = Sorting(title, not self._sorting.falling if same else not first)

    def _filter(self, text: str) -> None:
        self._text = text
        if self._box:
            dpg.set_value(self._box, text)
        self._table.to_top()

    def _copy(self) -> None:
        if self._answer.value is None:
            raise CannotDo("there are no statistics yet")
        rows = self.rows
        dpg.set_clipboard_text(as_text(rows, self._columns(self._answer.value[0])))
        self._session.message = f"Copied {counted(len(rows), 'row')} with exact values"

    def _clicked(self, spot: Spot, mouse: Mouse) -> None:
        if isinstance(spot.target, HeadOf):
            self._sort(spot.target.column)
        elif isinstance(spot.target, Line) and mouse.button == "right":
            self._filter("" if self._text == spot.target.name else spot.target.name)
        elif isinstance(spot.target, Line):
            self._select(spot.target.name)

    def _select(self, name: str) -> None:
        """The longest of what a line is the sum of."""
        (question, by) = self._answer.of
        if question.opened.trace.untold:
            raise CannotDo(question.opened.trace.untold)
        if by not in OF_NODES:
            raise CannotDo(f"a {by} is no single thing that could be selected")
        select_longest(self._session, question, name, lambda node: GROUPINGS[by](node) == name)


def _work(question: tuple[Question, str], _: Job) -> tuple[str, list[Line], str]:
    asked, by = question
    found = (counted_in_focus if asked.opened.trace.untold else nodes_in_focus)(asked)
    if by in OF_NODES:
        return by, lines_of(found.nodes, by, found.whole), found.sentence
    return by, statistics(asked.opened.trace, by, found.range), found.sentence

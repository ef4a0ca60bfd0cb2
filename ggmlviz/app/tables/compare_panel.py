"""A second trace beside the first: what takes another time, what is built otherwise."""

from __future__ import annotations

from ggmlviz.analysis.comparison.results import LEVELS, Change
from ggmlviz.analysis.time_range import EVERYTHING
from ggmlviz.app.actions import Action, CannotDo
from ggmlviz.app.answer import Answer
from ggmlviz.app.panel import Mouse, Sight
from ggmlviz.app.session import Session
from ggmlviz.app.tables.picture_view import PictureView
from ggmlviz.app.tables.select_longest import select_longest
from ggmlviz.scene.notice import notice_picture
from ggmlviz.scene.opened import Opened
from ggmlviz.scene.sketch import Picture, Spot
from ggmlviz.scene.statistics.chips import Chip
from ggmlviz.scene.statistics.compared import compared, nodes_of_change, spreads_of
from ggmlviz.scene.statistics.comparison_picture import comparison_picture
from ggmlviz.scene.statistics.comparison_table import STRUCTURE
from ggmlviz.scene.statistics.nodes_in_focus import Question
from ggmlviz.scene.statistics.table_picture import HeadOf, Sorting
from ggmlviz.scene.statistics.views import AS_IN_A, CompareOptions

HOW = "No second trace. File › Compare with… opens one: this trace is A, the other one is B."


class ComparePanel:
    name, title = "compare", "Compare"

    def __init__(self, session: Session):
        self._session = session
        self._level, self._sorting = "op", AS_IN_A
        self._answer = Answer(session, "Compare", self._pair, lambda pair, _: compared(*pair), quiet=0.0)
        self._spreads = Answer(
            session, "Times in both", self._of_selection, lambda asked, _: spreads_of(*asked), quiet=0.0
        )
        self._view = PictureView(session, self._draw, self._about, self._clicked)

    def actions(self) -> list[Action]:
        return [
            Action("compare by", "Compare by …", self._choose, takes="|".join((*LEVELS, STRUCTURE))),
            Action("compare close", "Close the second trace", lambda _: self._close(), menu="File"),
        ]

    @property
    def sight(self) -> Sight:
        if not self._session.other:
            raise CannotDo("a comparison is of two traces: File › Compare with… opens the second one")
        return Sight(
            CompareOptions(self._session.other, self._level, self._sorting, self._view.scroll), self._view.canvas.size
        )

    def build(self) -> None:
        self._view.build()

    def frame(self) -> bool:
        self._answer.frame()
        self._spreads.frame()
        self._view.frame()
        return False

    def told(self) -> dict:
        """For programs."""
        found, sentences = self._answer.value or (None, [])
        title = self._spreads.value.title if self._spreads.value else ""
        return {
            "by": self._level,
            "sentences": sentences,
            "spread": title,
            "differences": len(found.differences) if found else 0,
        }

    def _close(self) -> None:
        if not self._session.other:
            raise CannotDo("there is no second trace")
        self._session.other = None

    def _choose(self, level: str) -> None:
        if level not in (*LEVELS, STRUCTURE):
            raise CannotDo(f"`{level}` is none of {', '.join((*LEVELS, STRUCTURE))}")
        self._level = level
        self._view.to_top()

    def _pair(self) -> tuple[Opened, Opened] | None:
        return (self._session.opened, self._session.other) if self._session.opened and self._session.other else None

    def _of_selection(self) -> tuple | None:
        return (*self._pair(), self._session.focus.selection) if self._pair() else None

    def _about(self) -> tuple:
        return id(self._answer.value), id(self._spreads.value), self._level, self._sorting, self._answer.failed

    def _draw(self, size: tuple[int, int], scroll: float) -> Picture:
        theme, scale = self._session.theme, self._session.scale
        if self._pair() is None:
            return notice_picture(HOW, size, theme, scale)
        if self._answer.value is None:
            return notice_picture(self._answer.failed or "Comparing …", size, theme, scale)
        found, sentences = self._answer.value
        choice = (self._level, self._sorting)
        return comparison_picture(found, sentences, self._spreads.value, choice, size, theme, scale, scroll)

    def _clicked(self, spot: Spot, _: Mouse) -> None:
        if isinstance(spot.target, Chip):
            self._choose(spot.target.name)
        elif isinstance(spot.target, HeadOf):
            same = spot.target.column == self._sorting.column
            self._sorting = Sorting(spot.target.column, not self._sorting.falling if same else True)
        elif isinstance(spot.target, Change):
            first = self._session.opened
            question = Question(first, EVERYTHING, "")
            select_longest(self._session, question, spot.target.unit, nodes_of_change(first, spot.target))

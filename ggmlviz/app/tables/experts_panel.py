"""Which experts the layers of a mixture chose in the range in focus."""

from __future__ import annotations

from ggmlviz.analysis.expert_use import ExpertUse, expert_use
from ggmlviz.analysis.time_range import TimeRange, of_whole_runs
from ggmlviz.app.actions import Action
from ggmlviz.app.answer import Answer
from ggmlviz.app.jobs import Job
from ggmlviz.app.panel import Sight
from ggmlviz.app.session import Session
from ggmlviz.app.tables.picture_view import PictureView
from ggmlviz.scene.notice import notice_picture
from ggmlviz.scene.opened import Opened
from ggmlviz.scene.sketch import Picture
from ggmlviz.scene.statistics.experts_picture import experts_picture


class ExpertsPanel:
    name, title = "experts", "Experts"

    def __init__(self, session: Session):
        self._session = session
        self._answer = Answer(session, "Experts", self._question, _work)
        self._view = PictureView(session, self._draw, self._about)

    def actions(self) -> list[Action]:
        return []

    @property
    def sight(self) -> Sight:
        return Sight(None, self._view.canvas.size)

    def build(self) -> None:
        self._view.build()

    def frame(self) -> bool:
        moving = self._answer.frame()
        self._view.frame()
        return moving

    def told(self) -> dict:
        """For programs."""
        use = self._answer.value
        return {"layers": use.layers if use else [], "tokens": use.tokens.tolist() if use else []}

    def _question(self) -> tuple[Opened, TimeRange] | None:
        return (self._session.opened, self._session.focus.range) if self._session.opened else None

    def _about(self) -> tuple:
        return id(self._answer.value), self._answer.of is None

    def _draw(self, size: tuple[int, int], _: float) -> Picture:
        theme, scale = self._session.theme, self._session.scale
        if self._answer.of is None:
            return notice_picture("Looking for experts …" if self._session.opened else "", size, theme, scale)
        return experts_picture(self._answer.value, size, theme, scale)


def _work(question: tuple[Opened, TimeRange], job: Job) -> ExpertUse | None:
    opened, range = question
    return expert_use(opened.trace, of_whole_runs(opened.trace, range), job.progress)

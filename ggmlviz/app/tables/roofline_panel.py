"""What was computed in the range in focus against what the machine can do."""

from __future__ import annotations

import dearpygui.dearpygui as dpg

from ggmlviz.analysis.ceilings import Ceiling, ceilings, this_cpu
from ggmlviz.analysis.roofline import Dot, Roofline, kind_of, roofline
from ggmlviz.analysis.run_report import ceiling_of
from ggmlviz.app.actions import Action, CannotDo
from ggmlviz.app.answer import Answer
from ggmlviz.app.jobs import Job
from ggmlviz.app.panel import Mouse, Sight
from ggmlviz.app.session import Session
from ggmlviz.app.tables.picture_view import PictureView
from ggmlviz.app.tables.select_longest import select_longest
from ggmlviz.scene.notice import notice_picture
from ggmlviz.scene.sketch import Picture, Spot
from ggmlviz.scene.statistics.nodes_in_focus import Question, nodes_in_focus, question_of
from ggmlviz.scene.statistics.roofline import roofline_picture


class RooflinePanel:
    name, title = "roofline", "Roofline"

    def __init__(self, session: Session):
        self._session = session
        self._measured = 0  # how often: a question with new ceilings is a new one
        self._measuring = False
        self._button = 0
        self._answer = Answer(session, "Roofline", self._question, _work)
        self._view = PictureView(session, self._draw, self._about, self._clicked)

    def actions(self) -> list[Action]:
        return [
            Action(
                "roofline measure",
                "Measure the ceilings of this machine (2 s)",
                lambda _: self._measure(),
                menu="Tools",
            )
        ]

    @property
    def sight(self) -> Sight:
        return Sight(None, self._view.canvas.size)

    def build(self) -> None:
        self._button = dpg.add_button(
            label="Measure the ceilings of this machine (2 s)", show=False, callback=lambda: self._measure()
        )
        self._view.build()

    def frame(self) -> bool:
        moving = self._answer.frame()
        without = self._answer.value is not None and self._answer.value[1] is None and self._is_this_machine()
        if dpg.is_item_shown(self._button) != without:
            dpg.configure_item(self._button, show=without)
        self._view.frame()
        return moving

    def told(self) -> dict:
        """For programs."""
        found, ceiling = self._answer.value or (None, None)
        return {"dots": [dot.name for dot in found.dots] if found else [], "ceiling": ceiling is not None}

    def _question(self) -> tuple[Question, int] | None:
        question = question_of(self._session.opened, self._session.focus)
        return (question, self._measured) if question else None

    def _about(self) -> tuple:
        return id(self._answer.value), self._answer.failed

    def _draw(self, size: tuple[int, int], _: float) -> Picture:
        if self._answer.value is None:
            words = self._answer.failed or ("" if self._answer.fresh else "Adding up …")
            return notice_picture(words, size, self._session.theme, self._session.scale)
        found, ceiling = self._answer.value
        return roofline_picture(found, ceiling, size, self._session.theme, self._session.scale)

    def _clicked(self, spot: Spot, _: Mouse) -> None:
        if isinstance(spot.target, Dot):
            dot = spot.target
            key = dot.name, dot.op, dot.phase
            select_longest(
                self._session,
                self._answer.of[0],
                dot.name,
                lambda node: (kind_of(node), node.facts.op, node.phase) == key,
            )

    def _is_this_machine(self) -> bool:
        opened = self._session.opened
        return opened is not None and opened.trace.definitions.meta.get("cpu", "") == this_cpu()

    def _measure(self) -> None:
        """Of a trace from elsewhere the ceilings of this machine would say nothing."""
        if self._session.opened and not self._is_this_machine():
            cpu = self._session.opened.trace.definitions.meta.get("cpu", "") or "a machine that it does not name"
            raise CannotDo(f"this trace is of {cpu}: run `ggml-viz ceilings` there")
        if self._measuring:
            raise CannotDo("it is being measured already")
        self._measuring = True
        self._session.jobs.start("Ceilings", lambda _: ceilings(again=True), self._done, self._failed)

    def _done(self, _) -> None:
        self._measuring = False
        self._measured += 1

    def _failed(self, error: Exception) -> None:
        self._measuring = False
        self._session.message = str(error)


def _work(asked: tuple[Question, int], _: Job) -> tuple[Roofline, Ceiling | None]:
    question, _ = asked
    return roofline(nodes_in_focus(question).nodes), ceiling_of(question.opened.trace)

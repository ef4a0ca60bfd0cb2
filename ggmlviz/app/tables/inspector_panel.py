"""Everything that is known of the selected thing."""

from __future__ import annotations

import dearpygui.dearpygui as dpg

from ggmlviz.analysis.executions_of_node import ExecutionsOfNode, executions_of_node
from ggmlviz.app.actions import Action, CannotDo
from ggmlviz.app.answer import Answer
from ggmlviz.app.jobs import Job
from ggmlviz.app.panel import Mouse, Sight
from ggmlviz.app.session import Session
from ggmlviz.app.tables.picture_view import PictureView
from ggmlviz.scene.inspector.inspected import Inspected
from ggmlviz.scene.inspector.picture import inspector_picture
from ggmlviz.scene.inspector.scene import inspected
from ggmlviz.scene.inspector.time_strip import Chosen
from ggmlviz.scene.notice import notice_picture
from ggmlviz.scene.opened import Opened
from ggmlviz.scene.selection import Selection, of_execution
from ggmlviz.scene.sketch import Picture, Spot


class InspectorPanel:
    name, title = "inspector", "Inspector"

    def __init__(self, session: Session):
        self._session = session
        # A node is looked for in every run once, whichever of its times is selected.
        self._times = Answer(session, "Times of a node", self._node, _times_of, quiet=0.0)
        self._told = Answer(session, "Inspector", self._question, lambda asked, _: inspected(*asked), quiet=0.0)
        self._of: Selection | None = None
        self._view = PictureView(session, self._draw, self._about, self._clicked)

    def actions(self) -> list[Action]:
        return [
            Action(
                "inspector copy",
                "Copy what the inspector tells",
                lambda _: self._copy(),
                keys=("Ctrl+C",),
                menu="Edit",
                here=self.name,
            ),
            Action("inspector run", "Select the run of the selected node", lambda _: self._select_run(), menu="Go"),
        ]

    @property
    def sight(self) -> Sight:
        if not self._session.focus or not self._session.focus.selection:
            raise CannotDo("nothing is selected that the inspector could tell of")
        return Sight(None, self._view.canvas.size)

    def build(self) -> None:
        self._view.build()

    def frame(self) -> bool:
        self._times.frame()
        self._told.frame()
        selection = self._session.focus.selection if self._session.focus else None
        if selection != self._of:
            self._of = selection
            self._view.to_top()
        self._view.frame()
        return False

    @property
    def inspected(self) -> Inspected | None:
        """Once for each selection, and once more when its times in other runs are known."""
        return self._told.value

    def told(self) -> dict:
        """For programs."""
        return {"text": self.inspected.as_text() if self.inspected else ""}

    def _node(self) -> tuple[Opened, int, int] | None:
        selection = self._session.focus.selection if self._session.opened else Selection()
        if selection.graph is None or selection.member is None:
            return None
        return self._session.opened, selection.graph, selection.member

    def _question(self) -> tuple[Opened, Selection, ExecutionsOfNode | None] | None:
        if not self._session.opened:
            return None
        return self._session.opened, self._session.focus.selection, self._times.value if self._times.fresh else None

    def _about(self) -> int:
        return id(self.inspected)

    def _draw(self, size: tuple[int, int], scroll: float) -> Picture:
        theme, scale = self._session.theme, self._session.scale
        if self.inspected is None:
            return notice_picture("Looking it up …" if self._session.opened else "", size, theme, scale)
        return inspector_picture(self.inspected, size, theme, scale, scroll)

    def _clicked(self, spot: Spot, _: Mouse) -> None:
        if isinstance(spot.target, Selection):
            self._session.select(spot.target, reveal=True)
        elif isinstance(spot.target, Chosen):
            self._session.select(of_execution(self._session.opened.trace, spot.target.execution), reveal=True)

    def _copy(self) -> None:
        if self.inspected is None:
            raise CannotDo("nothing is open")
        dpg.set_clipboard_text(self.inspected.as_text())
        self._session.message = f"Copied all about {self.inspected.title}"

    def _select_run(self) -> None:
        selection = self._session.focus.selection if self._session.opened else Selection()
        if selection.run is None:
            raise CannotDo("no run is selected, and nothing of one")
        self._session.select(Selection(run=selection.run, graph=selection.graph), reveal=True)


def _times_of(question: tuple[Opened, int, int], _: Job) -> ExecutionsOfNode:
    opened, graph, member = question
    return executions_of_node(opened.trace, opened.trace.graph(graph), member)

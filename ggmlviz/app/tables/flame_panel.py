"""Where the time in focus went, from the whole down to ops; a click zooms, Esc goes back."""

from __future__ import annotations

from ggmlviz.analysis.flame_tree import Frame, flame_tree, stack
from ggmlviz.analysis.totals import Node
from ggmlviz.app.actions import Action, CannotDo
from ggmlviz.app.answer import Answer
from ggmlviz.app.jobs import Job
from ggmlviz.app.panel import Mouse, Sight
from ggmlviz.app.session import Session
from ggmlviz.app.tables.picture_view import PictureView
from ggmlviz.app.tables.select_longest import select_longest
from ggmlviz.scene.notice import notice_picture
from ggmlviz.scene.sketch import Picture, Spot
from ggmlviz.scene.statistics.flame import HINT, Path, flame_picture, known_part
from ggmlviz.scene.statistics.nodes_in_focus import Question, nodes_in_focus, question_of
from ggmlviz.scene.statistics.views import FlameOptions


class FlamePanel:
    name, title = "flame", "Flame"

    def __init__(self, session: Session):
        self._session = session
        self._path: tuple[str, ...] = ()
        self._answer = Answer(session, "Flame", lambda: question_of(session.opened, session.focus), _work)
        self._view = PictureView(session, self._draw, self._about, self._clicked)

    def actions(self) -> list[Action]:
        return [
            Action("flame zoom", "Zoom the flame to …", self._zoom, takes="NAME › NAME …"),
            Action("flame back", "Zoom the flame out", lambda _: self._back(), keys=("Escape",), here=self.name),
        ]

    def build(self) -> None:
        self._view.build()

    def frame(self) -> bool:
        moving = self._answer.frame()
        self._view.frame()
        return moving

    @property
    def root(self) -> Frame | None:
        return self._answer.value

    @property
    def path(self) -> tuple[str, ...]:
        """As far as the range has it."""
        return known_part(self.root, self._path) if self.root else ()

    @property
    def sight(self) -> Sight:
        return Sight(FlameOptions(self._path), self._view.canvas.size)

    def told(self) -> dict:
        """For programs."""
        return {"time": self.root.time if self.root else None, "path": list(self.path), "fresh": self._answer.fresh}

    def _about(self) -> tuple:
        return id(self.root), self._answer.fresh, self._answer.failed, self._path

    def _draw(self, size: tuple[int, int], _: float) -> Picture:
        theme, scale = self._session.theme, self._session.scale
        if self.root is None or not self.root.time:
            words = self._answer.failed or ("Nothing ran in this range." if self._answer.fresh else "Adding up …")
            return notice_picture(words, size, theme, scale)
        hint = HINT if self._answer.fresh else "updating …"
        return flame_picture(self.root, self.path, size, theme, scale, hint)

    def _clicked(self, spot: Spot, mouse: Mouse) -> None:
        if not isinstance(spot.target, Path):
            return
        if mouse.button == "right" and self._answer.of is not None:
            names = spot.target.names
            select_longest(
                self._session, self._answer.of, names[-1] if names else "node", lambda node: _in(node, names)
            )
        else:
            self._path = spot.target.names

    def _zoom(self, text: str) -> None:
        path = tuple(part.strip() for part in text.split("›") if part.strip())
        if self.root is None or self.root.at(path) is None:
            raise CannotDo(f"the flame has no `{text}`")
        self._path = path

    def _back(self) -> None:
        self._path = self.path[:-1]


def _in(node: Node, names: tuple[str, ...]) -> bool:
    return (node.phase, *stack(node.facts, node.facts.op))[: len(names)] == names


def _work(question: Question, _: Job) -> Frame:
    found = nodes_in_focus(question)
    return flame_tree(question.opened.trace, found.nodes, found.range)

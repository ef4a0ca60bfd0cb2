"""The memory: model files and buffers with what was read and written in them, as a strip or on the whole window."""

from __future__ import annotations

from dataclasses import replace

from ggmlviz.app.actions import Action, CannotDo
from ggmlviz.app.memory.full import MemoryFull
from ggmlviz.app.memory.state import MemoryState
from ggmlviz.app.memory.view import MemoryView
from ggmlviz.app.panel import Sight
from ggmlviz.app.session import Session
from ggmlviz.scene.heatmap.intensity import MEASURES


class MemoryPanel:
    name, title = "memory", "Memory"

    def __init__(self, session: Session):
        self._session = session
        self.state = MemoryState(session)
        self.view = MemoryView(session, self.state, full=False)
        self.full = MemoryFull(session, self.state)

    @property
    def covers_all(self) -> bool:
        """Whether it lies over the other panels."""
        return self.full.open

    @property
    def fades(self) -> bool:
        return self.state.glows and self.state.glow.fades

    def actions(self) -> list[Action]:
        state = self.state
        return [
            Action("memory full", "Memory on the whole window", lambda _: self._toggle(), ("Shift+M",), "View"),
            Action("memory close", "Back from the whole window", lambda _: self._close(), ("Escape",), here=self.name),
            Action("memory by", "Colour memory by …", state.measure, takes="|".join(MEASURES)),
            Action("memory one-run", "Memory of one run, or of all in the range", lambda _: state.toggle_run()),
            Action("memory run", "Memory of run …", state.to_place, takes="NUMBER"),
            Action("memory play", "Play the runs, token by token", lambda _: state.play(), menu="Go"),
            Action("memory next", "Memory of the next run", lambda _: state.step(1), ("Right",), here=self.name),
            Action("memory previous", "Memory of the run before", lambda _: state.step(-1), ("Left",), here=self.name),
            Action(
                "memory residency",
                "Which parts of the model are in memory now",
                lambda _: state.ask_residency(),
                menu="View/Memory",
            ),
            Action(
                "memory extents",
                "In which pieces the model lies on the disk",
                lambda _: state.ask_extents(),
                menu="View/Memory",
            ),
        ]

    @property
    def sight(self) -> Sight:
        state, view = self.state, self.full.view if self.full.open else self.view
        scroll = state.options.scroll / self._session.scale
        options = replace(state.options, full=self.full.open, glows=state.glows, now=state.glow.now, scroll=scroll)
        return Sight(options, view.canvas.size)

    def build(self) -> None:
        self.view.build()
        self.full.build()

    def frame(self) -> bool:
        moving = self.state.frame()
        self.view.frame()
        return self.full.frame() or moving

    def _toggle(self) -> None:
        if self.full.open:
            self.full.close()
            return
        if self._session.opened is None:
            raise CannotDo("open a trace first")
        self._session.reveal(self.name)
        self.full.show()

    def _close(self) -> None:
        if self.full.open:
            self.full.close()

    def told(self) -> dict:
        return {
            **self.view.told(),
            "measure": self.state.options.measure,
            "glows": self.state.glows,
            "glow_age": self.state.glow.age,
            "one_run": self.state.options.one_run,
            "playing": self.state.playing,
            "resident": [one.bytes for one in self.state.options.residency.values()],
            "pieces": [one.pieces for one in self.state.options.fragments.values()],
            "moment": self.state.options.moment,
            "full": self.full.told(),
        }

"""The trace log: everything that happened in the range in focus, line by line."""

from __future__ import annotations

import dearpygui.dearpygui as dpg

from ggmlviz.app.actions import Action
from ggmlviz.app.log.view import LogView
from ggmlviz.app.panel import Sight
from ggmlviz.app.session import Session
from ggmlviz.scene.log.scene import LogOptions


class LogPanel:
    name, title = "log", "Trace log"

    def __init__(self, session: Session):
        self._session = session
        self.view = LogView(session)
        self._words = self._button = 0

    def actions(self) -> list[Action]:
        view, here = self.view, self.name
        last = 1 << 62
        return [
            Action("log all", "Show the log of everything, or of what is selected", lambda _: self._toggle()),
            Action("log next", "Next line of the log", lambda _: view.step(1), ("Down",), here=here),
            Action("log previous", "Previous line of the log", lambda _: view.step(-1), ("Up",), here=here),
            Action("log page-down", "A page down in the log", lambda _: view.page(1), ("PageDown",), here=here),
            Action("log page-up", "A page up in the log", lambda _: view.page(-1), ("PageUp",), here=here),
            Action("log first", "The beginning of the log", lambda _: view.scroll_to(0), ("Home",), here=here),
            Action("log last", "The end of the log", lambda _: view.scroll_to(last), ("End",), here=here),
        ]

    @property
    def sight(self) -> Sight:
        return Sight(LogOptions(self.view.everything, self.view.first), self.view.canvas.size)

    def build(self) -> None:
        with dpg.group(horizontal=True):
            self._words = dpg.add_text("")
            self._button = dpg.add_button(label="Show all", show=False, callback=lambda: self._toggle())
        self.view.build()

    def frame(self) -> bool:
        moving = self.view.frame()
        show_words(self.view, self._words, self._button)
        return moving

    def _toggle(self) -> None:
        self.view.everything = not self.view.everything

    def told(self) -> dict:
        return told_of(self.view)


def show_words(view: LogView, words: int, button: int) -> None:
    """The line above a log, and the button that is there when it is not about everything."""
    sentence, partial = view.sentence(), view.tensor is not None
    if dpg.get_value(words) != sentence:
        dpg.set_value(words, sentence)
    if dpg.is_item_shown(button) != partial:
        dpg.configure_item(button, show=partial)


def told_of(view: LogView) -> dict:
    """For programs that ask what is to be seen."""
    spots = view.picture.picture.spots if view.picture else ()
    return {
        "entries": view.entries.count if view.entries else None,
        "first": view.first,
        "sentence": view.sentence(),
        "lines": [[spot.target.what, spot.target.tensor, spot.target.number, *spot.box] for spot in spots],
    }

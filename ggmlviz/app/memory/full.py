"""The memory on the whole window: the heatmap with every layer and buffer, and beside it the trace log."""

from __future__ import annotations

import dearpygui.dearpygui as dpg

from ggmlviz.app.actions import CannotDo
from ggmlviz.app.log.panel import show_words, told_of
from ggmlviz.app.log.view import LogView
from ggmlviz.app.memory.state import MemoryState
from ggmlviz.app.memory.view import MemoryView
from ggmlviz.app.session import Session
from ggmlviz.scene.heatmap.intensity import MEASURES

WINDOW = "memory full"
SHARE = 0.7  # of the width, for the heatmap
ONE_LINE = 1080  # pixels before scaling in which the buttons find place beside each other; else they have two lines


class MemoryFull:
    def __init__(self, session: Session, state: MemoryState):
        self._session, self._state = session, state
        self.open = False
        self.view = MemoryView(session, state, full=True)
        self.log = LogView(session)
        self._left = self._words = self._button = self._buttons = self._play = self._run = 0

    def build(self) -> None:
        with dpg.window(
            tag=WINDOW,
            show=False,
            no_title_bar=True,
            no_resize=True,
            no_move=True,
            no_collapse=True,
            no_docking=True,
            no_saved_settings=True,
            no_scrollbar=True,
            no_scroll_with_mouse=True,
        ):
            self._buttons = dpg.add_group(horizontal=True)
            with dpg.group(horizontal=True, parent=self._buttons):
                for name, title in MEASURES.items():
                    self._add_button(title[0].upper() + title[1:], f"memory by {name}")
                dpg.add_spacer(width=12)
            with dpg.group(horizontal=True, parent=self._buttons):
                self._add_button("<", "memory previous")
                self._play = self._add_button("Play", "memory play")
                self._add_button(">", "memory next")
                self._run = self._add_button("All runs", "memory one-run")
                self._add_button("In memory now?", "memory residency")
                self._add_button("On the disk?", "memory extents")
                dpg.add_spacer(width=12)
                self._add_button("Close (Esc)", "memory close")
            with dpg.group(horizontal=True):
                self._left = dpg.add_child_window(width=100, height=-1, border=False, no_scrollbar=True)
                with dpg.child_window(width=-1, height=-1, border=False, no_scrollbar=True):
                    with dpg.group(horizontal=True):
                        self._words = dpg.add_text("")
                        self._button = dpg.add_button(label="Show all", show=False, callback=lambda: self._everything())
                    self.log.build()
            dpg.push_container_stack(self._left)
            self.view.build()
            dpg.pop_container_stack()

    def _add_button(self, label: str, command: str) -> int:
        return dpg.add_button(label=label, callback=lambda: self._do(command))

    def _do(self, command: str) -> None:
        try:
            self._session.actions.do(command)
        except CannotDo as reason:
            self._session.message = str(reason)

    def show(self) -> None:
        self.open = True
        dpg.configure_item(WINDOW, show=True)
        dpg.focus_item(WINDOW)

    def close(self) -> None:
        self.open = False
        dpg.configure_item(WINDOW, show=False)

    def frame(self) -> bool:
        if not self.open:
            return False
        top = self._menu_height()
        width, height = dpg.get_viewport_client_width(), dpg.get_viewport_client_height() - top
        dpg.configure_item(WINDOW, pos=(0, top), width=width, height=height)
        dpg.configure_item(self._left, width=round(width * SHARE))
        dpg.configure_item(self._buttons, horizontal=width >= ONE_LINE * self._session.scale)
        dpg.configure_item(self._play, label="Pause" if self._state.playing else "Play")
        dpg.configure_item(self._run, label="One run" if self._state.options.one_run else "All runs")
        self.view.frame()
        moving = self.log.frame()
        show_words(self.log, self._words, self._button)
        return moving

    def _menu_height(self) -> int:
        """What is above stays to be seen and used."""
        return round(26 * self._session.scale)

    def _everything(self) -> None:
        self.log.everything = not self.log.everything

    def told(self) -> dict:
        return {"open": self.open} | ({**self.view.told(), "log": told_of(self.log)} if self.open else {})

"""The line below the menus: from run to run, how long each took, and the range of time that all views are about."""

from __future__ import annotations

from collections.abc import Callable

import dearpygui.dearpygui as dpg

from ggmlviz.app.panel import Mouse
from ggmlviz.app.session import Session
from ggmlviz.app.toolkit.canvas import Canvas
from ggmlviz.scene.run_steps import place_of, run_words
from ggmlviz.scene.selection import of_run
from ggmlviz.scene.time_text import range_of_text, range_text
from ggmlviz.scene.token_strip import TokenStrip, token_strip

_RUN, _WORDS, _RANGE = "navigator run", "navigator words", "navigator range"
RANGE_WIDTH, RIGHT = 190, 330  # pixels at scale 1: of the range, and of all that is right of the strip


class Navigator:
    def __init__(self, session: Session, do: Callable[[str], None]):
        self._session = session
        self._do = do
        self.strip: TokenStrip | None = None
        self.canvas = Canvas(session, self._mouse)
        self._drawn: tuple = ()
        self._told: tuple = ()

    def build(self) -> None:
        with dpg.group(horizontal=True):
            dpg.add_button(arrow=True, direction=dpg.mvDir_Left, callback=lambda: self._do("run previous"))
            dpg.add_text("", tag=_RUN)
            dpg.add_button(arrow=True, direction=dpg.mvDir_Right, callback=lambda: self._do("run next"))
            dpg.add_text("", tag=_WORDS)
            self.canvas.build()
            dpg.add_input_text(tag=_RANGE, on_enter=True, callback=self._typed)
            dpg.add_button(label="Back", callback=lambda: self._do("back"))
            dpg.add_button(label="Forward", callback=lambda: self._do("forward"))

    def frame(self) -> None:
        opened, focus, scale = self._session.opened, self._session.focus, self._session.scale
        if not opened:
            return
        run = focus.selection.run
        self._tell(run, scale)
        width, height = self.canvas.size
        wanted = (opened, width, height, run, self._session.theme, scale)
        if wanted != self._drawn and width > 0 and height > 0:
            self._drawn = wanted
            self.strip = token_strip(*wanted)
            self.canvas.show(self.strip.drawing)

    def _tell(self, run: int | None, scale: float) -> None:
        opened, range = self._session.opened, self._session.focus.range
        wanted = (opened, run, range, scale)
        if wanted == self._told:
            return
        self._told = wanted
        count = len(opened.runs_by_time)
        dpg.set_value(_RUN, f"run {place_of(opened, run) + 1:,}/{count:,}" if run is not None else f"{count:,} runs")
        dpg.set_value(_WORDS, run_words(opened, run) if run is not None else "")
        dpg.configure_item(_RANGE, width=round(RANGE_WIDTH * scale))
        self.canvas.place(width=-round(RIGHT * scale))
        if not dpg.is_item_active(_RANGE):
            dpg.set_value(_RANGE, range_text(range))

    def _typed(self, _, text: str) -> None:
        if range_of_text(text) is None:
            self._session.message = f"`{text}` is no range of time: write it as 0.912 s – 1.204 s, or 900 ms – 1.2 s"
            self._told = ()
        else:
            self._do(f"range {text}")

    def _mouse(self, mouse: Mouse) -> None:
        if not self.strip or not self._session.opened:
            return
        place = self.strip.place_at(mouse.x)
        run = int(self._session.opened.runs_by_time[place]) if place is not None else None
        if mouse.what == "press" and run is not None:
            self._session.select(of_run(self._session.opened.trace, run), reveal=True)
        elif mouse.what == "move":
            named = f"run {place + 1:,}/{self.strip.count:,}" if run is not None else ""
            self.canvas.tooltip(f"{named}\n{run_words(self._session.opened, run)}" if run is not None else None)
        elif mouse.what == "leave":
            self.canvas.tooltip(None)

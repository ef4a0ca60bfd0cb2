"""One frame after the other, and none while nothing happens."""

from __future__ import annotations

import inspect
from collections.abc import Callable

import dearpygui.dearpygui as dpg

from ggmlviz.app.script import Script
from ggmlviz.app.toolkit.input_wait import InputWait
from ggmlviz.app.window import Window

NOTHING_NEW = False  # what a callback returns that was told what it knew
SETTLING = 3  # frames until what one event began is all drawn: sizes are known only after a frame that used them
LOOKING = 2  # frames in which all input that is there arrives
LONGEST_SLEEP = 3600.0  # seconds
SHORT_SLEEP = 0.1  # while a job runs, whose progress is shown, or something fades


class Loop:
    def __init__(self, window: Window, script: Script, input_wait: InputWait):
        self._window = window
        self._script = script
        self._input = input_wait
        self._jobs = window.session.jobs
        self._left = SETTLING
        self._moving = False  # whether a view waits for a later frame
        self._looked = False  # whether there were frames since the script's next line was seen
        self.at_rest: Callable[[], None] = lambda: None  # when the script has ended and all is drawn

    def run(self) -> None:
        while dpg.is_dearpygui_running():
            if self._left <= 0 and (self._window.live.flowing or not self._jobs.waiting):
                self._rest()
            self.frame()

    def _rest(self) -> None:
        """All that happened is drawn."""
        if not self._jobs.running and not self._moving:
            if self._script.waiting and not self._looked:
                # Keys and clicks that were sent before this line come first.
                self._looked, self._left = True, LOOKING
                return
            self._looked = False
            if self._script.step(self._window.session.actions.do):
                self._left = SETTLING
                return
            if self._script.ended:
                self.at_rest()
                if not dpg.is_dearpygui_running():
                    return
        self._sleep()

    def _sleep(self) -> None:
        """While the states of a watched program come, each has a frame, and what else is new is drawn with it."""
        live, waits = self._window.live, self._jobs.running or self._moving or self._window.docked.fades
        happened = self._input.wait(SHORT_SLEEP if waits else LONGEST_SLEEP)
        while happened and self._input.called and not live.deliver() and live.flowing:
            happened = self._input.wait(SHORT_SLEEP)
        if happened:
            self._settle()

    def _settle(self) -> None:
        self._left = 1 if self._window.live.flowing else SETTLING

    def frame(self) -> None:
        live = self._window.live
        self._left -= 1
        self._jobs.one_by_one = live.flowing
        if self._jobs.deliver() and not live.flowing:
            self._left = SETTLING
        live.deliver()
        self._moving = self._window.frame()
        if self._moving and not live.flowing:
            self._left = max(self._left, 1)
        dpg.render_dearpygui_frame()
        live.drawn()
        if live.flowing:
            self._jobs.begin()
        self._call_back()

    def _call_back(self) -> None:
        """What the toolkit noticed while it drew."""
        for callback, *arguments in dpg.get_callback_queue() or ():
            if callback is not None and callback(*arguments[: _taken(callback)]) is not NOTHING_NEW:
                self._settle()


def _taken(callback: Callable) -> int | None:
    """How many of sender, value and user data it wants; None: all."""
    parameters = inspect.signature(callback).parameters.values()
    return None if any(it.kind is it.VAR_POSITIONAL for it in parameters) else len(parameters)

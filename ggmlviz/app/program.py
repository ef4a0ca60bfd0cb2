"""The parts of the running program, from the toolkit's start to its end."""

from __future__ import annotations

import gc
import sys
from pathlib import Path

import dearpygui.dearpygui as dpg

from ggmlviz.app import settings
from ggmlviz.app.live.feeds import Feeds
from ggmlviz.app.loop import Loop
from ggmlviz.app.script import Script
from ggmlviz.app.session import Session
from ggmlviz.app.toolkit import late_frames, layout_file
from ggmlviz.app.toolkit.framebuffer import Framebuffer
from ggmlviz.app.toolkit.input_wait import InputWait
from ggmlviz.app.window import SMALLEST, TITLE, Window
from ggmlviz.scene.palette import THEMES

SWITCH = 0.0005  # seconds for which a job may keep the interpreter when a frame wants it, many times in each


class Program:
    def __init__(
        self,
        scale: float,
        theme: str | None,
        size: tuple[int, int] | None,
        run_commands: str | None,
        feeds: Feeds | None,
    ):
        self._feeds = feeds
        self._settings = settings.load()
        self._session = Session()
        self._session.theme = THEMES.get(theme or self._settings.theme, self._session.theme)
        self._scale = scale
        self._session.scale = self._settings.scale or scale
        self._size = size or (self._settings.width, self._settings.height)
        self._input = InputWait()
        self._session.jobs.wake = self._input.wake
        self._script = Script(run_commands, self._input.wake)

    def run(self, path: Path | None, screenshot: Path | None) -> str:
        """Until it is closed. What failed that a script asked for; empty: nothing."""
        dpg.create_context()
        window = Window(self._session, self._settings, self._feeds, self._input.wake)
        if path:
            window.opener.open(path)
            self._session.jobs.begin()  # it reads while the window is made
        layout_file.prepare(*self._size, self._session.scale)
        dpg.configure_app(manual_callback_management=True, docking=True, docking_space=True)
        dpg.create_viewport(
            title=TITLE,
            width=self._size[0],
            height=self._size[1],
            min_width=SMALLEST[0],
            min_height=SMALLEST[1],
            vsync=False,
        )
        window.build()
        dpg.setup_dearpygui()
        dpg.show_viewport()
        late_frames.part_modifiers()
        loop = Loop(window, self._script, self._input)
        window.live.start()
        framebuffer = Framebuffer()
        window.picture = framebuffer.save
        window.answer = self._script.tell

        def finish() -> None:
            if self._script.failed or screenshot:
                if screenshot and not self._script.failed:
                    framebuffer.save(screenshot)
                dpg.stop_dearpygui()

        loop.at_rest = finish
        sys.setswitchinterval(SWITCH)
        gc.freeze()  # what was imported stays: to look through all of it now and then would take two frames each time
        loop.run()
        failed = self._script.failed or (window.opener.failure if screenshot else "")
        self._keep(window)
        window.live.end()
        self._session.jobs.end()
        dpg.destroy_context()
        return failed

    def _keep(self, window: Window) -> None:
        kept = self._settings
        kept.theme = self._session.theme.name
        kept.scale = 0.0 if self._session.scale == self._scale else self._session.scale
        kept.width, kept.height = dpg.get_viewport_width(), dpg.get_viewport_height()
        kept.hidden, kept.front = window.docked.all_hidden, window.docked.all_in_sight
        settings.save(kept)
        layout_file.keep()

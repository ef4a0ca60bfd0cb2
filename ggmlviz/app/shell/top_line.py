"""Right of the menus: the headline of the trace, and the badge of its data's quality."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from ggmlviz.app.live.view import Live
from ggmlviz.app.panel import Mouse
from ggmlviz.app.session import Session
from ggmlviz.app.toolkit.canvas import Canvas
from ggmlviz.scene.headline import Headline, full_headline, quick_headline, sound_headline
from ggmlviz.scene.headline_picture import headline_picture
from ggmlviz.scene.opened import Opened

AGAIN = 5.0  # seconds until the whole of a trace that grows is looked at anew
HEIGHT = 19  # pixels at scale 1: leaves the line below the menus as it is


class TopLine:
    def __init__(self, session: Session, show_quality: Callable[[], None], live: Live):
        self._session, self._live = session, live
        self._show_quality = show_quality
        self._opened: Opened | None = None
        self.headline: Headline | None = None
        self.canvas = Canvas(session, self._mouse)
        self._drawn: tuple = ()
        self._looked = 0.0
        self._badge = self._scale = 0.0

    def build(self) -> None:
        self.canvas.build()

    def frame(self) -> None:
        opened = self._session.opened
        if opened is not self._opened:
            same = opened and self._opened and opened.path == self._opened.path
            self._opened = opened
            if not same:  # another state of a trace that grows is told of when it is known
                self.headline = quick_headline(opened) if opened else None
            if opened and not (same and time.monotonic() - self._looked < AGAIN):
                self._look(opened)
        self._fit()
        width, height = self.canvas.size
        told = self.headline
        if told and self._live.words:
            told = replace(told, speed=self._live.words, bound="")
        wanted = (told, width, height, self._session.theme, self._session.scale)
        if wanted != self._drawn and width > 0 and height > 0:
            self._drawn = wanted
            drawing, self._badge = headline_picture(*wanted)
            self.canvas.show(drawing)

    def _fit(self) -> None:
        """As high as the menus."""
        if self._session.scale != self._scale:
            self._scale = self._session.scale
            self.canvas.place(height=round(HEIGHT * self._scale))

    def _look(self, opened: Opened) -> None:
        """Speed, bound and losses take a moment on a large trace; the first picture does not wait for them."""
        self._looked = time.monotonic()
        # While a program is watched, its speed is told anew many times a second.
        find = sound_headline if self._live.words else full_headline

        def show(headline: Headline) -> None:
            if self._session.opened and opened.path == self._session.opened.path:
                self.headline = headline

        self._session.jobs.start("Looking at the whole trace", lambda job: find(opened), show)

    def _mouse(self, mouse: Mouse) -> None:
        if self.headline is None:
            return
        on_badge = mouse.x >= self._badge
        if mouse.what == "press" and on_badge:
            self._show_quality()
        elif mouse.what == "move":
            lines = ["Click: what is missing from the data"] if on_badge else self.headline.text.split(" · ")
            self.canvas.tooltip("\n".join(lines))
        elif mouse.what == "leave":
            self.canvas.tooltip(None)

"""Which program the lanes below are of, where the timeline shows several."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ggmlviz.scene.drawing import Rectangles, Shape, Texts, colours
from ggmlviz.scene.timeline.frame import Frame, Hit

CLICK = "click: make it the main program"


class Heading:
    """`process`: its recording, where it is not the main one."""

    title, about, height = "", "", 18.0

    def __init__(self, words: str, lively: bool = True, process: Path | None = None):
        self.key, self._lively, self._process = words, lively, process

    def draw(self, frame: Frame, top: float, bottom: float) -> list[Shape]:
        theme = frame.theme
        box = np.array([[0, top, frame.look.width, bottom]], np.float32)
        at = np.array([[frame.left + 6 * frame.ui, (top + bottom) / 2]], np.float32)
        ink = theme.text if self._lively else theme.faint
        return [
            Rectangles(box, colours(theme.line, 1)),
            Texts(at, [self.key], colours(ink, 1), frame.text, bold=True),
        ]

    def at(self, frame: Frame, x: float, part: float) -> Hit | None:
        if self._process is None:
            return None
        return Hit("beside", self.key, f"{self.key}\n{CLICK}", process=self._process)

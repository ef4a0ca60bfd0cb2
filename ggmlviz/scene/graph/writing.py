"""The texts of a graph's picture, collected by their look."""

from __future__ import annotations

import numpy as np

from ggmlviz.scene.drawing import Texts


class Writing:
    """Texts of one look; what lies out of the view is left out by whoever adds."""

    def __init__(self, size: float, anchor: str = "left", bold: bool = False):
        self._look = (size, anchor, bold)
        self._at: list[tuple[float, float]] = []
        self._texts: list[str] = []
        self._colours: list = []

    def add(self, x: float, y: float, text: str, colour) -> None:
        if text:
            self._at.append((x, y))
            self._texts.append(text)
            self._colours.append(colour)

    def shape(self) -> Texts:
        at = np.array(self._at, np.float32).reshape(-1, 2)
        return Texts(at, self._texts, np.array(self._colours, np.uint8).reshape(-1, 4), *self._look)

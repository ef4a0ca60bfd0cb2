"""Collects shapes one by one, and the places that answer to the mouse.

What is alike is painted together: of a plane first all rectangles, then lines, then texts; `plane` begins another on
top of all before. For views of some hundred shapes; what has thousands makes its arrays itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ggmlviz.scene.drawing import Colour, Drawing, Lines, Rectangles, Shape, Texts
from ggmlviz.scene.lettering import shortened, text_width
from ggmlviz.scene.palette import Theme

RECTANGLE, LINE, TEXT = range(3)


@dataclass(frozen=True)
class Spot:
    """A place in a picture: what it tells, and what is meant by a click on it."""

    box: tuple[float, float, float, float]
    tip: str = ""
    target: Any = None


@dataclass(frozen=True)
class Picture:
    drawing: Drawing
    spots: tuple[Spot, ...] = ()
    height: float = 0.0  # of all there is, where the drawing shows a part of it

    def at(self, x: float, y: float) -> Spot | None:
        """The one on top."""
        for spot in reversed(self.spots):
            left, top, right, bottom = spot.box
            if left <= x < right and top <= y < bottom:
                return spot
        return None


class Sketch:
    def __init__(self, width: float, height: float, theme: Theme, scale: float = 1.0):
        self.width, self.height, self.theme, self.scale = width, height, theme, scale
        self.spots: list[Spot] = []
        self._plane = 0
        self._batches: dict[tuple, list] = {}  # by plane, kind and what all parts have in common

    def plane(self) -> None:
        self._plane += 1

    def rectangle(
        self,
        left: float,
        top: float,
        right: float,
        bottom: float,
        fill: Colour,
        edge: Colour | None = None,
        rounding=0.0,
    ) -> None:
        self._add((RECTANGLE, edge is not None, rounding), (left, top, right, bottom, fill, edge))

    def line(self, x: float, y: float, to_x: float, to_y: float, colour: Colour, width: float = 1.0) -> None:
        self._add((LINE, width), (x, y, to_x, to_y, colour))

    def text(
        self, x: float, y: float, text: str, colour: Colour | None = None, size=13.0, anchor="left", bold=False
    ) -> None:
        """`size` before it is scaled."""
        if text:
            self._add((TEXT, size * self.scale, anchor, bold), (x, y, text, colour or self.theme.text))

    def fitted(
        self, x: float, y: float, text: str, room: float, colour=None, size=13.0, anchor="left", bold=False
    ) -> None:
        """Shortened to the room there is."""
        self.text(x, y, self.short(text, room, size, bold), colour, size, anchor, bold)

    def short(self, text: str, room: float, size: float = 13.0, bold: bool = False) -> str:
        return shortened(text, room, size * self.scale, bold)

    def room_of(self, text: str, size: float = 13.0, bold: bool = False) -> float:
        return text_width(text, size * self.scale, bold)

    def spot(self, box: tuple[float, float, float, float], tip: str = "", target: Any = None) -> None:
        self.spots.append(Spot(box, tip, target))

    def picture(self, height: float | None = None) -> Picture:
        batches = sorted(self._batches.items(), key=lambda batch: batch[0][:2])
        shapes = tuple(_shape(common[1:], parts) for common, parts in batches)
        drawing = Drawing(int(self.width), int(self.height), self.theme.panel, shapes)
        return Picture(drawing, tuple(self.spots), self.height if height is None else height)

    def _add(self, common: tuple, part: tuple) -> None:
        self._batches.setdefault((self._plane, *common), []).append(part)


def _shape(common: tuple, parts: list[tuple]) -> Shape:
    kind = common[0]
    if kind == TEXT:
        at = np.array([part[:2] for part in parts], np.float32)
        colour = np.array([part[3] for part in parts], np.uint8)
        return Texts(at, [part[2] for part in parts], colour, *common[1:])
    places = np.array([part[:4] for part in parts], np.float32)
    fill = np.array([part[4] for part in parts], np.uint8)
    if kind == LINE:
        return Lines(places, fill, common[1])
    edge = np.array([part[5] for part in parts], np.uint8) if common[1] else None
    return Rectangles(places, fill, edge, common[2])


def wrapped(text: str, room: float, size: float = 13.0) -> list[str]:
    """In lines that are no wider; a word that is too long for one is broken."""
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if text_width(longer, size) <= room:
            line = longer
            continue
        if line:
            lines.append(line)
        while text_width(word, size) > room and len(word) > 1:
            kept = _letters_in(word, room, size)
            lines.append(word[:kept])
            word = word[kept:]
        line = word
    return [*lines, line] if line or not lines else lines


def _letters_in(word: str, room: float, size: float) -> int:
    kept = 1
    while kept < len(word) and text_width(word[: kept + 1], size) <= room:
        kept += 1
    return kept

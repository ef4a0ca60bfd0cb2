"""What a view shows: arrays of shapes in its own pixels, which the window, SVG and PNG all paint alike.

A drawing is made anew whenever something it depends on has changed; it is never changed itself. Shapes are painted in
their order. All coordinates are pixels from the top left corner of the view, all colours four bytes: red, green, blue,
opacity.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

Colour: TypeAlias = tuple[int, int, int, int]


@dataclass(frozen=True)
class Rectangles:
    box: np.ndarray  # float32 [n, 4]: left, top, right, bottom
    fill: np.ndarray  # uint8 [n, 4]; opacity 0: not filled
    edge: np.ndarray | None = None  # uint8 [n, 4]: a line of one pixel around it
    rounding: float = 0.0


@dataclass(frozen=True)
class Lines:
    ends: np.ndarray  # float32 [n, 4]: x and y of one end, x and y of the other
    colour: np.ndarray  # uint8 [n, 4]
    width: float = 1.0


@dataclass(frozen=True)
class Triangles:
    corners: np.ndarray  # float32 [n, 6]: x and y of each corner
    fill: np.ndarray  # uint8 [n, 4]


@dataclass(frozen=True)
class Texts:
    """Each one line, vertically centred at y. What must not be wider than its place was shortened before."""

    at: np.ndarray  # float32 [n, 2]: x and y
    texts: list[str]
    colour: np.ndarray  # uint8 [n, 4]
    size: float = 13.0  # pixels
    anchor: Literal["left", "centre", "right"] = "left"  # what of the text is at x
    bold: bool = False


@dataclass(frozen=True)
class Raster:
    """Pixels made elsewhere: what is too dense for shapes. Scaled to its box without smoothing.

    Where the number of shapes before it changes from drawing to drawing, its name tells which one it is.
    """

    box: tuple[float, float, float, float]
    pixels: np.ndarray  # uint8 [height, width, 4]
    name: str = ""


Shape: TypeAlias = Rectangles | Lines | Triangles | Texts | Raster


@dataclass(frozen=True)
class Drawing:
    width: int
    height: int
    background: Colour
    shapes: tuple[Shape, ...]


def colours(colour: Colour, count: int) -> np.ndarray:
    """The same one for each."""
    made = np.empty((count, 4), np.uint8)
    made[:] = colour
    return made

"""Views, or any drawing, as pixels, without a screen."""

from __future__ import annotations

from functools import cache
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ggmlviz.export.formats import Choices
from ggmlviz.export.progress import Progress
from ggmlviz.export.views import view_of
from ggmlviz.scene.drawing import Drawing, Lines, Raster, Rectangles, Shape, Texts, Triangles
from ggmlviz.scene.lettering import BOLD, REGULAR
from ggmlviz.trace.trace import Trace

_ANCHORS = {"left": "lm", "centre": "mm", "right": "rm"}


def write(trace: Trace, output: BinaryIO, choices: Choices, progress: Progress) -> None:
    write_drawing(view_of(trace, choices), output)


def write_drawing(drawing: Drawing, output: BinaryIO) -> None:
    image(drawing).convert("RGB").save(output, "PNG", optimize=True)


def image(drawing: Drawing) -> Image.Image:
    picture = Image.new("RGBA", (drawing.width, drawing.height), drawing.background)
    pen = ImageDraw.Draw(picture, "RGBA")
    for shape in drawing.shapes:
        if _is_translucent(shape):
            above = Image.new("RGBA", picture.size)
            _PAINTERS[type(shape)](shape, ImageDraw.Draw(above, "RGBA"), above)
            picture.alpha_composite(above)
        else:
            _PAINTERS[type(shape)](shape, pen, picture)
    return picture


def _is_translucent(shape: Shape) -> bool:
    """Whether anything is to be seen through it: the pen itself would cut a hole."""
    opacity = [part[:, 3] for name in ("fill", "colour", "edge") if (part := getattr(shape, name, None)) is not None]
    return any(((part > 0) & (part < 255)).any() for part in opacity)


def _rectangles(shape: Rectangles, pen: ImageDraw.ImageDraw, _) -> None:
    edges = shape.edge if shape.edge is not None else np.zeros((len(shape.box), 4), np.uint8)
    # Pixels whose middle is inside, as screens do it: neighbours neither overlap nor leave a gap.
    corners = np.ceil(shape.box - 0.5).astype(int)
    corners[:, 2:] = np.maximum(corners[:, 2:] - 1, corners[:, :2])
    for corner, fill, edge in zip(corners.tolist(), shape.fill.tolist(), edges.tolist(), strict=True):
        inside, line = tuple(fill) if fill[3] else None, tuple(edge) if edge[3] else None
        if shape.rounding:
            pen.rounded_rectangle(corner, shape.rounding, inside, line)
        else:
            pen.rectangle(corner, inside, line)


def _lines(shape: Lines, pen: ImageDraw.ImageDraw, _) -> None:
    for ends, colour in zip(shape.ends.tolist(), shape.colour.tolist(), strict=True):
        pen.line(ends, tuple(colour), max(1, round(shape.width)))


def _triangles(shape: Triangles, pen: ImageDraw.ImageDraw, _) -> None:
    for corners, fill in zip(shape.corners.tolist(), shape.fill.tolist(), strict=True):
        pen.polygon(corners, tuple(fill))


def _texts(shape: Texts, pen: ImageDraw.ImageDraw, _) -> None:
    font, anchor = _font(shape.bold, shape.size), _ANCHORS[shape.anchor]
    for at, text, colour in zip(shape.at.tolist(), shape.texts, shape.colour.tolist(), strict=True):
        pen.text(at, text, tuple(colour), font, anchor)


def _raster(shape: Raster, _, picture: Image.Image) -> None:
    left, top, right, bottom = (round(edge) for edge in shape.box)
    pixels = Image.fromarray(np.ascontiguousarray(shape.pixels), "RGBA")
    if right > left and bottom > top:
        picture.alpha_composite(pixels.resize((right - left, bottom - top), Image.Resampling.NEAREST), (left, top))


@cache
def _font(bold: bool, size: float) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(BOLD if bold else REGULAR), size)


_PAINTERS = {Rectangles: _rectangles, Lines: _lines, Triangles: _triangles, Texts: _texts, Raster: _raster}

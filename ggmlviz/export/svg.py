"""Views, or any drawing, as SVG."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Iterator
from typing import TextIO
from xml.sax.saxutils import escape

import numpy as np
from PIL import Image

from ggmlviz.export.formats import Choices
from ggmlviz.export.progress import Progress
from ggmlviz.export.views import view_of
from ggmlviz.scene.drawing import Drawing, Lines, Raster, Rectangles, Texts, Triangles
from ggmlviz.trace.trace import Trace

_ANCHORS = {"left": "start", "centre": "middle", "right": "end"}


def write(trace: Trace, output: TextIO, choices: Choices, progress: Progress) -> None:
    write_drawing(view_of(trace, choices), output)


def write_drawing(drawing: Drawing, output: TextIO) -> None:
    output.writelines(svg(drawing))


def svg(drawing: Drawing) -> Iterator[str]:
    """Line by line."""
    size = f'width="{drawing.width}" height="{drawing.height}" viewBox="0 0 {drawing.width} {drawing.height}"'
    yield f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="Roboto, Helvetica, Arial, sans-serif">\n'
    yield f'<rect width="100%" height="100%" {_paint("fill", drawing.background)}/>\n'
    for shape in drawing.shapes:
        yield from _WRITERS[type(shape)](shape)
    yield "</svg>\n"


def _rectangles(shape: Rectangles) -> Iterator[str]:
    rounding = f' rx="{shape.rounding:g}"' if shape.rounding else ""
    edges = shape.edge if shape.edge is not None else np.zeros((len(shape.box), 4), np.uint8)
    for (left, top, right, bottom), fill, edge in _rows(shape.box, shape.fill, edges):
        line = f" {_paint('stroke', edge)}" if edge[3] else ""
        place = f'x="{left:.2f}" y="{top:.2f}" width="{right - left:.2f}" height="{bottom - top:.2f}"'
        yield f"<rect {place}{rounding} {_paint('fill', fill)}{line}/>\n"


def _lines(shape: Lines) -> Iterator[str]:
    for (x0, y0, x1, y1), colour in _rows(shape.ends, shape.colour):
        place = f'x1="{x0:.2f}" y1="{y0:.2f}" x2="{x1:.2f}" y2="{y1:.2f}"'
        yield f'<line {place} {_paint("stroke", colour)} stroke-width="{shape.width:g}"/>\n'


def _triangles(shape: Triangles) -> Iterator[str]:
    for corners, fill in _rows(shape.corners, shape.fill):
        points = " ".join(f"{x:.2f},{y:.2f}" for x, y in zip(corners[::2], corners[1::2], strict=True))
        yield f'<polygon points="{points}" {_paint("fill", fill)}/>\n'


def _texts(shape: Texts) -> Iterator[str]:
    weight = ' font-weight="500"' if shape.bold else ""
    anchor = f'text-anchor="{_ANCHORS[shape.anchor]}" dominant-baseline="central"'
    for (x, y), text, colour in zip(shape.at.tolist(), shape.texts, shape.colour.tolist(), strict=True):
        place = f'x="{x:.2f}" y="{y:.2f}" font-size="{shape.size:g}"'
        yield f"<text {place}{weight} {anchor} {_paint('fill', colour)}>{escape(text)}</text>\n"


def _raster(shape: Raster) -> Iterator[str]:
    left, top, right, bottom = shape.box
    place = f'x="{left:.2f}" y="{top:.2f}" width="{right - left:.2f}" height="{bottom - top:.2f}"'
    packed = io.BytesIO()
    Image.fromarray(shape.pixels, "RGBA").save(packed, "PNG")
    data = base64.b64encode(packed.getvalue()).decode()
    style = 'preserveAspectRatio="none" style="image-rendering:pixelated"'
    yield f'<image {place} {style} href="data:image/png;base64,{data}"/>\n'


_WRITERS = {Rectangles: _rectangles, Lines: _lines, Triangles: _triangles, Texts: _texts, Raster: _raster}


def _rows(*columns: np.ndarray) -> Iterable[tuple]:
    return zip(*(column.tolist() for column in columns), strict=True)


def _paint(what: str, colour: Iterable[int]) -> str:
    red, green, blue, opacity = colour
    paint = f'{what}="#{red:02x}{green:02x}{blue:02x}"' if opacity else f'{what}="none"'
    return paint if opacity in (0, 255) else f'{paint} {what}-opacity="{opacity / 255:.3f}"'

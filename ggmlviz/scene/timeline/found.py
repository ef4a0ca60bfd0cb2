"""What a search lit: a strip above the ops, marked in each column of pixels that has any; boxes where they are few."""

from __future__ import annotations

import numpy as np

from ggmlviz.analysis.find_ops import Found
from ggmlviz.analysis.op_lanes import OpLane
from ggmlviz.scene.drawing import Colour, Raster, Rectangles, Shape, colours
from ggmlviz.scene.palette import mixed
from ggmlviz.scene.timeline.frame import Frame
from ggmlviz.trace.trace import Trace

STRIP = 5.0  # pixels, before scaling
MOST_BOXES = 300


def found_shapes(frame: Frame, trace: Trace, lane: OpLane, top: float, bottom: float) -> list[Shape]:
    look, theme = frame.look, frame.theme
    if look.found is None:
        return []
    shapes: list[Shape] = []
    sets = [(look.found, theme.found)]
    if look.lit is not None:
        sets = [(look.found, mixed(theme.found, theme.panel, 0.6)), (look.lit, theme.found)]
    for found, colour in sets:
        counts = in_columns(trace, lane, found, frame.edges)
        shapes.append(_strip(frame, counts > 0, colour, top))
    last_set, colour = sets[-1]
    return shapes + _boxes(frame, trace, lane, last_set, colour, top, bottom)


def in_columns(trace: Trace, lane: OpLane, found: Found, edges: np.ndarray) -> np.ndarray:
    """How many of the found have a part between each edge and the next."""
    at = np.searchsorted(lane.ends(trace), edges, "right") + lane.first  # the first that ends behind the edge
    last = np.minimum(at[1:], lane.last - 1)
    begun = (at[1:] < lane.last) & (trace.ops.end[last] - trace.ops.duration[last] < edges[1:])
    kind = found.at.dtype
    return np.searchsorted(found.at, (at[1:] + begun).astype(kind)) - np.searchsorted(found.at, at[:-1].astype(kind))


def _strip(frame: Frame, lit: np.ndarray, colour: Colour, top: float) -> Raster:
    pixels = np.zeros((1, len(lit), 4), np.uint8)
    pixels[0, lit] = colour
    height = max(2, round(STRIP * frame.ui))
    return Raster((frame.left, top, frame.left + frame.columns, top + height), pixels)


def _boxes(
    frame: Frame, trace: Trace, lane: OpLane, found: Found, colour: Colour, top: float, bottom: float
) -> list[Shape]:
    executions = found.within(*lane.within(trace, frame.look.view))
    if not 0 < len(executions) <= MOST_BOXES:
        return []
    executions = executions.astype(np.int64)
    ends = trace.ops.end[executions]
    box = np.empty((len(ends), 4), np.float32)
    box[:, 0], box[:, 2] = frame.inside(ends - trace.ops.duration[executions]), frame.inside(ends)
    box[:, 1], box[:, 3] = top, bottom
    return [Rectangles(box, np.zeros((len(box), 4), np.uint8), colours(colour, len(box)))]

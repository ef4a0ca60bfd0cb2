"""What of a graph's picture is under the mouse."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np

from ggmlviz.analysis.graph.layout import GraphLayout
from ggmlviz.scene.graph.camera import Camera


class Hit(NamedTuple):
    what: Literal["node", "leaf", "group", "frame"]  # a frame is an open group
    number: int  # of the member, or of the group


def hit(layout: GraphLayout, camera: Camera, x: float, y: float) -> Hit | None:
    """The innermost thing there."""
    at = camera.place(x, y)
    found = _last(layout.boxes, at)
    if found is not None:
        item = int(layout.items[found])
        group = layout.groups.group_of(item)
        return Hit("group", group.number) if group else Hit("node", item)
    found = _last(layout.leaf_boxes, at)
    if found is not None:
        return Hit("leaf", int(layout.leafs[found]))
    found = _last(layout.frame_boxes, at)
    return Hit("frame", int(layout.frames[found])) if found is not None else None


def _last(boxes: np.ndarray, at: tuple[float, float]) -> int | None:
    """Inner frames come behind outer ones."""
    x, y = at
    found = np.flatnonzero((boxes[:, 0] <= x) & (x < boxes[:, 2]) & (boxes[:, 1] <= y) & (y < boxes[:, 3]))
    return int(found[-1]) if len(found) else None

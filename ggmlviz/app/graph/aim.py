"""From where a new layout of the graph is seen."""

from __future__ import annotations

from dataclasses import replace

from ggmlviz.analysis.graph.layout import GraphLayout
from ggmlviz.scene.graph.camera import EDGE, Camera

Held = tuple[int, tuple[float, float]]  # a group, and where in the old layout it was


def place_of(layout: GraphLayout | None, group: int) -> tuple[float, float] | None:
    """The middle of the top of a group, open or closed."""
    if layout is None:
        return None
    boxes = layout.boxes[layout.items == layout.groups.item(group)]
    boxes = boxes if len(boxes) else layout.frame_boxes[layout.frames == group]
    return (float(boxes[0][0] + boxes[0][2]) / 2, float(boxes[0][1])) if len(boxes) else None


def aimed(camera: Camera, old: GraphLayout | None, new: GraphLayout, held: Held | None, first: Camera) -> Camera:
    """What a person just opened or closed stays where it is; another graph is seen from its beginning: `first`."""
    same = old is not None and old.groups.graph is new.groups.graph and len(old.groups.groups) == len(new.groups.groups)
    if not same:
        alike = old is not None and (old.width, old.height) == (new.width, new.height)
        return camera if alike else first
    after = place_of(new, held[0]) if held else None
    if after is None:
        return camera
    camera = camera.holding(held[1], after)
    frame = new.frame_boxes[new.frames == held[0]]
    if len(frame):  # wider than before, it may reach out of view: what matters is where it begins
        return replace(camera, left=min(camera.left, float(frame[0][0]) - EDGE))
    return camera

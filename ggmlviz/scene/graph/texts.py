"""What is written in the boxes in view, as far as it can be read."""

from __future__ import annotations

import numpy as np

from ggmlviz.analysis.graph.layout import GraphLayout
from ggmlviz.scene.drawing import Shape
from ggmlviz.scene.graph.boxes import LayoutBoxes
from ggmlviz.scene.graph.camera import READABLE, Camera
from ggmlviz.scene.graph.edges import text_size
from ggmlviz.scene.graph.labels import CHEVRON, NAME, PAD, SMALL, TITLE, GraphLabels
from ggmlviz.scene.graph.subject import GraphSubject
from ggmlviz.scene.graph.writing import Writing
from ggmlviz.scene.lettering import shortened
from ggmlviz.scene.palette import Theme, ink_on

ONE_LINE = 0.33  # from this zoom on there is one line in a box
LINE_SIZE = 10.0  # pixels of that
MOST_TEXTS = 350


def written(
    subject: GraphSubject,
    layout: GraphLayout,
    boxes: LayoutBoxes,
    labels: GraphLabels,
    seen: np.ndarray,
    camera: Camera,
    theme: Theme,
) -> tuple[Shape, ...]:
    """Always as many shapes, so that each keeps its place in the drawing."""
    title = Writing(text_size(TITLE, camera), bold=True)
    name, small = Writing(text_size(NAME, camera)), Writing(text_size(SMALL, camera))
    right, middle = Writing(text_size(SMALL, camera), "right"), Writing(LINE_SIZE, "centre")
    splits = Writing(text_size(SMALL, camera), bold=True)
    shapes = (title, name, small, right, middle, splits)
    if camera.zoom < ONE_LINE or len(seen) > MOST_TEXTS:
        return tuple(writing.shape() for writing in shapes)
    places, inks = camera.boxes(boxes.boxes[seen]), ink_on(boxes.colours[seen])
    split_begins = set(seen[seen < len(layout.items)][boxes.begins_split(seen[seen < len(layout.items)])].tolist())
    for place, (x, y, until, bottom), ink in zip(seen.tolist(), places.tolist(), inks, strict=True):
        is_item = place < len(layout.items)
        member = int(layout.items[place] if is_item else layout.leafs[place - len(layout.items)])
        if camera.zoom < READABLE:
            text = shortened(labels.one_line(member), until - x - 6, LINE_SIZE)
            middle.add((x + until) / 2, (y + bottom) / 2, text, ink)
            continue
        label = labels.of_item(member) if is_item else labels.of_leaf(member)
        zoom, left = camera.zoom, x + PAD * camera.zoom
        soft = _softer(ink)
        if not label.title:
            high = (bottom - y) / zoom  # leafs are low, and a node that is an input has more room
            name.add(left, y + (high / 2 - 8) * zoom, label.second, ink)
            small.add(left, y + (high / 2 + 8) * zoom, label.third, soft)
            continue
        is_group = member >= subject.groups.members
        title.add(left + (CHEVRON * zoom if is_group else 0), y + 15 * zoom, label.title, ink)
        right.add(until - PAD * zoom, y + 15 * zoom, label.time, ink)
        name.add(left, y + (33 if is_group else 30) * zoom, label.second, ink)
        small.add(left, y + (49 if is_group else 45) * zoom, label.third, soft)
        if place in split_begins:
            splits.add(until + 20 * zoom, y - 7 * zoom, _split(subject, member), theme.accent)
    return tuple(writing.shape() for writing in shapes)


def _split(subject: GraphSubject, item: int) -> str:
    node = subject.groups.first_node(item)
    backend = int(subject.splits.backend[node])
    name = subject.splits.names[backend] if backend >= 0 else "backend not told"
    return f"split {int(subject.splits.of_node[node]) + 1} · {name}"


def _softer(ink: np.ndarray) -> np.ndarray:
    """The lesser lines; opaque, so that it looks alike on every canvas."""
    dark = int(ink[0]) < 128
    return np.array((86, 90, 98, 255) if dark else (226, 228, 232, 255), np.uint8)

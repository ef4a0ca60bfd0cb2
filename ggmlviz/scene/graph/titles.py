"""Titles of open groups, which stay in view for as long as any of the group is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ggmlviz.analysis.graph.layout import GraphLayout
from ggmlviz.analysis.graph.layout_nested import HEAD
from ggmlviz.scene.drawing import Rectangles, Shape, Triangles, colours
from ggmlviz.scene.graph.boxes import LayoutBoxes
from ggmlviz.scene.graph.camera import Camera
from ggmlviz.scene.graph.edges import inside
from ggmlviz.scene.graph.labels import GraphLabels
from ggmlviz.scene.graph.subject import GraphSubject
from ggmlviz.scene.graph.writing import Writing
from ggmlviz.scene.lettering import shortened, text_width
from ggmlviz.scene.palette import Theme

LOW, HIGH = 11.0, 14.0  # pixels of the letters
NARROWEST = 40.0  # pixels of a frame that has a title
BESIDE = 0.28  # below this zoom, titles would lie on what is in their frames


@dataclass(frozen=True)
class Titles:
    shapes: tuple[Shape, ...]
    plates: tuple[tuple[tuple[float, float, float, float], int], ...]  # where each is, and the number of its group


def titles(
    subject: GraphSubject,
    layout: GraphLayout,
    boxes: LayoutBoxes,
    labels: GraphLabels,
    camera: Camera,
    size: tuple[int, int],
    theme: Theme,
    scale: float,
) -> Titles:
    letters = min(max(int(26 * camera.zoom) / 2, LOW * scale), HIGH * scale)
    outside = camera.zoom < BESIDE * scale
    high = letters * 1.7
    writing, soft = Writing(letters, bold=True), Writing(letters - 1)
    plates, chevrons, found = [], [], []
    seen = np.flatnonzero(inside(layout.frame_boxes, camera.seen(*size)))
    kept_at_top = 0
    places = camera.boxes(layout.frame_boxes[seen]).tolist()
    for place, (left, top, right, bottom) in zip(seen.tolist(), places, strict=True):
        if bottom - top < 1.5 * high or (right - left < NARROWEST and not outside):
            continue
        group = subject.groups.groups[int(layout.frames[place])]
        time = labels.time(group.first, group.end, True)
        # Too far away to be inside, a title is beside its frame; nearer, its plate is across the upper edge.
        room = left - 10 if outside else min(right, size[0]) - max(left, 0.0) - 8
        words = shortened(group.title, room - 24, letters, True)
        wide = text_width(words, letters, True) + 24
        with_time = wide + 10 + text_width(time, letters - 1)
        told = bool(time) and with_time < room
        wide_plate = with_time if told else wide
        x = left - 6 - wide_plate if outside else max(left, 0.0) + 4
        y = top if outside else top + min(HEAD * camera.zoom - high, 4)
        if y < kept_at_top * high and not outside:  # below the titles of the groups around it, but inside its own frame
            y = min(kept_at_top * high, bottom - high)
            kept_at_top += 1
        plate = (x, y, x + wide_plate, y + high)
        if not words or any(_overlap(plate, other) for other in plates):
            continue
        plates.append(plate)
        found.append((plate, group.number))
        middle = y + high / 2
        chevrons.append((x + 5, middle - 3, x + 14, middle - 3, x + 9.5, middle + 4))
        writing.add(x + 18, middle, words, theme.text)
        if told:
            soft.add(x + wide + 4, middle, time, theme.faint)
    back = Rectangles(np.array(plates, np.float32).reshape(-1, 4), colours(theme.raised, len(plates)), None, 4.0)
    pointers = Triangles(np.array(chevrons, np.float32).reshape(-1, 6), colours(theme.text, len(plates)))
    return Titles((back, pointers, writing.shape(), soft.shape()), tuple(found))


def _overlap(a, b) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]

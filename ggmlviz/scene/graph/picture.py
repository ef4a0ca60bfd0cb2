"""A graph with its places and colours, of which any part can be drawn at any zoom."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ggmlviz.analysis.graph.layout import GraphLayout
from ggmlviz.scene.drawing import Drawing, Rectangles
from ggmlviz.scene.graph.boxes import LayoutBoxes
from ggmlviz.scene.graph.camera import Camera
from ggmlviz.scene.graph.colours import fills
from ggmlviz.scene.graph.edges import LayoutEdges
from ggmlviz.scene.graph.labels import GraphLabels
from ggmlviz.scene.graph.legend import legend
from ggmlviz.scene.graph.overlays import Minimap, banner
from ggmlviz.scene.graph.subject import GraphSubject
from ggmlviz.scene.graph.texts import written
from ggmlviz.scene.graph.titles import titles
from ggmlviz.scene.palette import Theme

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Marks:
    """What of the graph is lit."""

    selected: int | None = None  # a member, or an item of a group
    found: frozenset[int] = frozenset()  # members
    note: str = ""  # on what is shown, if it is not all


@dataclass(frozen=True)
class Shot:
    """A drawing, and the titles in it that answer to the mouse."""

    drawing: Drawing
    titles: tuple[tuple[Box, int], ...]


class GraphPicture:
    """`times`: ns for each node, NaN where none is told."""

    def __init__(
        self,
        subject: GraphSubject,
        layout: GraphLayout,
        times: np.ndarray,
        colouring: str,
        theme: Theme,
        scale: float = 1.0,
    ):
        self.subject, self.layout, self.theme, self.scale = subject, layout, theme, scale
        self.fills = fills(subject, layout, times, colouring)
        self.labels = GraphLabels(subject, layout, times)
        self.boxes = LayoutBoxes(subject, layout, self.fills, times, theme)
        self.edges = LayoutEdges(layout)
        self.minimap = Minimap(layout, self.boxes, theme)

    def shot(self, camera: Camera, width: int, height: int, marks: Marks, with_map: bool = True) -> Shot:
        seen = self.boxes.seen(camera, width, height)
        selected = self.item_of(marks.selected)
        mapped = camera if with_map else _all()
        edges = self.edges.drawn(camera, width, height, selected, self.theme)
        pixels, piles, boxes = self.boxes.plain(seen, camera, width, height)
        heads = titles(
            self.subject, self.layout, self.boxes, self.labels, camera, (width, height), self.theme, self.scale
        )
        shapes = (
            self.boxes.frames(camera, width, height),
            edges.plain,
            edges.lit,
            edges.heads,
            pixels,
            piles,
            boxes,
            self.boxes.bars(seen, camera),
            self.boxes.marks(seen, camera),
            self.boxes.chevrons(seen, camera),
            *written(self.subject, self.layout, self.boxes, self.labels, seen, camera, self.theme),
            edges.counts,
            *self._outlines(camera, seen, selected, marks),
            *heads.shapes,
            *legend(self.fills, self.minimap.beside(mapped, width, height), height, self.theme, self.scale),
            *self.minimap.shapes(mapped, width, height),
            *banner(marks.note, width, self.theme, self.scale),
        )
        return Shot(Drawing(width, height, self.theme.panel, shapes), heads.plates)

    def item_of(self, member: int | None) -> int | None:
        """What stands for a node in this layout; leafs and groups stand for themselves."""
        if member is None or member >= self.subject.graph.nodes:
            return member
        return int(self.layout.shown.item_of[member])

    def _outlines(self, camera: Camera, seen: np.ndarray, selected: int | None, marks: Marks) -> list[Rectangles]:
        """Two lines around what is found or selected, and one more where only a part of a group is meant."""
        layout = self.layout
        members = np.concatenate([layout.items, layout.leafs])
        found = {self.item_of(member) for member in marks.found}
        lit = seen[np.isin(members[seen], np.array(sorted(found), np.int64))] if found else seen[:0]
        chosen = np.flatnonzero(members == selected) if selected is not None else seen[:0]
        boxes = [self.boxes.boxes[lit], self.boxes.boxes[chosen]]
        group = self.subject.groups.group_of(selected) if selected is not None else None
        if group is not None and not len(chosen):
            boxes[1] = layout.frame_boxes[layout.frames == group.number]
        return [
            _outline(camera.boxes(some), colour, steps)
            for some, colour, steps in zip(
                boxes, (self.theme.found, self.theme.accent), ((1, 2), (1, 2, 3)), strict=True
            )
        ]


def _outline(boxes: np.ndarray, colour, steps: tuple[int, ...]) -> Rectangles:
    grown = [boxes + np.array([-step, -step, step, step], np.float32) for step in steps]
    edges = np.tile(np.array(colour, np.uint8), (len(boxes) * len(steps), 1))
    return Rectangles(np.concatenate(grown).astype(np.float32), np.zeros_like(edges), edges, 4.0)


def _all() -> Camera:
    """In which everything is in view, so that there is no use for a map."""
    return Camera(1e-9)

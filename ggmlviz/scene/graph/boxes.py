"""The boxes of a graph as they are drawn: frames of open groups, nodes, leafs, closed groups and what is in them."""

from __future__ import annotations

import numpy as np

from ggmlviz.analysis.graph.layout import GraphLayout
from ggmlviz.analysis.graph.outcomes import Outcome
from ggmlviz.scene.drawing import Lines, Raster, Rectangles, Triangles, colours
from ggmlviz.scene.graph.camera import READABLE, Camera
from ggmlviz.scene.graph.colours import Fills
from ggmlviz.scene.graph.edges import inside
from ggmlviz.scene.graph.raster import raster
from ggmlviz.scene.graph.subject import GraphSubject
from ggmlviz.scene.palette import INK, Theme, ink_on, mixed

MOST_BOXES = 900  # more are painted as pixels
ROUND = 5.0
BAR = 5.0  # height of the bar that tells what a closed group is made of
DASH = 6.0
NO_PIXELS = Raster((0, 0, 0, 0), np.zeros((1, 1, 4), np.uint8))


class LayoutBoxes:
    """All boxes of a layout with their colours."""

    def __init__(self, subject: GraphSubject, layout: GraphLayout, fills: Fills, times: np.ndarray, theme: Theme):
        self._subject, self._layout, self._fills, self._theme = subject, layout, fills, theme
        self._times = times
        nodes = layout.items < subject.graph.nodes
        outcome = np.full(len(layout.items), Outcome.COMPUTED, np.uint8)
        outcome[nodes] = subject.outcomes[layout.items[nodes]]
        self.idle = np.isin(outcome, (Outcome.FUSED, Outcome.VIEW, Outcome.SKIPPED))
        self.dashed = np.isin(outcome, (Outcome.FUSED, Outcome.SKIPPED))
        towards = np.array(theme.line, np.float32)  # and not the panel, which in the light theme is as white as they
        faded = np.where(self.idle[:, None], fills.items * 0.65 + towards * 0.35, fills.items)
        self.boxes = np.concatenate([layout.boxes, layout.leaf_boxes])
        self.colours = np.concatenate([faded, fills.leafs]).astype(np.uint8)
        self.is_pile = np.array([self._kind(item) == "repeat" for item in layout.items.tolist()], bool)
        depth = {}
        for number in layout.frames.tolist():
            depth[number] = depth.get(subject.groups.groups[number].parent, 0) + 1
        self.depth = np.array([depth[number] for number in layout.frames.tolist()], np.int64)

    def _kind(self, item: int) -> str:
        group = self._subject.groups.group_of(item)
        return group.kind if group else "node"

    def seen(self, camera: Camera, width: int, height: int) -> np.ndarray:
        return np.flatnonzero(inside(self.boxes, camera.seen(width, height)))

    def frames(self, camera: Camera, width: int, height: int) -> Rectangles:
        seen = inside(self._layout.frame_boxes, camera.seen(width, height))
        theme = self._theme
        tints = np.array([theme.raised, mixed(theme.raised, theme.line, 0.35)], np.uint8)
        boxes = camera.boxes(self._layout.frame_boxes[seen])
        return Rectangles(boxes, tints[self.depth[seen] % 2], colours(theme.line, len(boxes)), ROUND)

    def plain(self, seen: np.ndarray, camera: Camera, width: int, height: int) -> tuple[Raster, Rectangles, Rectangles]:
        """As pixels if there are too many; else piles and boxes."""
        boxes = camera.boxes(self.boxes[seen])
        if len(seen) > MOST_BOXES:
            return raster(boxes, self.colours[seen], width, height), _nothing(), _nothing()
        edge = self._edges(len(seen), camera)
        rounding = ROUND * min(camera.zoom, 1.5) if camera.zoom > 0.25 else 0.0
        piled = boxes[np.isin(seen, np.flatnonzero(self.is_pile))]
        behind = np.concatenate([piled + step * camera.zoom for step in (10, 5)])
        pile_fill = colours(mixed((255, 255, 255, 255), self._theme.line, 0.35), len(behind))
        piles = Rectangles(behind, pile_fill, colours(self._theme.faint, len(behind)), rounding)
        return NO_PIXELS, piles, Rectangles(boxes, self.colours[seen], edge, rounding)

    def _edges(self, count: int, camera: Camera) -> np.ndarray | None:
        return colours(mixed(self._theme.faint, self._theme.panel, 0.25), count) if camera.zoom > 0.12 else None

    def bars(self, seen: np.ndarray, camera: Camera) -> Rectangles:
        """What closed groups are made of, and how long each part of a pile takes."""
        if camera.zoom < READABLE / 2 or len(seen) > MOST_BOXES:
            return _nothing()
        boxes, fills = [], []
        for place in seen[seen < len(self._layout.items)].tolist():
            left, _, right, bottom = self.boxes[place].tolist()
            shares = self._fills.shares[place] if self._fills.shares is not None else np.empty(0)
            at = left + 2
            for kind in np.flatnonzero(shares).tolist():
                wide = (right - left - 4) * float(shares[kind])
                boxes.append((at, bottom - BAR - 2, at + wide, bottom - 2))
                fills.append(self._fills.share_fills[kind])
                at += wide
            if self.is_pile[place]:
                for box in self._parts(int(self._layout.items[place]), left + 8, bottom - 38, right - 8, bottom - 10):
                    boxes.append(box)
                    fills.append(mixed(INK, tuple(self.colours[place].tolist()), 0.45))
        if not boxes:
            return _nothing()
        return Rectangles(camera.boxes(np.array(boxes, np.float32)), np.array(fills, np.uint8))

    def _parts(self, item: int, left: float, top: float, right: float, bottom: float):
        children = [self._subject.members_of(child) for child in self._subject.groups.group_of(item).children]
        known = [float(np.nansum(self._times[part.start : part.stop])) for part in children]
        longest, step = max(known), (right - left) / len(known)
        for place, time in enumerate(known):
            if longest:
                x, high = left + place * step, (bottom - top) * time / longest
                yield x, bottom - high, x + max(step - 1.0, step * 0.7), bottom

    def marks(self, seen: np.ndarray, camera: Camera) -> Lines:
        """Dashes along what was fused or skipped, and where a split begins."""
        items = seen[seen < len(self._layout.items)]
        if camera.zoom < READABLE / 2 or len(seen) > MOST_BOXES:
            return Lines(np.empty((0, 4), np.float32), np.empty((0, 4), np.uint8))
        lines, fills = [], []
        for place in items[self.dashed[items]].tolist():
            left, top, right, bottom = self.boxes[place].tolist()
            for x in np.arange(left + ROUND, right - DASH, 2 * DASH).tolist():
                lines += [(x, top, x + DASH, top), (x, bottom, x + DASH, bottom)]
                fills += [INK, INK]
        for place in items[self.begins_split(items)].tolist():
            left, top, right, _ = self.boxes[place].tolist()
            for x in np.arange(left - 16, right + 16, 2 * DASH).tolist():
                lines.append((x, top - 7, x + DASH, top - 7))
                fills.append(self._theme.accent)
        if not lines:
            return Lines(np.empty((0, 4), np.float32), np.empty((0, 4), np.uint8))
        return Lines(camera.boxes(np.array(lines, np.float32)), np.array(fills, np.uint8), max(1.5 * camera.zoom, 1.0))

    def begins_split(self, items: np.ndarray) -> np.ndarray:
        """For each whether its first node is the first of a split, not of the graph's first one."""
        first = np.array(
            [self._subject.groups.first_node(item) for item in self._layout.items[items].tolist()], np.int64
        )
        of_node = self._subject.splits.of_node
        return (first > 0) & (of_node[first] != of_node[np.maximum(first - 1, 0)]) & (of_node[first] >= 0)

    def chevrons(self, seen: np.ndarray, camera: Camera) -> Triangles:
        """Before the title of each closed group: pointing at it."""
        is_group = self._layout.items >= self._subject.groups.members
        groups = seen[seen < len(self._layout.items)]
        groups = groups[is_group[groups]]
        if camera.zoom < READABLE or not len(groups):
            return Triangles(np.empty((0, 6), np.float32), np.empty((0, 4), np.uint8))
        left, top = self.boxes[groups][:, 0] + 9, self.boxes[groups][:, 1] + 10
        corners = np.stack([left, top, left, top + 10, left + 7, top + 5], 1)
        return Triangles(camera.boxes(corners), ink_on(self.colours[groups]))


def _nothing() -> Rectangles:
    return Rectangles(np.empty((0, 4), np.float32), np.empty((0, 4), np.uint8))

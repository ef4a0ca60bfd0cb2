"""Lines and arrow heads of what is in view, thinned where they would be a blot."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ggmlviz.analysis.graph.layout import GraphLayout
from ggmlviz.scene.drawing import Lines, Texts, Triangles, colours
from ggmlviz.scene.graph.camera import READABLE, Camera
from ggmlviz.scene.palette import Theme, mixed

MOST_LINES = 700
NOBODY = -2
HEAD = 5.0  # half the width of an arrow head, at a zoom of 1


@dataclass(frozen=True)
class Edges:
    plain: Lines
    lit: Lines  # to and from what is selected
    heads: Triangles
    counts: Texts  # how many edges of the graph one arrow between groups stands for


class LayoutEdges:
    """What of the edges does not depend on the view."""

    def __init__(self, layout: GraphLayout):
        self.lines = np.concatenate([layout.lines, layout.leaf_lines]).astype(np.float32)
        self.sources = np.concatenate([layout.line_sources, layout.leaf_line_leafs])
        self.targets = np.concatenate([layout.line_targets, layout.leaf_line_readers])
        low, high = np.minimum(self.lines[:, :2], self.lines[:, 2:]), np.maximum(self.lines[:, :2], self.lines[:, 2:])
        self.bounds = np.concatenate([low, high], 1)
        self._layout = layout

    def drawn(self, camera: Camera, width: int, height: int, selected: int | None, theme: Theme) -> Edges:
        """`selected`: the item or leaf whose edges are lit."""
        seen = np.flatnonzero(inside(self.bounds, camera.seen(width, height)))
        lit = self._lit(seen, selected)
        ends = camera.boxes(self.lines[seen])
        length = np.abs(ends[:, :2] - ends[:, 2:]).sum(axis=1)
        keep = lit | (length >= 2.0)
        if keep.sum() > MOST_LINES:
            longest = np.sort(length[keep])[-MOST_LINES]
            keep &= lit | (length >= longest)
        colour = mixed(theme.faint, theme.panel, 0.0 if camera.zoom > 0.2 else 0.5)
        plain = Lines(ends[keep & ~lit], colours(colour, int((keep & ~lit).sum())))
        bright = Lines(ends[keep & lit], colours(theme.accent, int((keep & lit).sum())), 2.0)
        return Edges(plain, bright, *self._heads(camera, width, height, selected, theme))

    def _lit(self, seen: np.ndarray, selected: int | None) -> np.ndarray:
        if selected is None:
            return np.zeros(len(seen), bool)
        return (self.sources[seen] == selected) | (self.targets[seen] == selected)

    def _heads(self, camera: Camera, width: int, height: int, selected: int | None, theme: Theme):
        layout, size = self._layout, HEAD * min(camera.zoom, 1.4)
        selected = NOBODY if selected is None else selected
        if camera.zoom < READABLE / 3:
            return Triangles(np.empty((0, 6), np.float32), np.empty((0, 4), np.uint8)), _no_texts(theme)
        view = camera.seen(width, height)
        down = inside(layout.tips, view)
        across = (layout.leaf_line_ends > 0) & inside(layout.leaf_lines[:, [2, 3, 2, 3]], view)
        x, y = camera.boxes(layout.tips[down])[:, :2].T
        tips = np.stack([x - size, y - 1.8 * size, x + size, y - 1.8 * size, x, y], 1)
        x2, y2 = camera.boxes(layout.leaf_lines[across])[:, 2:].T
        sides = np.stack([x2 - 1.8 * size, y2 - size, x2 - 1.8 * size, y2 + size, x2, y2], 1)
        lit_down = (layout.tip_sources[down] == selected) | (layout.tip_targets[down] == selected)
        lit_across = (layout.leaf_line_leafs[across] == selected) | (layout.leaf_line_readers[across] == selected)
        lit = np.concatenate([lit_down, lit_across])
        fill = np.where(lit[:, None], np.array(theme.accent, np.uint8), np.array(theme.faint, np.uint8))
        triangles = Triangles(np.concatenate([tips, sides]).astype(np.float32), fill.astype(np.uint8))
        several = layout.tip_counts[down] > 1
        if camera.zoom < READABLE or not several.any():
            return triangles, _no_texts(theme)
        at = np.stack([x[several] + 2 * size, y[several] - 8 * camera.zoom], 1).astype(np.float32)
        words = [f"×{count}" for count in layout.tip_counts[down][several].tolist()]
        return triangles, Texts(at, words, colours(theme.faint, len(words)), text_size(11.0, camera))


def inside(boxes: np.ndarray, view: tuple[float, float, float, float]) -> np.ndarray:
    left, top, right, bottom = view
    return (boxes[:, 2] >= left) & (boxes[:, 0] <= right) & (boxes[:, 3] >= top) & (boxes[:, 1] <= bottom)


def text_size(size: float, camera: Camera) -> float:
    """In half pixels, so that a turn of the wheel does not ask for ever new sizes of letters; rounded down to fit."""
    return max(int(size * min(camera.zoom, 2.0) * 2) / 2, 4.0)


def _no_texts(theme: Theme) -> Texts:
    return Texts(np.empty((0, 2), np.float32), [], np.empty((0, 4), np.uint8))

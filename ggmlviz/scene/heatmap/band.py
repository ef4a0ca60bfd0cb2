"""One strip in its place in the picture: where its cells are, how hot each is, and the shapes that show it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from ggmlviz.analysis.memory.file_pages import Fragments, Residency
from ggmlviz.scene.drawing import Colour
from ggmlviz.scene.heatmap.intensity import COLD, hottest
from ggmlviz.scene.heatmap.layout import Layout, laid_out
from ggmlviz.scene.heatmap.strips import Kind, Strip
from ggmlviz.scene.palette import Theme, heat, mixed

LEAST = np.array([5.0, 1.0, 2.0, 3.0])  # pixels, by Kind: tensors must be hit with the mouse
APART = 3.0  # pixels; wider cells leave one between them and the next


@dataclass(frozen=True, eq=False)
class Band:
    strip: Strip
    top: float
    bottom: float
    layout: Layout
    heat: np.ndarray  # of each cell, 0 … 1 or COLD
    names: dict[int, str] = field(default_factory=dict)  # of groups, as they fit: the same however hot they are

    @classmethod
    def of(cls, strip: Strip, box: tuple[float, float, float, float], hot: np.ndarray, scale: float) -> Band:
        left, top, right, bottom = box
        least = LEAST[strip.cells["kind"]] * scale
        if least.sum() > right - left:  # gaps are left to themselves before tensors are put together
            least[strip.cells["kind"] != Kind.TENSOR] = 0
        return cls(strip, top, bottom, laid_out(strip.cells["size"], least, left, right - left), hot)

    @cached_property
    def boxes(self) -> np.ndarray:
        """Of each group, without a gap between them."""
        edges = self.layout.edges
        tops = np.full(self.layout.groups, self.top)
        return np.column_stack([edges[:-1], tops, edges[1:], np.full(len(tops), self.bottom)]).astype(np.float32)

    @cached_property
    def kinds(self) -> np.ndarray:
        """Of each group: that of the tensors in it, if there are any."""
        return np.minimum.reduceat(self.strip.cells["kind"], self.layout.first[:-1])

    def fills(self, theme: Theme) -> tuple[np.ndarray, np.ndarray]:
        """Boxes and colours of groups. Those that are wide enough leave a line of the panel between them."""
        boxes = self.boxes.copy()
        boxes[:, 2] -= boxes[:, 2] - boxes[:, 0] >= APART
        return boxes, _coloured(self.kinds, hottest(self.heat, self.layout.first), theme)

    def colours_of(self, cells: np.ndarray, theme: Theme) -> np.ndarray:
        return _coloured(self.strip.cells["kind"][cells], self.heat[cells], theme)

    def groups_of(self, cells: np.ndarray) -> np.ndarray:
        return np.unique(self.layout.group_of[cells])

    def crowded(self) -> np.ndarray:
        """Groups in which more than one tensor was put together."""
        tensors = np.add.reduceat((self.strip.cells["kind"] == Kind.TENSOR).astype(np.int64), self.layout.first[:-1])
        return np.flatnonzero(tensors > 1)

    def resident_lines(self, residency: Residency) -> np.ndarray:
        """Left and right ends of the pixels of which at least half the bytes are in memory."""
        bytes_at, pixels_at = self._scale
        columns = np.arange(np.ceil(self.layout.edges[0]), np.floor(self.layout.edges[-1]) + 1)
        if len(columns) < 2:
            return np.empty((0, 2))
        places = np.interp(columns, pixels_at, bytes_at).astype(np.int64)
        sizes = np.maximum(np.diff(places), 1)
        there = residency.bytes_of(places[:-1], sizes) * 2 >= sizes
        return columns[0] + np.flatnonzero(np.diff(there.astype(np.int8), prepend=0, append=0)).reshape(-1, 2)

    def piece_lines(self, fragments: Fragments) -> tuple[np.ndarray, np.ndarray]:
        """Left and right ends of the extents of a file that are in it, and the number of the piece of each."""
        extents = fragments.extents
        ends = [np.interp(edge, *self._scale) for edge in (extents["begin"], extents["begin"] + extents["size"])]
        lines = np.column_stack(ends)
        seen = lines[:, 1] > lines[:, 0]
        return lines[seen], fragments.piece_of[seen]

    @cached_property
    def _scale(self) -> tuple[np.ndarray, np.ndarray]:
        """Bytes of the file, and the pixels at which they are."""
        cells, first = self.strip.cells, self.layout.first
        ends_of_groups = first[1:] - 1
        begins = cells["begin"][first[:-1]]
        ends = cells["begin"][ends_of_groups] + cells["size"][ends_of_groups]
        return np.column_stack([begins, ends]).ravel(), np.repeat(self.layout.edges, 2)[1:-1]


def _coloured(kinds: np.ndarray, hot: np.ndarray, theme: Theme) -> np.ndarray:
    plain = np.array(
        [
            untouched(theme),
            mixed(theme.faint, theme.panel, 0.2),
            mixed(theme.raised, theme.panel, 0.4),
            mixed(theme.faint, theme.panel, 0.6),
        ],
        np.uint8,
    )
    fills = plain[kinds]
    shown = (kinds == Kind.TENSOR) & (hot > COLD)
    fills[shown] = heat(hot[shown])
    return fills


def untouched(theme: Theme) -> Colour:
    return mixed(theme.line, theme.panel, 0.35)

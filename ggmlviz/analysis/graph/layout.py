"""Places for everything that is to be seen of a graph, from top to bottom, and lines for what flows between.

Each open group is laid out by itself, and is one box to the level around it. So opening one moves its neighbours apart
and does not reorder them, nothing lies on anything else, and layers that are built alike are laid out once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ggmlviz.analysis.graph.groups import WHOLE, GraphGroups
from ggmlviz.analysis.graph.layout_nested import MARGIN, Nested
from ggmlviz.analysis.graph.layout_places import Places, joined
from ggmlviz.analysis.graph.layout_shown import Shown, shown


@dataclass(frozen=True, eq=False)
class GraphLayout:
    """Boxes are left, top, right, bottom, as float32."""

    groups: GraphGroups
    shown: Shown
    width: float
    height: float
    items: np.ndarray  # nodes and closed groups
    boxes: np.ndarray
    leafs: np.ndarray  # a leaf lies beside each item that reads it
    leaf_boxes: np.ndarray
    leaf_readers: np.ndarray  # which item that is; -1: nobody
    leaf_line_leafs: np.ndarray
    leaf_lines: np.ndarray  # [n, 4]: from leafs to who reads them
    leaf_line_readers: np.ndarray
    leaf_line_ends: np.ndarray  # 1: the last piece of a line
    frames: np.ndarray  # numbers of open groups, outer ones first
    frame_boxes: np.ndarray
    line_sources: np.ndarray  # the item whose result flows there
    lines: np.ndarray  # [n, 4]
    line_targets: np.ndarray  # the item it comes to; -1: it goes on
    tip_sources: np.ndarray
    tips: np.ndarray  # [n, 4]: arrow heads, pointing down; x and y twice
    tip_targets: np.ndarray
    tip_counts: np.ndarray

    @cached_property
    def box_of_item(self) -> dict[int, int]:
        return {item: place for place, item in enumerate(self.items.tolist())}

    def where(self, member: int) -> np.ndarray:
        """All boxes that show a member: of a leaf there can be several; none if it is in a closed group or left out."""
        if member >= self.groups.graph.nodes:
            return self.leaf_boxes[self.leafs == member]
        return self.boxes[self.items == self.shown.item_of[member]]


def laid_out(
    groups: GraphGroups, opened: frozenset[int] = frozenset(), progress: Callable[[float], None] = lambda share: None
) -> GraphLayout:
    """`progress` may raise to stop this."""
    nested = Nested(groups, shown(groups, opened), progress)
    places, level = Places(nested), nested.inside[WHOLE].level
    return GraphLayout(
        groups,
        nested.shown,
        level.width + 2 * MARGIN,
        level.height + 2 * MARGIN,
        *joined(places.boxes, 2),
        *joined(places.leafs, 3),
        *joined(places.leaf_lines, 4),
        *joined(places.frames, 2),
        *joined(places.lines, 3),
        *joined(places.tips, 4),
    )

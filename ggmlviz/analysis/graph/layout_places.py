"""From levels, each with places of its own, to places in the whole graph."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from ggmlviz.analysis.graph.groups import WHOLE
from ggmlviz.analysis.graph.layout_nested import ARROW, HEAD, LEAF, LEAF_GAP, MARGIN, Inside, Nested, leafs_in_column

Box = tuple[float, float, float, float]
PITCH = LEAF[1] + LEAF_GAP
ENTRY = 6.0  # from the corners of a box to where lines of leafs may come in


class Places:
    """Lists of pieces: of each the numbers, four coordinates, and what else is to be known."""

    def __init__(self, nested: Nested):
        self._nested = nested
        self._leafs_begin, self._members = nested.groups.graph.nodes, nested.groups.members
        self.boxes: list[tuple] = []
        self.leafs: list[tuple] = []  # with who reads it
        self.leaf_lines: list[tuple] = []  # with who reads it, and whether it ends there
        self.frames: list[tuple] = []
        self.lines: list[tuple] = []  # with the item they come to
        self.tips: list[tuple] = []  # with the target and the count
        self._place(nested.inside[WHOLE], MARGIN, MARGIN)

    def _place(self, inside: Inside, left: float, top: float) -> None:
        level, wires = inside.level, np.array(inside.wires, np.int64)
        shift = np.array([left, top, left, top], np.float32)
        items = np.array([*inside.items, -1], np.int64)
        if len(level.lines):
            self.lines.append((wires[level.line_net], level.lines + shift, items[level.line_target]))
        if len(level.tips):
            targets = items[level.tip_target]
            # Where a line comes to an open group it goes on, and its head is further in.
            ends = np.array([self._nested.opened(item) is None for item in targets.tolist()], bool)
            at = np.concatenate([level.tips, level.tips], 1) + shift
            self.tips.append((wires[level.tip_net][ends], at[ends], targets[ends], level.tip_count[ends]))
        for item, x, y in zip(inside.items, level.x.tolist(), level.y.tolist(), strict=True):
            self._place_item(item, left + x, top + y)

    def _place_item(self, item: int, x: float, y: float) -> None:
        width, height = self._nested.size(item)
        box = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
        self._place_leafs(item, box, y)
        inside = self._nested.opened(item)
        if inside:
            self.frames.append(([self._nested.groups.group_of(item).number], [box]))
            left, top = box[0] + inside.inset, box[1] + HEAD
            self._place(inside, left, top)
            for ports, begin, end in (
                (inside.ports_in, box[1], top),
                (inside.ports_out, top + inside.level.height, box[3]),
            ):
                self.lines.extend(([wire], [(left + at, begin, left + at, end)], [-1]) for wire, at in ports.items())
        elif self._leafs_begin <= item < self._members:
            self.leafs.append(([item], [box], [-1]))
        else:
            self.boxes.append(([item], [box]))

    def _place_leafs(self, item: int, box: Box, y: float) -> None:
        leafs = self._nested.shown.leafs.get(item, [])
        rows = leafs_in_column(len(leafs))
        inner = box[0] - ARROW  # the right edge of the column that is next to the reader
        for place, leaf in enumerate(leafs):
            column, row = divmod(place, rows)
            here = min(rows, len(leafs) - column * rows)
            right = inner - column * (LEAF[0] + LEAF_GAP)
            top = y - (here * PITCH - LEAF_GAP) / 2 + row * PITCH
            self.leafs.append(([leaf], [(right - LEAF[0], top, right, top + LEAF[1])], [item]))
            middle = top + LEAF[1] / 2
            points = [(right, middle)]
            if column:  # between the rows of the columns on the way
                gap = y if rows == 2 else top + (PITCH if middle < y else 0) - LEAF_GAP / 2
                points += [(right + LEAF_GAP / 2, gap), (inner + LEAF_GAP / 2, gap)]
            points.append((box[0], min(max(points[-1][1], box[1] + ENTRY), box[3] - ENTRY)))
            for number, (begin, end) in enumerate(pairwise(points)):
                self.leaf_lines.append(([leaf], [(*begin, *end)], [item], [number == len(points) - 2]))


def joined(pieces: list[tuple], columns: int) -> list[np.ndarray]:
    """So many columns: numbers, coordinates [n, 4], further numbers."""
    if not pieces:
        return [np.empty((0, 4), np.float32) if place == 1 else np.empty(0, np.int64) for place in range(columns)]
    return [
        np.concatenate([np.asarray(piece[place], np.float32 if place == 1 else np.int64) for piece in pieces])
        for place in range(columns)
    ]

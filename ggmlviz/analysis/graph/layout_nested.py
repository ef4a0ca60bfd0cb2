"""Each open group laid out by itself, inner ones first: to the level around it, it is one box."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from ggmlviz.analysis.graph.groups import WHOLE, GraphGroups
from ggmlviz.analysis.graph.layout_level import IN, OUT, Extent, Level, Net, PlacedLevel
from ggmlviz.analysis.graph.layout_place import placed
from ggmlviz.analysis.graph.layout_shown import Shown

# Sizes at a zoom of 1, in pixels.
NODE, LEAF, CLOSED, PILE = (188.0, 56.0), (156.0, 36.0), (216.0, 64.0), (240.0, 108.0)
LEAF_GAP = 8.0
ARROW = 24.0  # from a leaf to who reads it
HEAD, MARGIN = 30.0, 14.0  # of an open group: its title, and around what is in it


class Inside(NamedTuple):
    """Of an open group."""

    level: PlacedLevel
    items: list[int]
    wires: list[int]  # what flows in each net of the level
    ports_in: dict[int, float]  # x in the level, by what comes in
    ports_out: dict[int, float]

    @property
    def width(self) -> float:
        """Not narrower than the title needs."""
        return max(self.level.width, CLOSED[0]) + 2 * MARGIN

    @property
    def height(self) -> float:
        return self.level.height + HEAD + MARGIN

    @property
    def inset(self) -> float:
        """From the left of the frame to the level."""
        return (self.width - self.level.width) / 2


def box_size(groups: GraphGroups, item: int) -> tuple[float, float]:
    """Of what is not open."""
    group = groups.group_of(item)
    if group is None:
        return LEAF if item >= groups.graph.nodes else NODE
    return PILE if group.kind == "repeat" else CLOSED


def leafs_in_column(count: int) -> int:
    """About as many as there are columns."""
    return math.isqrt(max(count - 1, 0)) + 1


class Nested:
    """Levels that are equal, as those of layers that are built alike, are laid out once."""

    def __init__(self, groups: GraphGroups, seen: Shown, progress: Callable[[float], None]):
        self.groups, self.shown = groups, seen
        self.inside: dict[int, Inside] = {}  # by number of the group
        known: dict[Level, PlacedLevel] = {}
        share = 1 / len(seen.containers)
        for done, container in enumerate(reversed(seen.containers)):
            items, wires, level = self._level(container)
            progress(share * done)
            if level not in known:
                known[level] = placed(level, lambda part, done=done: progress(share * (done + part)))
            found = known[level]
            ports = [{wires[wire]: x for wire, x in side.items()} for side in (found.ports_in, found.ports_out)]
            self.inside[container] = Inside(found, items, [wires[net.wire] for net in level.nets], *ports)

    def opened(self, item: int) -> Inside | None:
        group = self.groups.group_of(item)
        return self.inside.get(group.number) if group else None

    def size(self, item: int) -> tuple[float, float]:
        inside = self.opened(item)
        return (inside.width, inside.height) if inside else box_size(self.groups, item)

    def _level(self, container: int) -> tuple[list[int], list[int], Level]:
        items = [*self.groups.groups[container].children, *(self.shown.loose if container == WHOLE else [])]
        at = {IN: IN, OUT: OUT} | {item: place for place, item in enumerate(items)}
        passing = self.shown.wires[container]
        wires = sorted({wire for _, wire in passing}, key=self.groups.first_node)
        number = {wire: place for place, wire in enumerate(wires)}
        nets = []
        for (source, wire), targets in passing.items():
            ends = [(at[target], self._port(target, wire, "ports_in"), count) for target, count in targets.items()]
            nets.append(Net(at[source], number[wire], self._port(source, wire, "ports_out"), tuple(sorted(ends))))
        return items, wires, Level(tuple(self._extent(item) for item in items), tuple(sorted(nets)))

    def _port(self, item: int, wire: int, side: str) -> float:
        """Where on the edge of an open group something comes in or goes out, from the middle of the group."""
        inside = self.opened(item) if item >= 0 else None
        return round(inside.inset + getattr(inside, side)[wire] - inside.width / 2, 3) if inside else 0.0

    def _extent(self, item: int) -> Extent:
        width, height = self.size(item)
        leafs = len(self.shown.leafs.get(item, ()))
        rows = leafs_in_column(leafs)
        columns = -(-leafs // rows) if leafs else 0
        left = width / 2 + (ARROW + columns * (LEAF[0] + LEAF_GAP) - LEAF_GAP if columns else 0.0)
        return Extent(left, width / 2, max(height, rows * (LEAF[1] + LEAF_GAP) - LEAF_GAP), height)

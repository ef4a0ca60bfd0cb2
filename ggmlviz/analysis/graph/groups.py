"""A graph as people think of it: layers that repeat, layers, and in them blocks.

Every group is a stretch of nodes in the graph's own order, in which each comes after what it reads. So whatever is
folded into one, data flows down from group to group and never back.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Literal

import numpy as np

from ggmlviz.analysis.graph.repeats import Structure, longest_repeat
from ggmlviz.analysis.node_facts import FactsOfGraphs
from ggmlviz.format.layout import EdgeSlot
from ggmlviz.trace.attribution import EMPTY_OPS
from ggmlviz.trace.graphs import Graph

WHOLE = 0  # the group that holds everything
FEW = 40  # nodes that need no group around them when there is nothing else

Kind = Literal["whole", "repeat", "layer", "part", "block"]


@dataclass(frozen=True)
class Group:
    number: int
    parent: int  # -1: this is the whole
    kind: Kind
    title: str
    first: int  # its nodes: from here
    end: int  # up to here
    children: list[int]  # items in the graph's order, see GraphGroups


class GraphGroups:
    """Things to draw are items: a node or leaf is one by its number, a group by its number behind all members."""

    def __init__(self, graph: Graph):
        self.graph = graph
        self.members = len(graph.members)
        self.groups: list[Group] = []
        self.edges = _edges_between_nodes(graph)
        self.leaf_edges = _edges_from_leafs(graph)

    def item(self, group: int) -> int:
        return self.members + group

    def group_of(self, item: int) -> Group | None:
        return self.groups[item - self.members] if item >= self.members else None

    def first_node(self, item: int) -> int:
        group = self.group_of(item)
        return group.first if group else item

    def add(self, parent: int, kind: Kind, title: str, first: int, end: int) -> Group:
        group = Group(len(self.groups), parent, kind, title, first, end, [])
        self.groups.append(group)
        if parent >= 0:
            self.groups[parent].children.append(self.item(group.number))
        return group

    def around(self, node: int) -> list[int]:
        """Numbers of the groups that hold a node, from the outermost on, without the whole."""
        found, inside = [], self.groups[WHOLE]
        while True:
            groups = (self.group_of(item) for item in inside.children)
            inside = next((group for group in groups if group and group.first <= node < group.end), None)
            if inside is None:
                return found
            found.append(inside.number)

    def below(self, group: int) -> list[int]:
        """This group and all in it."""
        inner = [self.group_of(item) for item in self.groups[group].children]
        return [group, *(number for one in inner if one for number in self.below(one.number))]


def groups_of(graph: Graph, facts: FactsOfGraphs) -> GraphGroups:
    places = [(known.layer, known.block) for known in (facts.of(graph.number, node) for node in range(graph.nodes))]
    layers = _without_holes([layer for layer, _ in places])
    blocks = _without_views([block for _, block in places], graph.ops, layers)
    groups, structure = GraphGroups(graph), Structure(graph)
    groups.add(-1, "whole", "graph", 0, graph.nodes)
    stretches = _stretches(layers)
    for layer, alike in groupby(stretches, key=lambda one: one[0] is not None and structure.of(*one[1:])):
        found = list(alike)
        if layer is False:
            for _, first, end in found:
                _add_unnamed(groups, structure, blocks, first, end, alone=len(stretches) == 1)
            continue
        parent = WHOLE
        if len(found) > 1:
            title = f"layers {found[0][0]}–{found[-1][0]}"
            parent = groups.add(WHOLE, "repeat", title, found[0][1], found[-1][2]).number
        for number, first, end in found:
            _add_blocks(groups, groups.add(parent, "layer", f"layer {number}", first, end).number, blocks, first, end)
    return groups


def only(groups: GraphGroups, chosen: set[int]) -> GraphGroups:
    """Some members of the graph and what flows between them, without any groups."""
    few = GraphGroups(groups.graph)
    whole = few.add(-1, "whole", "graph", 0, groups.graph.nodes)
    whole.children.extend(sorted(member for member in chosen if member < groups.graph.nodes))
    kept = np.array(sorted(chosen), np.int64)
    few.edges = groups.edges[np.isin(groups.edges, kept).all(axis=1)]
    few.leaf_edges = groups.leaf_edges[np.isin(groups.leaf_edges, kept).all(axis=1)]
    return few


def _add_unnamed(
    groups: GraphGroups, structure: Structure, blocks: list[str], first: int, end: int, alone: bool
) -> None:
    """Nodes of no layer; where most of them repeat, the parts stand for the layers that nobody named."""
    repeat = longest_repeat(structure, first, end) if end - first > FEW else None
    if repeat is None or repeat.period * repeat.times < (end - first) // 2:
        _add_blocks(groups, WHOLE, blocks, first, end, open_if_one=alone and end - first <= FEW)
        return
    after = repeat.first + repeat.period * repeat.times
    _add_blocks(groups, WHOLE, blocks, first, repeat.first)
    parent = groups.add(WHOLE, "repeat", f"parts 1–{repeat.times}", repeat.first, after).number
    for number in range(repeat.times):
        begin = repeat.first + number * repeat.period
        part = groups.add(parent, "part", f"part {number + 1}", begin, begin + repeat.period)
        _add_blocks(groups, part.number, blocks, part.first, part.end)
    _add_blocks(groups, WHOLE, blocks, after, end)


def _add_blocks(
    groups: GraphGroups, parent: int, blocks: list[str], first: int, end: int, open_if_one: bool = True
) -> None:
    """A group for each block; none around a single node, nor inside a layer that is one block."""
    found = _stretches(blocks[first:end], first)
    for block, begin, until in found:
        alone = len(found) == 1 and (open_if_one if parent == WHOLE else True)
        if until - begin == 1 or (alone and (parent != WHOLE or end - first <= FEW)):
            groups.groups[parent].children.extend(range(begin, until))
        else:
            title = f"nodes {begin}–{until - 1}" if block == "other" else block
            inner = groups.add(parent, "block", title, begin, until)
            inner.children.extend(range(begin, until))


def _stretches(values: list, offset: int = 0) -> list[tuple]:
    """Each value with where it begins and ends."""
    found, at = [], offset
    for value, same in groupby(values):
        length = len(list(same))
        found.append((value, at, at + length))
        at += length
    return found


def _without_holes(layers: list[int | None]) -> list[int | None]:
    """What lies between two nodes of a layer belongs to it, if it has no layer or is just named after what it reads."""
    filled = list(layers)
    stretches = _stretches(layers)
    for above, (layer, first, end), below in zip(stretches, stretches[1:], stretches[2:], strict=False):
        little = end - first < min(above[2] - above[1], below[2] - below[1])
        if above[0] is not None and above[0] == below[0] and (layer is None or little):
            filled[first:end] = [above[0]] * (end - first)
    return filled


def _without_views(blocks: list[str], ops: list[str], layers: list[int | None]) -> list[str]:
    """What only gives data another shape stays with what comes before it."""
    kept = list(blocks)
    for node in range(1, len(kept)):
        if ops[node] in EMPTY_OPS and layers[node] == layers[node - 1]:
            kept[node] = kept[node - 1]
    return kept


def _edges_between_nodes(graph: Graph) -> np.ndarray:
    """[n, 2]: who is read and who reads, each pair once."""
    edges = graph.edges[(graph.edges["slot"] != EdgeSlot.VIEW) & (graph.edges["source"] < graph.nodes)]
    return np.unique(np.stack([edges["source"], edges["reader"]], 1).astype(np.int64), axis=0)


def _edges_from_leafs(graph: Graph) -> np.ndarray:
    edges = graph.edges[(graph.edges["slot"] != EdgeSlot.VIEW) & (graph.edges["source"] >= graph.nodes)]
    return np.unique(np.stack([edges["source"], edges["reader"]], 1).astype(np.int64), axis=0)

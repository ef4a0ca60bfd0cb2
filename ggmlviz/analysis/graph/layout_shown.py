"""What of a graph is to be seen when some of its groups are open: items, what each reads, the leafs beside them."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

import numpy as np

from ggmlviz.analysis.graph.groups import WHOLE, GraphGroups
from ggmlviz.analysis.graph.layout_level import IN, OUT


class Shown(NamedTuple):
    containers: list[int]  # open groups, outer ones first; the whole is the first
    item_of: np.ndarray  # for each node what stands for it: itself, a closed group, -1 nothing
    edges: np.ndarray  # [n, 3]: item that is read, item that reads, how many edges of the graph that is
    leafs: dict[int, list[int]]  # by item: the leafs that lie beside it
    hidden_leafs: dict[int, list[int]]  # by item of a closed group: those that only it reads
    loose: list[int]  # leafs that nobody in sight reads
    # For each container, who of it passes what to whom: (item or IN, what passes) → {item or OUT: count}
    wires: dict[int, dict[tuple[int, int], dict[int, int]]]


def shown(groups: GraphGroups, opened: frozenset[int]) -> Shown:
    item_of = np.full(groups.graph.nodes, -1, np.int64)
    containers: list[int] = []
    parents: dict[int, int] = {}  # by item: the group it lies in
    _walk(groups, WHOLE, opened, item_of, containers, parents)
    edges = _between_items(item_of[groups.edges])
    return Shown(
        containers,
        item_of,
        edges,
        *_leafs(groups, item_of),
        _loose(groups),
        _wires(groups, containers, parents, edges.tolist()),
    )


def _walk(groups: GraphGroups, number: int, opened: frozenset[int], item_of, containers, parents) -> None:
    containers.append(number)
    for item in groups.groups[number].children:
        parents[item] = number
        group = groups.group_of(item)
        if group is None:
            item_of[item] = item
        elif group.number in opened:
            _walk(groups, group.number, opened, item_of, containers, parents)
        else:
            item_of[group.first : group.end] = item


def _between_items(pairs: np.ndarray) -> np.ndarray:
    pairs = pairs[(pairs[:, 0] != pairs[:, 1]) & (pairs >= 0).all(axis=1)]
    unique, counts = np.unique(pairs, axis=0, return_counts=True)
    return np.concatenate([unique, counts[:, None]], axis=1)


def _leafs(groups: GraphGroups, item_of: np.ndarray) -> tuple[dict[int, list[int]], dict[int, list[int]]]:
    readers: dict[int, dict[int, None]] = defaultdict(dict)
    for leaf, reader in groups.leaf_edges.tolist():
        if item_of[reader] >= 0:
            readers[leaf][int(item_of[reader])] = None
    beside, inside = defaultdict(list), defaultdict(list)
    for leaf, items in readers.items():
        alone = len(items) == 1
        for item in items:
            (inside if alone and groups.group_of(item) else beside)[item].append(leaf)
    return beside, inside


def _loose(groups: GraphGroups) -> list[int]:
    """Only a whole graph has them: of a part of one, one sees what was chosen."""
    if len(groups.groups) == 1 and len(groups.groups[WHOLE].children) < groups.graph.nodes:
        return []
    read = set(groups.leaf_edges[:, 0].tolist())
    return [leaf for leaf in range(groups.graph.nodes, groups.members) if leaf not in read]


def _wires(groups: GraphGroups, containers: list[int], parents: dict[int, int], edges: list[list[int]]) -> dict:
    wires: dict = {number: defaultdict(lambda: defaultdict(int)) for number in containers}
    chains: dict[int, list[tuple[int, int]]] = {}

    def chain(item: int) -> list[tuple[int, int]]:
        """The container of an item with the item, and then outwards each container with the group in it."""
        if item not in chains:
            chains[item], at = [], item
            while at in parents:
                chains[item].append((parents[at], at))
                at = groups.item(parents[at])
        return chains[item]

    for source, reader, count in edges:
        up, down = chain(source), chain(reader)
        shared = 1  # containers, from the whole inwards, that hold both
        while shared < min(len(up), len(down)) and up[-1 - shared][0] == down[-1 - shared][0]:
            shared += 1
        for container, child in up[: len(up) - shared]:
            wires[container][child, source][OUT] += count
        wires[up[-shared][0]][up[-shared][1], source][down[-shared][1]] += count
        for container, child in down[: len(down) - shared]:
            wires[container][IN, source][child] += count
    return wires

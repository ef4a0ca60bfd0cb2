"""Graphs for tests of their picture: made by hand, and whether a layout of one is what it should be."""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace

import numpy as np

from ggmlviz.analysis.graph.groups import GraphGroups
from ggmlviz.analysis.graph.layout import GraphLayout
from ggmlviz.format.layout import EDGE


def flat(nodes: int, edges: list[tuple[int, int]], leafs: list[int] = ()) -> GraphGroups:
    """`edges` are who is read and who reads; `leafs` are the readers of one leaf each."""
    rows = [(reader, source, 0) for source, reader in edges]
    rows += [(reader, nodes + number, 1) for number, reader in enumerate(leafs)]
    graph = SimpleNamespace(members=np.arange(nodes + len(leafs)), nodes=nodes, edges=np.array(rows, EDGE))
    groups = GraphGroups(graph)
    groups.add(-1, "whole", "graph", 0, nodes).children.extend(range(nodes))
    return groups


def large(nodes: int) -> GraphGroups:
    """Chains that part and join, and now and then something that is needed much later."""
    chance, edges = np.random.default_rng(1), set()
    for node in range(1, nodes):
        edges.add((max(0, node - 1 - int(chance.integers(12))), node))
        if node % 3 == 0:
            edges.add((max(0, node - 1 - int(chance.integers(12))), node))
        if node % 50 == 0:
            edges.add((int(chance.integers(node)), node))
    return flat(nodes, sorted(edges), chance.integers(nodes, size=nodes // 4).tolist())


def assert_good(layout: GraphLayout) -> None:
    assert_apart(np.concatenate([layout.boxes, layout.leaf_boxes]))
    assert_frames_hold_theirs(layout)
    assert_every_edge_is_there(layout)
    assert_down(layout)


def assert_apart(boxes: np.ndarray) -> None:
    """A sweep from the top: each box against those that are not yet passed."""
    open_boxes: list[list[float]] = []
    for box in sorted(boxes.tolist(), key=lambda one: one[1]):
        open_boxes = [other for other in open_boxes if other[3] > box[1]]
        for other in open_boxes:
            assert box[2] <= other[0] or other[2] <= box[0], (box, other)
        open_boxes.append(box)


def assert_frames_hold_theirs(layout: GraphLayout) -> None:
    groups = layout.groups
    frames = dict(zip(layout.frames.tolist(), layout.frame_boxes.tolist(), strict=True))
    places = dict(zip(layout.items.tolist(), layout.boxes.tolist(), strict=True))
    for number, (left, top, right, bottom) in frames.items():
        for item in groups.groups[number].children:
            group = groups.group_of(item)
            inner = frames[group.number] if group and group.number in frames else places[item]
            assert left <= inner[0] <= inner[2] <= right
            assert top <= inner[1] <= inner[3] <= bottom


def assert_every_edge_is_there(layout: GraphLayout) -> None:
    """Between what stands for its ends: once, with its count, as a way of lines that hang together."""
    item_of = layout.shown.item_of
    expected = Counter(
        (int(item_of[source]), int(item_of[reader]))
        for source, reader in layout.groups.edges.tolist()
        if item_of[source] != item_of[reader]
    )
    tips = list(zip(layout.tip_sources.tolist(), layout.tip_targets.tolist(), strict=True))
    assert len(tips) == len(set(tips))
    assert dict(zip(tips, layout.tip_counts.tolist(), strict=True)) == dict(expected)
    assert {tuple(edge) for edge in layout.shown.edges[:, :2].tolist()} == set(expected)
    _assert_lines_arrive(layout)
    drawn = set(zip(layout.leafs.tolist(), layout.leaf_readers.tolist(), strict=True))
    hidden = {(leaf, item) for item, leafs in layout.shown.hidden_leafs.items() for leaf in leafs}
    assert not drawn & hidden
    read = {(leaf, int(item_of[reader])) for leaf, reader in layout.groups.leaf_edges.tolist()}
    assert {edge for edge in drawn if edge[1] >= 0} | hidden == read


def _assert_lines_arrive(layout: GraphLayout) -> None:
    """From each arrow head one comes along lines of its source to the lower edge of the source's box."""
    boxes = dict(zip(layout.items.tolist(), layout.boxes.tolist(), strict=True))
    into: dict[tuple, list] = {}
    for source, line in zip(layout.line_sources.tolist(), layout.lines.round(1).tolist(), strict=True):
        into.setdefault((source, *line[2:]), []).append((source, *line[:2]))
    for source, tip in zip(layout.tip_sources.tolist(), layout.tips[:, :2].round(1).tolist(), strict=True):
        ways, seen = [(source, *tip)], set()
        while ways:
            at = ways.pop()
            if abs(at[2] - boxes[source][3]) < 0.3 and boxes[source][0] <= at[1] <= boxes[source][2]:
                break
            if at not in seen:
                seen.add(at)
                ways += into.get(at, [])
        else:
            raise AssertionError(f"no way of lines from {source} to {tip}")


def assert_down(layout: GraphLayout) -> None:
    places = dict(zip(layout.items.tolist(), layout.boxes.tolist(), strict=True))
    for source, reader, _ in layout.shown.edges.tolist():
        assert places[source][3] < places[reader][1], (source, reader)

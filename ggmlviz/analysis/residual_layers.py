"""Layers of a graph whose names tell of none, as whisper.cpp's: told by how transformers are built.

Each half of a layer begins with a norm of the running sum and ends where its result is added to that same sum. A half
that attends to something is attention, one that does not is the feed-forward part, and ends the layer. Where the layers
found so are not all alike in their halves, or only one is found, nothing is told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ggmlviz.format.layout import EdgeSlot
from ggmlviz.trace.graphs import Graph

NORMS = ("NORM", "RMS_NORM")
ATTENTION = ("FLASH_ATTN_EXT", "SOFT_MAX")


class Half(NamedTuple):
    first: int  # its nodes: from here
    last: int  # up to here, this one too
    attends: bool


class Place(NamedTuple):
    layer: int
    block: str


def places_of(graph: Graph) -> dict[int, Place]:
    """Of the nodes in layers, counted from 0."""
    layers = list(_layers(list(_halves(graph))))
    if len(layers) < 2 or len({tuple(half.attends for half in layer) for layer in layers}) > 1:
        return {}
    return {
        node: Place(number, "attention" if half.attends else "ffn")
        for number, layer in enumerate(layers)
        for half in layer
        for node in range(half.first, half.last + 1)
    }


def _halves(graph: Graph) -> Iterator[Half]:
    ops = graph.ops
    sources: dict[int, list[int]] = defaultdict(list)
    sums: dict[int, list[int]] = defaultdict(list)
    for reader, source, _ in graph.edges[graph.edges["slot"] != EdgeSlot.VIEW].tolist():
        if reader < graph.nodes:
            sources[reader].append(source)
            if ops[reader] == "ADD":
                sums[source].append(reader)
    end = -1
    for node in range(graph.nodes):
        if node <= end or ops[node] not in NORMS or not sources[node]:
            continue
        last = min((add for add in sums[sources[node][0]] if add > node), default=None)
        if last is not None:
            yield Half(node, last, any(op in ATTENTION for op in ops[node : last + 1]))
            end = last


def _layers(halves: Sequence[Half]) -> Iterator[list[Half]]:
    """One that attends to nothing ends a layer, and none begins with it."""
    layer: list[Half] = []
    for half in halves:
        layer.append(half)
        if not half.attends:
            yield layer
            layer = []
    if layer:
        yield layer

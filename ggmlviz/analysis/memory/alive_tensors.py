"""From which node to which a tensor of a graph is needed: tensors that share memory take turns."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ggmlviz.analysis.memory.places import NOWHERE, MemoryPlaces, roots_of
from ggmlviz.format.layout import EdgeSlot
from ggmlviz.trace.graphs import Graph

OUTPUT_FLAG = 2  # ggml keeps what a program asked to keep


@dataclass(frozen=True, eq=False)
class Lifetimes:
    """Of everything in buffers that a graph works on. Leafs are there before the first node."""

    place: np.ndarray
    born: np.ndarray  # the node that writes it first; 0 for leafs
    dies: np.ndarray  # the last node that reads or writes it
    size: np.ndarray  # bytes
    nodes: int

    def alive_at(self, node: int) -> np.ndarray:
        """Which of them; the order is that of their births."""
        alive = np.flatnonzero((self.born <= node) & (self.dies >= node))
        return alive[np.argsort(self.born[alive], kind="stable")]

    @cached_property
    def peak(self) -> int:
        """The first node at which most bytes are needed."""
        change = np.zeros(self.nodes + 1, np.int64)
        np.add.at(change, np.minimum(self.born, self.nodes), self.size)
        np.add.at(change, np.minimum(self.dies + 1, self.nodes), -self.size)
        return int(np.argmax(np.cumsum(change[:-1]))) if self.nodes else 0


def lifetimes_of(graph: Graph, places: MemoryPlaces) -> Lifetimes:
    of_member, roots = places.of_graph(graph.number), roots_of(graph)
    members = np.arange(len(roots))
    is_node = members < graph.nodes
    born = np.full(len(roots), graph.nodes)
    np.minimum.at(born, roots[is_node], members[is_node])
    born[graph.nodes :] = 0
    dies = np.full(len(roots), -1)
    np.maximum.at(dies, roots[is_node], members[is_node])
    reads = graph.edges[graph.edges["slot"] != EdgeSlot.VIEW]
    np.maximum.at(dies, roots[reads["source"]], reads["reader"].astype(np.int64))
    kept = graph.tensors["flags"] & OUTPUT_FLAG != 0
    dies[roots[kept]] = graph.nodes - 1
    table = places.table
    chosen = (roots == members) & (of_member != NOWHERE)
    chosen[chosen] = table["buffer"][of_member[chosen]] >= 0
    place = of_member[chosen]
    return Lifetimes(place, born[chosen], dies[chosen], table["bytes"][place], graph.nodes)

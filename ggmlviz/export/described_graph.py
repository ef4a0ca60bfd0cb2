"""What the members of a graph are called and look like, and where in the model they belong."""

from __future__ import annotations

from functools import cached_property, lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from ggmlviz.analysis.blocks import block_of, layer_of
from ggmlviz.analysis.node_facts import FactsOfGraphs, NodeFacts
from ggmlviz.format.layout import EdgeSlot
from ggmlviz.trace.phases import Purpose, purpose_of
from ggmlviz.trace.trace import Trace

NO_LAYER = -1
GRAPHS_KEPT = 64  # programs that plan anew for every token have as many graphs as runs


class Place(NamedTuple):
    layer: int
    block: str


class DescribedGraph:
    """Lists by member: first the nodes, then the leafs."""

    def __init__(self, trace: Trace, number: int, facts: FactsOfGraphs):
        self.graph = trace.graph(number)
        self._facts = facts
        self._known: dict[tuple[int, bool], NodeFacts] = {}
        strings, tensors = trace.definitions.strings, self.graph.tensors
        self.names, self.ops = self.graph.names, self.graph.ops
        self.kinds = [strings[kind] for kind in tensors["description"].tolist()]
        self.types = [strings[name] for name in tensors["type_name"].tolist()]
        self.shapes = ["x".join(map(str, _without_ones(ne))) for ne in tensors["ne"].tolist()]

    def facts(self, node: int, with_next: bool = False) -> NodeFacts:
        """Of one execution, which may have done a fused pair."""
        key = (node, with_next)
        if key not in self._known:
            self._known[key] = self._facts.of(self.graph.number, node, with_next)
        return self._known[key]

    def kind(self, node: int, with_next: bool) -> str:
        """What an execution computed: the op, or two, and of unary and gated ones which."""
        return " + ".join(self.kinds[node : node + 1 + with_next])

    def place(self, member: int) -> Place:
        if member < self.graph.nodes:
            facts = self.facts(member)
            layer, block = facts.layer, facts.block
        else:
            layer, block = layer_of(self.names[member]), block_of(self.names[member], self.ops[member], ())
        return Place(NO_LAYER if layer is None else layer, block)

    @cached_property
    def places(self) -> list[Place]:
        return [self.place(member) for member in range(len(self.names))]

    @cached_property
    def sources(self) -> list[list[int]]:
        """What each member reads, every source once."""
        sources: list[dict[int, None]] = [{} for _ in self.names]
        edges = self.graph.edges[self.graph.edges["slot"] != EdgeSlot.VIEW]
        for reader, source, _ in edges.tolist():
            sources[reader][source] = None
        return [list(of_member) for of_member in sources]

    @cached_property
    def purpose(self) -> Purpose:
        return purpose_of(self.graph)


class DescribedGraphs:
    """Those that were asked for last."""

    def __init__(self, trace: Trace):
        facts = FactsOfGraphs(trace)
        self.of = lru_cache(GRAPHS_KEPT)(lambda number: DescribedGraph(trace, number, facts))


def stretches(values: np.ndarray) -> list[slice]:
    """Parts of an array in which all values are the same."""
    if not len(values):
        return []
    bounds = [0, *(np.flatnonzero(values[1:] != values[:-1]) + 1).tolist(), len(values)]
    return [slice(begin, end) for begin, end in pairwise(bounds)]


def _without_ones(ne: list[int]) -> list[int]:
    """As ggml counts dimensions: the last ones that are 1 are none, but there is always one."""
    while len(ne) > 1 and ne[-1] == 1:
        ne = ne[:-1]
    return ne

"""Graphs as the definitions tell them: nodes, leafs, who reads whom."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from ggmlviz.format.definitions import Definitions
from ggmlviz.format.layout import EdgeSlot
from ggmlviz.trace.attribution import Nodes


class Graph:
    """One distinct graph. Its members are numbered: first the nodes, then the leafs."""

    def __init__(self, definitions: Definitions, number: int):
        self.number = number
        self._definitions = definitions
        record = definitions.graphs[number]
        topology = definitions.topologies[record["topology"]]
        self.library = int(record["library"])
        self.nodes = int(topology["nodes"])
        self.leafs = int(topology["leafs"])
        self.members = definitions.members(number)
        self.edges = definitions.edges(int(record["topology"]))
        # A trace that ends in the middle of a graph's definition cannot tell its nodes.
        self.complete = len(self.members) == int(record["members"]) and len(self.edges) == int(topology["edges"])

    @cached_property
    def tensors(self) -> np.ndarray:
        return self._definitions.tensors[self.members]

    @cached_property
    def ops(self) -> list[str]:
        strings = self._definitions.strings
        return [strings[op] for op in self.tensors["op"].tolist()]

    @cached_property
    def names(self) -> list[str]:
        strings = self._definitions.strings
        return [strings[name] for name in self.tensors["name"].tolist()]

    @cached_property
    def _fusable(self) -> np.ndarray:
        """RMS_NORM nodes whose one reader is the MUL that follows."""
        sources = self.edges[self.edges["slot"] != EdgeSlot.VIEW]
        readers = np.bincount(sources["source"], minlength=len(self.members))
        following = sources[sources["source"] + 1 == sources["reader"]]
        read_by_next = np.zeros(len(self.members), bool)
        read_by_next[following["source"]] = True
        ops = np.array(self.ops[: self.nodes], object)
        pairs = np.zeros(self.nodes, bool)
        pairs[:-1] = (ops[:-1] == "RMS_NORM") & (ops[1:] == "MUL")
        return pairs & read_by_next[: self.nodes] & (readers[: self.nodes] == 1)

    def window(self, first: int, count: int) -> Nodes:
        """What tells which of these nodes are computed."""
        part = slice(first, first + count)
        return Nodes(tuple(self.ops[part]), self.tensors["flags"][part], self._fusable[part])

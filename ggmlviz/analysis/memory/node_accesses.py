"""What each computed node reads and writes, by the place in memory: found once for each graph."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

import numpy as np

from ggmlviz.analysis.memory.places import NOWHERE, MemoryPlaces
from ggmlviz.analysis.node_facts import FactsOfGraphs
from ggmlviz.trace.trace import Trace

NODE_ACCESS = np.dtype(
    [
        ("node", "i8"),  # of the graph
        ("fused", "?"),  # computed together with the node behind it
        ("place", "i8"),
        ("reads", "?"),
        ("writes", "?"),
        ("read", "i8"),  # bytes in one execution; 0 where they are not modelled
        ("written", "i8"),
        ("modelled", "?"),
    ]
)


class NodeAccesses:
    """A node and a place are together in at most one row. What lies nowhere that is known is left out."""

    def __init__(self, trace: Trace, facts: FactsOfGraphs, places: MemoryPlaces):
        self._trace, self._facts, self._places = trace, facts, places

    @cached_property
    def _computed(self) -> dict[int, frozenset[tuple[int, bool]]]:
        """For each graph, which of its nodes any run computed, and which of these together with the node behind."""
        computed: dict[int, set] = {}
        for pattern in self._trace.patterns:
            if pattern.nodes is not None:
                nodes = zip(pattern.nodes.tolist(), pattern.fused.tolist(), strict=True)
                computed.setdefault(pattern.graph, set()).update(nodes)
        return {graph: frozenset(nodes) for graph, nodes in computed.items()}

    def of_graph(self, number: int) -> np.ndarray:
        """NODE_ACCESS of all nodes that any run of the graph computed, by node."""
        computed = self._computed.get(number, frozenset())
        return self._places.once(("accesses", number, computed), lambda: self._find(number, computed))

    def _find(self, number: int, computed: Iterable[tuple[int, bool]]) -> np.ndarray:
        rows = [row for node, fused in sorted(computed) for row in self._rows(number, node, fused)]
        return np.array(rows, NODE_ACCESS)

    def of_node(self, graph: int, node: int, fused: bool = False) -> np.ndarray:
        rows = self.of_graph(graph)
        return rows[(rows["node"] == node) & (rows["fused"] == fused)]

    def _rows(self, number: int, node: int, fused: bool) -> list[tuple]:
        places = self._places.of_graph(number).tolist()
        work = self._facts.of(number, node, fused).work
        found: dict[int, list] = {}
        for source, count in self._facts.reads_of(number, node, fused).items():
            row = found.setdefault(places[source], [False, False, 0, 0])
            row[0], row[2] = True, row[2] + (count or 0)
        result = found.setdefault(places[node + fused], [False, False, 0, 0])
        result[1], result[3] = True, work.written if work else 0
        found.pop(NOWHERE, None)
        return [(node, fused, place, *row, work is not None) for place, row in found.items()]

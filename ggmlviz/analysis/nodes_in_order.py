"""What graphs had to compute, where no times of nodes are told: how often each node, and in which order."""

from __future__ import annotations

import numpy as np

from ggmlviz.analysis.node_facts import NodeFacts
from ggmlviz.analysis.time_range import EVERYTHING, TimeRange, runs_in
from ggmlviz.analysis.totals import Node, phase_of_graphs
from ggmlviz.trace.graphs import Graph
from ggmlviz.trace.trace import Trace


def nodes_in_order(trace: Trace, range: TimeRange = EVERYTHING) -> list[Node]:
    """Every node of the graphs that ran, with how many of these runs had it, and no time."""
    graphs, counts = np.unique(trace.runs["graph"][runs_in(trace, range)], return_counts=True)
    phases = phase_of_graphs(trace)
    return [
        Node(number, node, count, 0, 0, phases.get(number, "other"), facts)
        for number, count in zip(graphs.tolist(), counts.tolist(), strict=True)
        if number >= 0
        for node, facts in enumerate(_facts(trace.graph(number)))
    ]


def _facts(graph: Graph) -> list[NodeFacts]:
    """Ops and names alone: what else is known of a node rests on the flow of data."""
    named = list(zip(graph.ops, graph.names, strict=True))[: graph.nodes]
    return [NodeFacts(op, name, None, "other", None, {}) for op, name in named]

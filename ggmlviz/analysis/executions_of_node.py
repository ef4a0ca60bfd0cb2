"""One node in every run that computed it, in all graphs of its model: a context that grows is planned anew."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ggmlviz.analysis.execution_times import durations_at
from ggmlviz.analysis.node_facts import UNNAMED
from ggmlviz.trace.graphs import Graph
from ggmlviz.trace.trace import Trace


@dataclass(frozen=True, eq=False)
class ExecutionsOfNode:
    """Parallel, in the order of time."""

    run: np.ndarray  # indices into trace.runs
    execution: np.ndarray  # indices into trace.ops
    duration: np.ndarray  # ns

    @property
    def count(self) -> int:
        return len(self.run)


def executions_of_node(trace: Trace, here: Graph, node: int) -> ExecutionsOfNode:
    """`here` is a graph of this trace or of another. Those of a fused pair count for both of its nodes."""
    places = same_in_graphs(trace, here, node)
    executions = [np.empty(0, np.int64)]
    runs = [np.empty(0, np.int64)]
    for pattern in trace.patterns:
        if pattern.nodes is None or pattern.graph not in places:
            continue
        wanted = places[pattern.graph]
        hit = (pattern.nodes == wanted) | ((pattern.nodes == wanted - 1) & pattern.fused)
        for column in np.flatnonzero(hit).tolist():
            executions.append(trace.sections["first_execution"][pattern.sections] + column)
            runs.append(trace.sections["run"][pattern.sections])
    execution, run = np.concatenate(executions), np.concatenate(runs)
    order = np.argsort(trace.runs["begin"][run], kind="stable")
    execution = execution[order]
    return ExecutionsOfNode(run[order], execution, durations_at(trace, execution))


def same_in_graphs(trace: Trace, here: Graph, node: int) -> dict[int, int]:
    """By graph, which of its nodes this one is: the one with the same name and op, the n-th of them in each.

    A node that the program gave no name is called by its place: only graphs with as many nodes can have it.
    """
    if node >= here.nodes:
        return {}
    name, op = here.names[node], here.ops[node]
    again = _alike(here, name, op).index(node)
    named = bool(name) and not name.startswith((*UNNAMED, " "))
    found = {}
    for number in np.unique(trace.runs["graph"][trace.runs["graph"] >= 0]).tolist():
        there = trace.graph(number)
        alike = _alike(there, name, op) if named or there.nodes == here.nodes else []
        if again < len(alike):
            found[number] = alike[again]
    return found


def _alike(graph: Graph, name: str, op: str) -> list[int]:
    return [
        node
        for node, (its_name, its_op) in enumerate(zip(graph.names[: graph.nodes], graph.ops, strict=False))
        if its_name == name and its_op == op
    ]

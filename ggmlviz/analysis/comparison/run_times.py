"""How long each node took in each run, for the runs of one phase: the matrix that two traces are compared by."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

import numpy as np

from ggmlviz.format.layout import EdgeSlot, RowFlag, Status
from ggmlviz.trace.graphs import Graph
from ggmlviz.trace.phases import PHASES
from ggmlviz.trace.trace import Trace


class Identity(NamedTuple):
    """What makes a node of one trace the same as a node of another."""

    name: str
    op: str
    shape: tuple[int, ...]
    sources: tuple[str, ...]
    again: int = 0  # tells nodes of one graph apart that are alike in all this

    @property
    def label(self) -> str:
        return f"{self.name or '(no name)'} ({self.op})"


class RunTimes(NamedTuple):
    nodes: list[Identity]
    ns: np.ndarray  # [node, run]; NaN where the run did not compute the node
    fused: set[tuple[Identity, Identity]]  # pairs that one kernel computed together, in any of the runs

    @property
    def runs(self) -> int:
        return self.ns.shape[1]


def identities(graph: Graph) -> list[Identity]:
    """Of the nodes of a graph, in their order."""
    sources: list[list[str]] = [[] for _ in range(graph.nodes)]
    names = graph.names
    edges = graph.edges[(graph.edges["slot"] != EdgeSlot.VIEW) & (graph.edges["reader"] < graph.nodes)]
    for reader, source in edges[np.lexsort((edges["slot"], edges["reader"]))][["reader", "source"]].tolist():
        sources[reader].append(names[source])
    shapes = graph.tensors["ne"][: graph.nodes].tolist()
    seen: Counter[Identity] = Counter()
    found = []
    for name, op, shape, read in zip(names, graph.ops, shapes, sources, strict=False):
        identity = Identity(name, op, tuple(shape), tuple(read))
        found.append(identity._replace(again=seen[identity]))
        seen[identity] += 1
    return found


def runs_of_phase(trace: Trace) -> dict[str, np.ndarray]:
    """Indices of the runs that succeeded, by phase and in the order in which they began: the token number."""
    good = np.isin(trace.runs["status"], [Status.SUCCESS, Status.UNKNOWN]) & (trace.runs["graph"] >= 0)
    runs = np.flatnonzero(good)
    runs = runs[np.argsort(trace.runs["number"][runs], kind="stable")]
    phase = trace.phases["phase"][runs]
    return {PHASES[number]: runs[phase == number] for number in np.unique(phase).tolist()}


def run_times(trace: Trace, runs: np.ndarray) -> RunTimes:
    """The times of the attributed nodes of these runs (indices into the runs of the trace)."""
    executions = trace.executions
    column = np.full(len(trace.runs) + 1, -1)  # the last is for sections outside of all runs
    column[runs] = np.arange(len(runs))
    run = trace.sections["run"][executions["section"]]
    chosen = (column[run] >= 0) & (executions["node"] >= 0)
    executions, run = executions[chosen], run[chosen]
    graph = trace.runs["graph"][run]
    numbers: dict[Identity, int] = {}
    of_node = np.empty(len(executions), np.int64)
    fused: set[tuple[Identity, Identity]] = set()
    for number in np.unique(graph).tolist():
        here = graph == number
        known = identities(trace.graph(number))
        rank = np.array([numbers.setdefault(identity, len(numbers)) for identity in known], np.int64)
        nodes = executions["node"][here]
        of_node[here] = rank[nodes]
        pairs = np.unique(nodes[executions["flags"][here] & RowFlag.NODE_FUSED != 0]).tolist()
        fused |= {(known[node], known[node + 1]) for node in pairs if node + 1 < len(known)}
    cell = of_node * len(runs) + column[run]
    size = len(numbers) * len(runs)
    total = np.bincount(cell, executions["end"] - executions["begin"], size)
    ns = np.where(np.bincount(cell, minlength=size) > 0, total, np.nan).reshape(len(numbers), len(runs))
    computed = ~np.isnan(ns).all(axis=1)
    return RunTimes([node for node, there in zip(numbers, computed, strict=True) if there], ns[computed], fused)

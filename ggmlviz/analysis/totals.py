"""Where the time went: by op, tensor, layer, block, phase, backend and thread."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np

from ggmlviz.analysis.devices import backend_name
from ggmlviz.analysis.node_facts import FactsOfGraphs, NodeFacts
from ggmlviz.analysis.node_times import node_times
from ggmlviz.analysis.time_range import EVERYTHING, TimeRange, happened_in, sections_in
from ggmlviz.format.layout import RowKind
from ggmlviz.trace.phases import PHASES
from ggmlviz.trace.trace import Trace

WITH_LAYERS_OF_THEIR_OWN = ("encoder", "decoder")


class Total(NamedTuple):
    name: str
    count: int
    time: int  # ns
    wait: int  # ns of it that thread 0 waited in barriers
    share: float  # of all the time that nodes took


class ThreadTotal(NamedTuple):
    name: str
    lane: int
    sections: int
    work: int  # ns
    wait: int


class Node(NamedTuple):
    """A row of node_times with what it is about."""

    graph: int
    node: int
    count: int
    time: int
    wait: int
    phase: str
    facts: NodeFacts


def nodes_of(trace: Trace, range: TimeRange = EVERYTHING, facts: FactsOfGraphs | None = None) -> list[Node]:
    """Every node that was computed: the basis of the totals below. Who asks often keeps the facts."""
    facts, phases = facts or FactsOfGraphs(trace), phase_of_graphs(trace)
    fields = ["graph", "node", "fused", "count", "time", "wait"]
    return [
        Node(graph, node, count, time, wait, phases.get(graph, "other"), facts.of(graph, node, fused))
        for graph, node, fused, count, time, wait in node_times(trace, range)[fields].tolist()
    ]


def phase_of_graphs(trace: Trace) -> dict[int, str]:
    """What a run is for, its graph tells."""
    graphs, first = np.unique(trace.runs["graph"], return_index=True)
    return dict(zip(graphs.tolist(), (PHASES[phase] for phase in trace.phases["phase"][first].tolist()), strict=True))


def _layer(node: Node) -> str:
    if node.facts.layer is None:
        return "none"
    return f"{node.phase} {node.facts.layer}" if node.phase in WITH_LAYERS_OF_THEIR_OWN else str(node.facts.layer)


GROUPINGS: dict[str, Callable[[Node], str]] = {
    "op": lambda node: node.facts.op,
    "tensor": lambda node: f"{node.facts.op} {node.facts.tensor}",
    "layer": _layer,
    "block": lambda node: node.facts.block,
    "phase": lambda node: node.phase,
}


def totals(nodes: Iterable[Node], by: str) -> list[Total]:
    """By one of GROUPINGS, the longest first."""
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for node in nodes:
        of_name = sums[GROUPINGS[by](node)]
        for index, value in enumerate((node.count, node.time, node.wait)):
            of_name[index] += value
    whole = sum(time for _, time, _ in sums.values())
    found = [Total(name, *values, values[1] / whole if whole else 0.0) for name, values in sums.items()]
    return sorted(found, key=lambda total: (-total.time, total.name))


def backend_totals(trace: Trace, range: TimeRange = EVERYTHING) -> list[Total]:
    """By splits, which the scheduler gives to backends; a program that does without it has none."""
    splits = trace.splits
    splits = splits[happened_in(trace, splits, range)]
    times = splits["end"] - splits["begin"]
    whole, found = int(times.sum()), []
    for backend in np.unique(splits["backend"]).tolist():
        mine = splits["backend"] == backend
        time = int(times[mine].sum())
        found.append(Total(backend_name(trace, backend), int(mine.sum()), time, 0, time / whole if whole else 0.0))
    return sorted(found, key=lambda total: -total.time)


def thread_totals(trace: Trace, range: TimeRange = EVERYTHING) -> list[ThreadTotal]:
    """What each thread did in the sections it took part in, in the order of the lanes."""
    parts = trace.parts
    parts = parts[sections_in(trace, range)[parts["section"]]]
    found = []
    for lane in np.unique(parts["lane"]).tolist():
        mine = parts[parts["lane"] == lane]
        work, wait = int(mine["work"].sum()), int(mine["wait"].sum())
        found.append(ThreadTotal(lane_name(trace, lane), lane, len(mine), work, wait))
    return found


def lane_name(trace: Trace, lane: int) -> str:
    """A lane can serve several threads one after the other: then they are all named."""
    rows, threads = trace.lanes[lane], trace.definitions.threads
    ids = np.unique([rows.before.thread, *rows.take("value", rows.of(RowKind.THREAD)).tolist()]).tolist()
    names = [
        f"{trace.definitions.strings[threads['name'][id]]} ({threads['tid'][id]})"
        for id in ids
        if 0 <= id < len(threads)
    ]
    return ", ".join(names) or f"lane {lane}"

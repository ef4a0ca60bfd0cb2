"""What became of each node of a graph when it ran, as far as the trace tells; and on which backend."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

import numpy as np

from ggmlviz.analysis.node_times import node_times
from ggmlviz.analysis.time_range import EVERYTHING, TimeRange
from ggmlviz.format.layout import NONE
from ggmlviz.trace.attribution import EMPTY_OPS
from ggmlviz.trace.trace import Trace


class Outcome(IntEnum):
    COMPUTED = 0
    FUSED = 1  # into the node before it
    VIEW = 2  # nothing to compute
    SKIPPED = 3
    UNTOLD = 4  # no run of it, or not on this CPU, or it cannot be told


def outcomes(trace: Trace, number: int) -> np.ndarray:
    """An Outcome for each node; what was computed in any run counts as computed."""
    graph = trace.graph(number)
    found = np.full(graph.nodes, Outcome.UNTOLD, np.uint8)
    of_graph = [pattern for pattern in trace.patterns if pattern.graph == number]
    for pattern in of_graph:
        if pattern.nodes is not None and pattern.finished:
            section = trace.sections[pattern.sections[0]]
            first = int(section["first"])
            found[first : first + int(section["nodes"])] = Outcome.SKIPPED
    for pattern in of_graph:
        if pattern.nodes is None:  # which of these ran is not known
            section = trace.sections[pattern.sections[0]]
            first = int(section["first"])
            if first >= 0:
                found[first : first + int(section["nodes"])] = Outcome.UNTOLD
    found[np.array([op in EMPTY_OPS for op in graph.ops[: graph.nodes]], bool)] = Outcome.VIEW
    attributed = [pattern for pattern in of_graph if pattern.nodes is not None]
    for pattern in attributed:
        found[pattern.nodes[pattern.fused] + 1] = Outcome.FUSED
    for pattern in attributed:
        found[pattern.nodes] = Outcome.COMPUTED
    return found


def mean_times(trace: Trace, number: int, range: TimeRange = EVERYTHING) -> np.ndarray:
    """ns for each node of a graph over its executions in the range; NaN: none. A fused pair's is with its first."""
    times = node_times(trace, range)
    times = times[(times["graph"] == number) & (times["node"] >= 0)]
    total, count = np.zeros((2, trace.graph(number).nodes), np.int64)
    np.add.at(total, times["node"], times["time"])
    np.add.at(count, times["node"], times["count"])
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def times_in_run(trace: Trace, run: int) -> np.ndarray:
    """As mean_times, of one run: the one that begins when it does."""
    begin = int(trace.runs["begin"][run])
    return mean_times(trace, int(trace.runs["graph"][run]), TimeRange(begin, begin + 1))


class Splits(NamedTuple):
    of_node: np.ndarray  # number of the split each node is in; -1: not told
    backend: np.ndarray  # of each node, index into names; -1: not told
    names: list[str]


def splits_of(trace: Trace, number: int) -> Splits:
    """As the first run of the graph was divided; the scheduler divides every run of a graph alike."""
    nodes = trace.graph(number).nodes
    names = [trace.definitions.strings[name] for name in trace.definitions.backends["name"].tolist()]
    found = Splits(np.full(nodes, -1), np.full(nodes, -1), names)
    runs = np.flatnonzero(trace.runs["graph"] == number)
    if not len(runs):
        return found
    run, splits = trace.runs[runs[0]], trace.splits
    inside = (splits["lane"] == run["lane"]) & (splits["begin"] >= run["begin"]) & (splits["end"] <= run["end"])
    for place, (first, count, backend) in enumerate(splits[inside][["first", "nodes", "backend"]].tolist()):
        if first != NONE:
            found.of_node[first : first + count] = place
            found.backend[first : first + count] = backend if backend < len(names) else -1
    return found

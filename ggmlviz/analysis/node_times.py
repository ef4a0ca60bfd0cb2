"""How long each node of each graph took, over all of its executions: what most other answers are made from."""

from __future__ import annotations

import numpy as np

from ggmlviz.analysis.alike_sections import Alike, alike_sections
from ggmlviz.analysis.time_range import EVERYTHING, TimeRange
from ggmlviz.trace.trace import Trace

NODE_TIME = np.dtype(
    [
        ("graph", "i8"),  # -1: not described
        ("node", "i8"),  # index in the graph; -1: it cannot be told which
        ("fused", "?"),  # computed together with the node behind it
        ("count", "i8"),
        ("time", "i8"),  # ns, the sum over all executions; so is wait
        ("wait", "i8"),  # of thread 0, in barriers
        ("shortest", "i8"),
        ("longest", "i8"),
    ]
)


def node_times(trace: Trace, range: TimeRange = EVERYTHING) -> np.ndarray:
    """A row for each node that was computed, by graph and node; the mean is time ÷ count."""
    parts = [_times_of(trace, alike) for alike in alike_sections(trace, range)]
    return _merged(np.concatenate(parts) if parts else np.empty(0, NODE_TIME))


def _times_of(trace: Trace, alike: Alike) -> np.ndarray:
    times = np.zeros(len(alike.nodes), NODE_TIME)
    times["graph"], times["node"], times["fused"] = alike.graph, alike.nodes, alike.fused
    times["count"] = len(alike.first)
    total, wait = np.zeros((2, len(times)), np.int64)
    shortest, longest = np.full(len(times), np.iinfo(np.int64).max), np.zeros(len(times), np.int64)
    for durations, waits in alike.blocks(trace.ops.duration, trace.ops.wait):
        total += durations.sum(axis=0)
        wait += waits.sum(axis=0)
        np.minimum(shortest, durations.min(axis=0), out=shortest)
        np.maximum(longest, durations.max(axis=0), out=longest)
    times["time"], times["wait"], times["shortest"], times["longest"] = total, wait, shortest, longest
    return times


def _merged(times: np.ndarray) -> np.ndarray:
    """One row for a node, also where sections that differ elsewhere computed it."""
    order = np.lexsort((times["fused"], times["node"], times["graph"]))
    times = times[order]
    keys = times[["graph", "node", "fused"]]
    starts = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]])) if len(times) else []
    merged = times[starts]
    if len(merged) == len(times):
        return merged
    for field in ("count", "time", "wait"):
        merged[field] = np.add.reduceat(times[field], starts)
    merged["shortest"] = np.minimum.reduceat(times["shortest"], starts)
    merged["longest"] = np.maximum.reduceat(times["longest"], starts)
    return merged


def durations_of(trace: Trace, graph: int, node: int, range: TimeRange = EVERYTHING) -> np.ndarray:
    """Every duration of one node, ns: for its distribution. A node is asked for by one who looks at it."""
    found = [np.empty(0, np.int64)]
    for alike in alike_sections(trace, range):
        if alike.graph == graph:
            for column in np.flatnonzero(alike.nodes == node).tolist():
                found.append(trace.ops.duration[alike.first + column])
    return np.concatenate(found)


def percentiles_of(
    trace: Trace, graph: int, node: int, wanted: tuple[float, ...] = (5, 50, 95), range: TimeRange = EVERYTHING
) -> dict[float, float]:
    """In ns; empty for a node that was never computed."""
    durations = durations_of(trace, graph, node, range)
    return dict(zip(wanted, np.percentile(durations, wanted).tolist(), strict=True)) if len(durations) else {}

"""How long each node of each graph took, over all of its executions: what most other answers are made from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

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
    alikes = alike_sections(trace, range)
    tables = [_no_times(alike) for alike in alikes]
    for number, durations, waits in _matrices(trace, alikes):
        table = tables[number]
        table["time"] += durations.sum(axis=0)
        table["wait"] += waits.sum(axis=0)
        np.minimum(table["shortest"], durations.min(axis=0), out=table["shortest"])
        np.maximum(table["longest"], durations.max(axis=0), out=table["longest"])
    return _merged(np.concatenate([np.empty(0, NODE_TIME), *tables]))


def _no_times(alike: Alike) -> np.ndarray:
    times = np.zeros(len(alike.nodes), NODE_TIME)
    times["graph"], times["node"], times["fused"] = alike.graph, alike.nodes, alike.fused
    times["count"], times["shortest"] = len(alike.first), np.iinfo(np.int64).max
    return times


def _matrices(trace: Trace, alikes: list[Alike]) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """Durations and waits and of which of the alike they are: by stretches, so that no column is there as a whole."""
    begins = np.array([stretch.executions.start for stretch in trace.ops.stretches()], np.int64)
    here: dict[int, list[tuple[int, np.ndarray]]] = defaultdict(list)
    for number, alike in enumerate(alikes):
        of_stretch = np.searchsorted(begins, alike.first, "right") - 1
        bounds = np.flatnonzero(np.diff(of_stretch)) + 1
        for part in np.split(np.arange(len(of_stretch)), bounds):
            here[int(of_stretch[part[0]])].append((number, alike.first[part]))
    for index, stretch in enumerate(trace.ops.stretches()):
        if index not in here:
            continue
        durations, waits = stretch.duration(), stretch.wait()
        for number, first in here[index]:
            places = alikes[number].places(first - stretch.executions.start)
            yield number, durations[places], waits[places]


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

"""Arithmetic and bytes of what was computed, how fast that went, and the least time that the weights alone take."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from ggmlviz.analysis.devices import graphs_on_devices
from ggmlviz.analysis.time_range import EVERYTHING, TimeRange, runs_in
from ggmlviz.analysis.totals import GROUPINGS, Node, phase_of_graphs
from ggmlviz.trace.trace import Trace


@dataclass(frozen=True)
class WorkDone:
    """Of the nodes that are modelled; `share_not_modelled` is the part of the time that the others took."""

    name: str
    time: int  # ns, of all nodes
    modelled_time: int
    flops: int
    bytes: int  # read and written, each operand once: caches and repeated reads are not known
    share_not_modelled: float

    @property
    def gflops(self) -> float:
        """10⁹ operations in a second."""
        return self.flops / self.modelled_time if self.modelled_time else 0.0

    @property
    def gbytes(self) -> float:
        """10⁹ bytes in a second."""
        return self.bytes / self.modelled_time if self.modelled_time else 0.0

    @property
    def intensity(self) -> float:
        """Operations for each byte."""
        return self.flops / self.bytes if self.bytes else 0.0


def work_done(nodes: Iterable[Node], by: str) -> list[WorkDone]:
    """By one of GROUPINGS, the longest first."""
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for node in nodes:
        of_name = sums[GROUPINGS[by](node)]
        of_name[0] += node.time
        if work := node.facts.work:
            of_name[1] += node.time
            of_name[2] += node.count * work.flops
            of_name[3] += node.count * (work.read + work.written)
    found = [WorkDone(name, *values, 1 - values[1] / values[0] if values[0] else 0.0) for name, values in sums.items()]
    return sorted(found, key=lambda done: -done.time)


def share_not_modelled(nodes: Iterable[Node]) -> dict[str, float]:
    """Of all time, by op; ops that are modelled throughout are left out."""
    by_op = work_done(nodes, "op")
    whole = sum(done.time for done in by_op)
    missed = {done.name: (done.time - done.modelled_time) / whole for done in by_op if done.time and whole}
    return {op: share for op, share in missed.items() if share > 0}


@dataclass(frozen=True)
class WeightsFloor:
    """Generating a token reads every weight it needs once: no faster than memory gives them, unless a cache does."""

    runs: int
    bytes_per_run: float  # of weights, each once
    seconds_per_run: float

    def floor_seconds(self, bytes_per_second: float) -> float:
        return self.bytes_per_run / bytes_per_second

    def times_the_floor(self, bytes_per_second: float) -> float:
        """1: as fast as memory allows."""
        return self.seconds_per_run / self.floor_seconds(bytes_per_second) if self.bytes_per_run else 0.0

    @property
    def bytes_per_second(self) -> float:
        return self.bytes_per_run / self.seconds_per_run if self.seconds_per_run else 0.0


def weights_floor(
    trace: Trace, nodes: Iterable[Node], phase: str, range: TimeRange = EVERYTHING
) -> WeightsFloor | None:
    """None without a run of that phase whose weights are known: devices do not tell which nodes they computed."""
    by_graph: dict[int, dict[int, int]] = defaultdict(dict)
    for node in nodes:
        of_graph = by_graph[node.graph]
        for weight, count in node.facts.weights.items():
            of_graph[weight] = max(count, of_graph.get(weight, 0))
    phases, elsewhere = phase_of_graphs(trace), graphs_on_devices(trace)
    runs = trace.runs[runs_in(trace, range)]
    bytes_read = time = count = 0
    for graph, weights in by_graph.items():
        of_graph = runs[runs["graph"] == graph]
        if weights and phases.get(graph) == phase and graph not in elsewhere:
            count += len(of_graph)
            bytes_read += len(of_graph) * sum(weights.values())
            time += int((of_graph["end"] - of_graph["begin"]).sum())
    return WeightsFloor(count, bytes_read / count, time / 1e9 / count) if count else None

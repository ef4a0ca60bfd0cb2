"""What is in a stretch of time, to the nanosecond: nodes by op or tensor, of which only the part within counts."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ggmlviz.analysis.node_facts import FactsOfGraphs
from ggmlviz.analysis.op_lanes import op_lanes, places_of
from ggmlviz.analysis.time_range import TimeRange
from ggmlviz.format.layout import RowFlag
from ggmlviz.trace.trace import Trace

AT_ONCE = 1 << 18  # computed nodes


class AreaTotal(NamedTuple):
    name: str
    count: int  # of executions that have any part in it
    time: int  # ns of them within the area
    share: float  # of all node time within the area
    family: str  # the op, which tells its colour

    @property
    def mean(self) -> float:
        return self.time / self.count


NAMES: dict[str, Callable] = {
    "op": lambda facts: facts.op,
    "tensor": lambda facts: f"{facts.op} {facts.tensor}",
}


def area_totals(
    trace: Trace,
    facts: FactsOfGraphs,
    area: TimeRange,
    by: str = "op",
    progress: Callable[[float], None] = lambda share: None,
) -> list[AreaTotal]:
    """The longest first."""
    sums: dict[tuple[int, int, bool], list[int]] = {}
    for lane in op_lanes(trace):
        first, last = lane.within(trace, area)
        for low in range(first, last, AT_ONCE):
            progress((low - first) / (last - first))
            _add(trace, area, low, min(low + AT_ONCE, last), sums)
    named: dict[str, list] = {}
    for (graph, node, fused), (count, time) in sums.items():
        about = facts.of(graph, node, fused)
        entry = named.setdefault(NAMES[by](about), [0, 0, about.op])
        entry[0] += count
        entry[1] += time
    whole = sum(time for _, time, _ in named.values())
    found = [
        AreaTotal(name, count, time, time / whole if whole else 0.0, op) for name, (count, time, op) in named.items()
    ]
    return sorted(found, key=lambda total: (-total.time, total.name))


def _add(trace: Trace, area: TimeRange, low: int, high: int, sums: dict) -> None:
    ops, places = trace.ops, places_of(trace, low, high)
    ends = ops.end[low:high]
    times = np.minimum(ends, area.end) - np.maximum(ends - ops.duration[low:high], area.begin)
    nodes = int(places.node.max()) + 2
    fused = ops.flags[low:high] & RowFlag.NODE_FUSED != 0
    keys = ((places.graph + 1) * nodes + places.node + 1) * 2 + fused
    kinds, kind_of = np.unique(keys, return_inverse=True)
    counts, totals = np.bincount(kind_of), np.bincount(kind_of, times).astype(np.int64)
    for key, count, time in zip(kinds.tolist(), counts.tolist(), totals.tolist(), strict=True):
        place, with_next = divmod(key, 2)
        graph, node = divmod(place, nodes)
        entry = sums.setdefault((graph - 1, node - 1, bool(with_next)), [0, 0])
        entry[0] += count
        entry[1] += time

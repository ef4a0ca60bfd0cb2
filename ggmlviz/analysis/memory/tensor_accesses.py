"""How often, how much, how long and when last each place in memory was read and written.

Sums over runs are made from the graphs: so much for one execution of a node, times how often it was computed.
"""

from __future__ import annotations

import numpy as np

from ggmlviz.analysis.alike_sections import Alike, alike_sections
from ggmlviz.analysis.memory.node_accesses import NODE_ACCESS, NodeAccesses
from ggmlviz.analysis.memory.places import MemoryPlaces
from ggmlviz.analysis.node_facts import FactsOfGraphs
from ggmlviz.analysis.node_times import node_times
from ggmlviz.analysis.time_range import EVERYTHING, TimeRange
from ggmlviz.format.layout import RowFlag
from ggmlviz.trace.trace import Trace

NEVER = NOT_ASKED = -1
ACCESS = np.dtype(
    [
        ("count", "i8"),  # executions that read or wrote it
        ("reads", "i8"),
        ("writes", "i8"),
        ("read", "i8"),  # bytes, of the executions that are modelled
        ("written", "i8"),
        ("time", "i8"),  # ns that these executions took, which is not the time for this place alone; NOT_ASKED
        ("first", "i8"),  # ns: when the first of them ended; NEVER
        ("last", "i8"),
        ("not_modelled", "i8"),  # executions of which the bytes are not known
    ]
)


class TensorAccesses:
    def __init__(self, trace: Trace, facts: FactsOfGraphs, places: MemoryPlaces):
        self._trace, self.places = trace, places
        self.nodes = NodeAccesses(trace, facts, places)

    @property
    def graphs(self) -> int:
        """How many are known."""
        return len(self._trace.definitions.graphs)

    def within(self, range: TimeRange = EVERYTHING, timed: bool = True) -> np.ndarray:
        """ACCESS by place. Without times nothing is done for each computed node, so it takes no time in long traces."""
        sums = np.zeros(len(self.places.table), ACCESS)
        sums["first"] = sums["last"] = NEVER
        for alike in alike_sections(self._trace, range):
            if _is_told(alike):
                self._add(sums, alike)
        sums["time"] = 0 if timed else NOT_ASKED
        for of_graph in _by_graph(node_times(self._trace, range)) if timed else []:
            self._add_times(sums, int(of_graph["graph"][0]), *(of_graph[field] for field in ("node", "fused", "time")))
        return sums

    def of_run(self, run: int) -> np.ndarray:
        """ACCESS by place, of one run."""
        begin = int(self._trace.runs["begin"][run])
        range = TimeRange(begin, begin + 1)
        sums = self.within(range, timed=False)
        sums["time"] = 0
        for alike in alike_sections(self._trace, range):
            if _is_told(alike):
                time = self._trace.ops.duration[alike.places(alike.first)].sum(axis=0)
                self._add_times(sums, alike.graph, alike.nodes, alike.fused, time)
        return sums

    def executed(self, execution: int, run: int) -> np.ndarray:
        """NODE_ACCESS of one computed node."""
        graph, node = int(self._trace.runs["graph"][run]), int(self._trace.ops.node[execution])
        if graph < 0 or node < 0:
            return np.empty(0, NODE_ACCESS)
        return self.nodes.of_node(graph, node, bool(self._trace.ops.flags[execution] & RowFlag.NODE_FUSED))

    def _add(self, sums: np.ndarray, alike: Alike) -> None:
        rows, column = rows_of(self.nodes.of_graph(alike.graph), alike.nodes, alike.fused)
        place, many = rows["place"], len(alike.first)
        executions = np.bincount(place, minlength=len(sums)) * many
        sums["count"] += executions
        for field in ("reads", "writes"):
            sums[field] += np.bincount(place[rows[field]], minlength=len(sums)) * many
        sums["not_modelled"] += np.bincount(place[~rows["modelled"]], minlength=len(sums)) * many
        for field in ("read", "written"):
            np.add.at(sums[field], place, rows[field] * many)
        ops = self._trace.ops
        begun = self._trace.section_starts[alike.sections]
        first, last = (int(alike.first[pick(begun)]) for pick in (np.argmin, np.argmax))
        width = len(alike.nodes)
        earliest = np.full(len(sums), np.iinfo(np.int64).max)
        np.minimum.at(earliest, place, ops.ends(first, first + width)[column])
        np.maximum.at(sums["last"], place, ops.ends(last, last + width)[column])
        known = sums["first"] != NEVER
        earliest[known] = np.minimum(earliest[known], sums["first"][known])
        sums["first"][executions > 0] = earliest[executions > 0]

    def _add_times(self, sums: np.ndarray, graph: int, nodes: np.ndarray, fused: np.ndarray, time: np.ndarray) -> None:
        rows, column = rows_of(self.nodes.of_graph(graph), nodes, fused)
        np.add.at(sums["time"], rows["place"], time[column])


def _is_told(alike: Alike) -> bool:
    """Which nodes of which graph they are."""
    return alike.graph >= 0 and bool((alike.nodes >= 0).all())


def _by_graph(times: np.ndarray) -> list[np.ndarray]:
    times = times[(times["graph"] >= 0) & (times["node"] >= 0)]
    return [times[times["graph"] == graph] for graph in np.unique(times["graph"]).tolist()]


def rows_of(accesses: np.ndarray, nodes: np.ndarray, fused: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Those rows of a graph's NODE_ACCESS that are of these nodes, and which of the nodes each is of."""
    size = 2 * (int(max(accesses["node"].max(initial=0), nodes.max(initial=0))) + 1)
    columns = np.full(size, -1)
    columns[nodes * 2 + fused] = np.arange(len(nodes))
    column = columns[accesses["node"] * 2 + accesses["fused"]]
    return accesses[column >= 0], column[column >= 0]

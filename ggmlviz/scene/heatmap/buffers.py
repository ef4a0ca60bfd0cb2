"""The strips of a trace: its model files, and its buffers by role with the tensors at their places.

Where tensors take turns, those of one moment are shown.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np

from ggmlviz.analysis.memory.alive_tensors import Lifetimes, lifetimes_of
from ggmlviz.analysis.memory.disk_touches import disk_touches
from ggmlviz.analysis.memory.tensor_accesses import TensorAccesses
from ggmlviz.analysis.time_range import END_OF_TIME, TimeRange
from ggmlviz.scene.heatmap.disk import disk_strips
from ggmlviz.scene.heatmap.strips import Kind, Strip, apart, covered
from ggmlviz.scene.units import amount
from ggmlviz.trace.buffers import ROLES
from ggmlviz.trace.trace import Trace

ORDER = ("weights", "kv cache", "compute", "output", "other")
TAKE_TURNS = ROLES.index("compute")


class MemoryStrips:
    def __init__(self, trace: Trace, accesses: TensorAccesses):
        self._trace, self._accesses, self._places = trace, accesses, accesses.places
        self._known: dict[tuple, Any] = {}

    def _once(self, find: Callable, *about: int) -> Any:
        """Not by `cache`, which would hold this object in a circle: its memory would wait for the garbage collector."""
        key = (find.__name__, *about)
        if key not in self._known:
            self._known[key] = find(*about)
        return self._known[key]

    def lifetimes(self, graph: int) -> Lifetimes:
        return self._once(self._lifetimes, graph)

    def disk(self, by_layer: bool) -> list[Strip]:
        return self._once(self._disk, by_layer)

    def _kept(self, buffer: int) -> Strip:
        return self._once(self._kept_strip, buffer)

    @cached_property
    def copied_at(self) -> np.ndarray:
        """By tensor of the model when the copy was made that nodes read, in ns; NEVER where that is not known."""
        return disk_touches(self._trace, self._accesses)["copied_at"]

    def _disk(self, by_layer: bool) -> list[Strip]:
        model_map = self._places.model_map
        return disk_strips(model_map, self._places.table, by_layer) if model_map else []

    def buffers(self, range: TimeRange, run: int | None, node: int | None) -> list[Strip]:
        """Of buffers that were alive in the range. Compute buffers as at this node of the run, or else when they are
        fullest; those that the run does not use as the run before it left them that did."""
        buffers = self._trace.buffers
        alive = (buffers["begin"] < range.end) & ((buffers["end"] < 0) | (buffers["end"] >= range.begin))
        chosen = np.flatnonzero(alive & (buffers["size"] > 0)).tolist()
        chosen.sort(key=lambda buffer: (ORDER.index(ROLES[buffers["role"][buffer]]), buffer))
        return [
            self._moment(buffer, *self._who_used(buffer, run, node))
            if buffers["role"][buffer] == TAKE_TURNS
            else self._kept(buffer)
            for buffer in chosen
        ]

    def _lifetimes(self, graph: int) -> Lifetimes:
        return lifetimes_of(self._trace.graph(graph), self._places)

    @cached_property
    def _graphs(self) -> list[int]:
        """Those that ran."""
        return np.unique(self._trace.runs["graph"][self._trace.runs["graph"] >= 0]).tolist()

    def _kept_strip(self, buffer: int) -> Strip:
        """What lies at the same place under several names, as whisper.cpp's weights do, is one cell."""
        of_graphs = [self._places.of_graph(graph) for graph in self._graphs]
        used = np.unique(np.concatenate([np.empty(0, np.int64), *of_graphs]))
        used = used[used >= 0]
        table = self._places.table
        used = used[table["buffer"][used] == buffer]
        begins, sizes = table["buffer_offset"][used], table["bytes"][used]
        return self._strip(buffer, used, used[apart_from_all(begins, sizes)], "")

    def _who_used(self, buffer: int, run: int | None, node: int | None) -> tuple[int, int | None]:
        """Graph and node; the graph is -1 where there is none."""
        if run is None:
            return -1, None
        runs = self._trace.runs
        mine = int(runs["graph"][run])
        table = self._places.table
        users = [graph for graph in self._graphs if (table["buffer"][self.lifetimes(graph).place] == buffer).any()]
        if mine in users or not users:
            return (mine if users else -1), node
        others = np.flatnonzero(np.isin(runs["graph"], users))
        begins = runs["begin"][others] - runs["begin"][run]
        before = begins < 0
        closest = np.argmax(np.where(before, begins, -END_OF_TIME)) if before.any() else np.argmin(begins)
        return int(runs["graph"][others[closest]]), None

    def _moment(self, buffer: int, run: int | None, node: int | None) -> Strip:
        graph, node = self._who_used(buffer, run, node)
        if graph < 0:
            return self._strip(buffer, *np.empty((2, 0), np.int64), "no graph is known that works in it")
        lifetimes = self.lifetimes(graph)
        at = lifetimes.peak if node is None or node >= lifetimes.nodes else node
        place = lifetimes.place[lifetimes.alive_at(at)]
        table = self._places.table
        place = place[table["buffer"][place] == buffer]
        shown = place[apart(table["buffer_offset"][place], table["bytes"][place])]
        when = "when most is needed" if at != node else "now"
        return self._strip(buffer, shown, shown, f"graph {graph} at node {at} of {lifetimes.nodes}, {when}")

    def _strip(self, buffer: int, used: np.ndarray, shown: np.ndarray, when: str) -> Strip:
        table, record = self._places.table, self._trace.buffers[buffer]
        role, type = ROLES[record["role"]], self._trace.definitions.strings[record["type"]]
        size = int(record["size"])
        cells = covered(table["buffer_offset"][shown], table["bytes"][shown], shown, size)
        cell = np.searchsorted(cells["begin"], table["buffer_offset"][used], "right") - 1
        inside = cells["kind"][cell] == Kind.TENSOR
        used, cell = used[inside], cell[inside]
        about = ", ".join(filter(None, [f"{role} buffer {buffer} ({type}), {amount(size)}", when]))
        return Strip("buffer", buffer, role, about, size, cells, used, cell)


def apart_from_all(begins: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Of spans that may lie in each other the largest, from the front to the back."""
    order = np.lexsort((-sizes, begins))
    kept, end = [], 0
    for number in order.tolist():
        if begins[number] >= end and sizes[number]:
            kept.append(number)
            end = int(begins[number] + sizes[number])
    return np.array(kept, np.int64)

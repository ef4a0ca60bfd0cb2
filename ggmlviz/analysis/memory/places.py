"""The places in files and buffers that tensors of graphs lie in, each once: a view is where what it views is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ggmlviz.analysis.model.map import ModelMap
from ggmlviz.analysis.model.placement import ORIGINS, placement_of
from ggmlviz.errors import ModelError
from ggmlviz.format.layout import NONE, EdgeSlot
from ggmlviz.trace.graphs import Graph
from ggmlviz.trace.trace import Trace

NOWHERE = -1
DEEPEST = 32  # doublings: no chain of views is that long, and what a damaged trace has in a circle ends, too
PLACE = np.dtype(
    [
        ("tensor", "i8"),  # the first of the trace's tensors that lies there
        ("name", "i8"),  # string
        ("bytes", "i8"),
        ("file", "i8"),  # the mapped file it is read from, by its id in the trace; -1: none
        ("file_offset", "i8"),
        ("buffer", "i8"),  # -1: none
        ("buffer_offset", "i8"),
        ("source", "i8"),  # index of the tensor of the model that it is or was made from; -1: none known
        ("origin", "u1"),  # how that is known: index into ORIGINS
    ]
)
_IDENTITY = ("name", "bytes", "file", "file_offset", "buffer", "buffer_offset")


class MemoryPlaces:
    def __init__(self, trace: Trace):
        self._trace = trace
        self.found: dict[object, Any] = {}  # what was found of them, by whomever: it holds as long as they do

    def still_of(self, trace: Trace) -> MemoryPlaces:
        """For a later state of the same trace: where nothing new is told of tensors, what was found stays."""
        places = MemoryPlaces(trace)
        if trace.definitions is self._trace.definitions:
            places.found = self.found
        return places

    def once(self, key: object, find: Callable[[], Any]) -> Any:
        if key not in self.found:
            self.found[key] = find()
        return self.found[key]

    @property
    def model_map(self) -> ModelMap | None:
        """None where the trace tells of no GGUF, or not enough."""
        return self.once("model map", self._find_model_map)

    def _find_model_map(self) -> ModelMap | None:
        try:
            return ModelMap.of_recording(self._trace.recording)
        except ModelError:
            return None

    @property
    def _identities(self) -> tuple[np.ndarray, np.ndarray]:
        """For each different one the first of its tensors, and for each tensor its place."""
        return self.once("identities", self._find_identities)

    def _find_identities(self) -> tuple[np.ndarray, np.ndarray]:
        tensors = self._trace.definitions.tensors
        _, first, of_tensor = np.unique(tensors[list(_IDENTITY)], return_index=True, return_inverse=True)
        return first, of_tensor.ravel()

    @property
    def of_tensor(self) -> np.ndarray:
        """The place of each of the trace's tensors; that of a view is its own here."""
        return self._identities[1]

    @property
    def table(self) -> np.ndarray:
        """PLACE; those of views, too, which `of_graph` never names."""
        return self.once("table", self._find_table)

    def _find_table(self) -> np.ndarray:
        tensors, (first, of_tensor) = self._trace.definitions.tensors, self._identities
        table = np.zeros(len(first), PLACE)
        table["tensor"] = first
        for field in ("name", "bytes"):
            table[field] = tensors[field][first]
        for where in ("file", "buffer"):
            has = tensors[where][first] != NONE
            table[where] = np.where(has, tensors[where][first].astype(np.int64), NOWHERE)
            table[f"{where}_offset"] = np.where(has, tensors[f"{where}_offset"][first].astype(np.int64), 0)
        table["source"], table["origin"] = -1, ORIGINS.index("unknown")
        placed = placement_of(self._trace, self.model_map).placed
        for field in ("source", "origin"):
            table[field][of_tensor[placed["tensor"]]] = placed[field]
        return table

    def of_graph(self, number: int) -> np.ndarray:
        """For each of its members the place it lies in; NOWHERE if neither file nor buffer is known."""
        return self.once(("graph", number), lambda: self._find_of_graph(self._trace.graph(number)))

    def _find_of_graph(self, graph: Graph) -> np.ndarray:
        places = self.of_tensor[graph.members[roots_of(graph)]]
        known = (self.table["file"][places] >= 0) | (self.table["buffer"][places] >= 0)
        return np.where(known, places, NOWHERE)


def roots_of(graph: Graph) -> np.ndarray:
    """For each member what it is a view of in the end; itself if it is none."""
    roots = np.arange(len(graph.members))
    views = graph.edges[graph.edges["slot"] == EdgeSlot.VIEW]
    inside = (views["reader"] < len(roots)) & (views["source"] < len(roots))
    roots[views["reader"][inside]] = views["source"][inside]
    for _ in range(DEEPEST):
        further = roots[roots]
        if (further == roots).all():
            break
        roots = further
    return roots

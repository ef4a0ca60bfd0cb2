"""What a cell of the heatmap is called, and what is known of the tensor in it."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import NamedTuple

import numpy as np

from ggmlviz.analysis.blocks import layer_of
from ggmlviz.analysis.memory.tensor_accesses import TensorAccesses
from ggmlviz.analysis.model.map import describe
from ggmlviz.scene.heatmap.strips import Kind, Strip
from ggmlviz.scene.lettering import shortened, text_width
from ggmlviz.trace.trace import Trace

_SHORT = re.compile(r"^(?:blk\.\d+\.|cache_)?(.*?)(?:\.weight)?$")
LABELS = {Kind.GAP: "alignment", Kind.FREE: "unused", Kind.FRONT: "header"}
FREE_IN = {"compute": "free at this moment", "weights": "nothing that a graph reads"}
ENOUGH = 4  # readers are named one by one; of more, only how many there are


class Readers(NamedTuple):
    """Who reads or writes a place, put together by op and block."""

    by_op: list[tuple[str, int]]  # "MUL_MAT in ffn", nodes; the most first
    nodes: int


class Names:
    def __init__(self, trace: Trace, accesses: TensorAccesses):
        self._trace, self._accesses = trace, accesses
        self._places = accesses.places

    def of_cell(self, strip: Strip, cell: int) -> str:
        row = strip.cells[cell]
        kind = Kind(row["kind"])
        if kind is not Kind.TENSOR:
            if kind is Kind.FREE and strip.track == "buffer":
                return FREE_IN.get(strip.label, "no tensor of a graph")
            return LABELS[kind]
        if strip.track == "disk":
            return self._places.model_map.tensors["name"][row["tensor"]]
        return self.of_place(int(row["tensor"]))

    def of_place(self, place: int) -> str:
        return self._trace.definitions.strings[self._places.table["name"][place]] or f"(no name, place {place})"

    def short(self, strip: Strip, cell: int) -> str:
        """Without what the row says, too."""
        return _SHORT.match(self.of_cell(strip, cell))[1]

    def fitting(self, strip: Strip, cell: int, room: float, size: float) -> str:
        """Its last part, where there is no room for more: `up` of `ffn_up`."""
        name = self.short(strip, cell)
        last = name.rpartition("_")[2]
        of_model = strip.track == "disk" or strip.label == "weights"
        told = last and not last.isdecimal()  # the 1 of leaf_1 says nothing
        if of_model and text_width(name, size) > room and told and text_width(last, size) <= room:
            return last
        return shortened(name, room, size)

    def tensor_of(self, strip: Strip, cell: int) -> int | None:
        """Of the trace; None for what no graph has."""
        places = strip.place[strip.cell_of_place == cell]
        if strip.track == "buffer" and strip.cells["kind"][cell] == Kind.TENSOR:
            return int(self._places.table["tensor"][strip.cells["tensor"][cell]])
        return int(self._places.table["tensor"][places[0]]) if len(places) else None

    def type_of(self, strip: Strip, cell: int) -> str:
        row = strip.cells[cell]
        if strip.track == "disk":
            return describe(self._places.model_map.tensors[row["tensor"]])
        tensor = self._trace.definitions.tensors[self._places.table["tensor"][row["tensor"]]]
        shape = tensor["ne"].tolist()
        while len(shape) > 1 and shape[-1] == 1:
            shape.pop()
        return f"{self._trace.definitions.strings[tensor['type_name']].upper()} {'×'.join(map(str, shape))}"

    def layer_of(self, strip: Strip, cell: int) -> int | None:
        return layer_of(self.of_cell(strip, cell))

    def readers(self, facts, places: np.ndarray, graphs: list[int]) -> Readers:
        """In these graphs."""
        found: dict[str, int] = defaultdict(int)
        for graph in graphs:
            rows = self._accesses.nodes.of_graph(graph)
            for node, fused in rows[np.isin(rows["place"], places)][["node", "fused"]].tolist():
                fact = facts.of(graph, node, fused)
                found[f"{fact.op} in {fact.block}"] += 1
        return Readers(sorted(found.items(), key=lambda item: -item[1]), sum(found.values()))

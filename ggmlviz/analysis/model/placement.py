"""Which weights the graphs read, where they read them from, and where those came from."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from ggmlviz.analysis.model.map import TENSOR, ModelMap
from ggmlviz.format.layout import NONE
from ggmlviz.trace.buffers import ROLES
from ggmlviz.trace.trace import Trace

ORIGINS = ("unknown", "file offset", "name")
WEIGHTS = ROLES.index("weights")
PLACED = np.dtype(
    [
        ("tensor", "i8"),  # the first of the trace's tensors that is this one
        ("bytes", "i8"),
        ("file", "i8"),  # the mapped file it is read from, by its id in the trace; -1: it is read from a buffer alone
        ("file_offset", "i8"),
        ("buffer", "i8"),  # -1: none
        ("buffer_offset", "i8"),
        ("source", "i8"),  # index of the tensor of the model that it is or was made from; -1: unknown
        ("origin", "u1"),  # how that is known: index into ORIGINS
    ]
)
_IDENTITY = ("name", "type", "ne", "address", "buffer", "buffer_offset", "file", "file_offset")


@dataclass(frozen=True, eq=False)
class Placement:
    """A weight that is kept twice, as it is and in the layout of another backend, is placed twice."""

    placed: np.ndarray  # PLACED
    never_seen: np.ndarray  # indices of the model's tensors that were in no graph


def placement_of(trace: Trace, model_map: ModelMap | None) -> Placement:
    """`model_map` is made of the trace's recording; None if that tells of no GGUF, and so not where weights came from.

    A weight is a leaf that lies in a mapped model or in a buffer for weights, or that the model has by name and shape.
    """
    definitions = trace.definitions
    tensors, strings = definitions.tensors, definitions.strings
    leafs = np.flatnonzero(np.array([strings[op] == "NONE" for op in tensors["op"].tolist()], bool))
    leafs = leafs[np.sort(np.unique(tensors[leafs][list(_IDENTITY)], return_index=True)[1])]
    held = tensors["buffer"][leafs] != NONE
    for_weights = np.zeros(len(leafs), bool)
    for_weights[held] = trace.buffers["role"][tensors["buffer"][leafs[held]]] == WEIGHTS
    sources = _Sources(model_map)
    rows = []
    for leaf, weight in zip(leafs.tolist(), for_weights.tolist(), strict=True):
        tensor = tensors[leaf]
        source, origin = sources.find(strings[tensor["name"]], tensor)
        if source >= 0 or weight or tensor["file"] != NONE:
            rows.append((leaf, tensor["bytes"], *_place(tensor, "file"), *_place(tensor, "buffer"), source, origin))
    placed = np.array(rows, PLACED)
    return Placement(placed, np.setdiff1d(np.arange(sources.count), placed["source"]))


class _Sources:
    """Finds the tensor of the model by its place in the file, else by its name if only one has that name."""

    def __init__(self, model_map: ModelMap | None):
        self._tensors = model_map.tensors if model_map else np.empty(0, TENSOR)
        names, places = self._tensors["name"].tolist(), self._tensors[["file", "offset"]].tolist()
        self.count = len(names)
        counts = Counter(names)
        self._by_name = {name: index for index, name in enumerate(names) if counts[name] == 1}
        self._by_offset = {
            (model_map.files[file].definition, offset): index for index, (file, offset) in enumerate(places)
        }

    def find(self, name: str, tensor: np.void) -> tuple[int, int]:
        by_offset = self._by_offset.get((int(tensor["file"]), int(tensor["file_offset"])), -1)
        if by_offset >= 0:
            return by_offset, ORIGINS.index("file offset")
        by_name = self._by_name.get(name, -1)
        if by_name >= 0 and (self._tensors["ne"][by_name] == tensor["ne"]).all():
            return by_name, ORIGINS.index("name")
        return -1, ORIGINS.index("unknown")


def _place(tensor: np.void, where: str) -> tuple[int, int]:
    """Ids and offsets of a file or a buffer, if it has one."""
    if tensor[where] == NONE:
        return -1, 0
    return int(tensor[where]), int(tensor[f"{where}_offset"])

"""Backend buffers: when each lived, and what for."""

from __future__ import annotations

import numpy as np

from ggmlviz.format.clock import Clock
from ggmlviz.format.definitions import Definitions
from ggmlviz.format.layout import NONE, EdgeSlot, Usage

BUFFER = np.dtype(
    [
        ("begin", "i8"),  # ns since the start of the trace
        ("end", "i8"),  # -1: alive when the trace ended
        ("size", "i8"),
        ("requested", "i8"),
        ("type", "i8"),  # string
        ("origin", "u1"),  # BufferOrigin
        ("role", "u1"),  # index into ROLES
        ("file", "i8"),  # -1: none
        ("file_offset", "i8"),
        ("frees", "i4"),  # 1 when it was freed; more would be a contradiction
    ]
)

ROLES = ("other", "weights", "compute", "output", "kv cache")
WRITING_OPS = {"CPY", "SET", "SET_ROWS"}  # their result is a view of what they write into
_ROLE_OF_USAGE = {Usage.WEIGHTS: 1, Usage.COMPUTE: 2, Usage.OUTPUT: 3}


def buffers_of(definitions: Definitions, clock: Clock) -> np.ndarray:
    records = definitions.buffers
    buffers = np.zeros(len(records), BUFFER)
    buffers["begin"] = clock.ns(records["ticks"])
    buffers["end"] = -1
    for field in ("size", "requested", "type", "origin", "file_offset"):
        buffers[field] = records[field]
    buffers["file"] = np.where(records["file"] == NONE, -1, records["file"].astype(np.int64))
    frees = definitions.buffer_frees
    buffers["end"][frees["buffer"]] = clock.ns(frees["ticks"])
    buffers["frees"] = np.bincount(frees["buffer"], minlength=len(buffers))
    buffers["role"] = _roles(definitions)
    return buffers


def _roles(definitions: Definitions) -> np.ndarray:
    """ggml says which buffers are for weights and for computing; what keeps state between runs is a cache."""
    usages = definitions.buffers["usage"].copy()
    for buffer, usage in definitions.buffer_usages[["buffer", "usage"]].tolist():
        usages[buffer] = usage
    roles = np.zeros(len(usages), np.uint8)
    for usage, role in _ROLE_OF_USAGE.items():
        roles[usages == usage] = role
    caches = _written_leafs(definitions)
    held = definitions.tensors["buffer"][caches]
    held = held[held != NONE]
    roles[np.unique(held[roles[held] == 0])] = ROLES.index("kv cache")
    return roles


def _written_leafs(definitions: Definitions) -> np.ndarray:
    """Tensors that no node of their graph makes and that a node writes into: they outlive the run."""
    strings, tensors = definitions.strings, definitions.tensors
    writes = np.array([text in WRITING_OPS for text in strings], bool)
    found = [np.empty(0, np.uint32)]
    for number, graph in enumerate(definitions.graphs):
        members = definitions.members(number)
        nodes = int(definitions.topologies["nodes"][graph["topology"]])
        edges = definitions.edges(int(graph["topology"]))
        if len(members) < int(graph["members"]):
            continue
        into = edges[(edges["slot"] == EdgeSlot.VIEW) & (edges["reader"] < nodes) & (edges["source"] >= nodes)]
        ops = tensors["op"][members[into["reader"]]]
        found.append(members[into["source"][writes[ops]]])
    return np.unique(np.concatenate(found))

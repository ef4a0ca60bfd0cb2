"""When buffers were allocated and freed."""

from __future__ import annotations

import json
from typing import TextIO

import numpy as np

from ggmlviz.analysis.blocks import layer_of
from ggmlviz.export.described_graph import NO_LAYER
from ggmlviz.export.formats import Choices
from ggmlviz.export.progress import Progress
from ggmlviz.format.layout import NONE
from ggmlviz.trace.buffers import ROLES
from ggmlviz.trace.trace import Trace


def write(trace: Trace, output: TextIO, choices: Choices, progress: Progress) -> None:
    json.dump({"timeline": timeline(trace)}, output, indent=1)
    output.write("\n")


def timeline(trace: Trace) -> list[dict]:
    strings, layers = trace.definitions.strings, _layers(trace)
    events = []
    for number, buffer in enumerate(trace.buffers):
        about = {
            "id": number,
            "name": f"{strings[buffer['type']]} ({ROLES[buffer['role']]})",
            "size": int(buffer["size"]),
            "layer": layers.get(number),
        }
        events.append((int(buffer["begin"]), "alloc", about))
        if buffer["frees"]:
            events.append((int(buffer["end"]), "dealloc", about))
    events.sort(key=lambda event: event[0])
    return [{"timestamp_ms": round(ns / 1e6, 6), "event": what, **about} for ns, what, about in events]


def _layers(trace: Trace) -> dict[int, int]:
    """The layers of those buffers of which all tensors are of one layer."""
    tensors, strings = trace.definitions.tensors, trace.definitions.strings
    pairs = np.unique(tensors[tensors["buffer"] != NONE][["buffer", "name"]])
    found: dict[int, set[int]] = {}
    for buffer, name in pairs.tolist():
        layer = layer_of(strings[name])
        found.setdefault(buffer, set()).add(NO_LAYER if layer is None else layer)
    return {buffer: min(layers) for buffer, layers in found.items() if len(layers) == 1 and NO_LAYER not in layers}

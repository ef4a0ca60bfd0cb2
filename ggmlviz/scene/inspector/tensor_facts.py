"""What is told of a tensor: type, shape, and where it lies, in files and in buffers."""

from __future__ import annotations

import os.path
import struct

import numpy as np

from ggmlviz.analysis.model.placement import ORIGINS
from ggmlviz.format.layout import NONE
from ggmlviz.scene.inspector.inspected import Fact
from ggmlviz.scene.opened import Opened
from ggmlviz.scene.selection import Selection
from ggmlviz.scene.units import amount
from ggmlviz.trace.buffers import ROLES
from ggmlviz.trace.trace import Trace

FLAGS = {1: "input", 2: "output", 4: "parameter", 8: "loss", 16: "compute"}  # of ggml_tensor_flag
_PLAUSIBLE = (1e-12, 1e12)  # floats among parameters; other bits are numbers of another kind


def shape_text(ne: np.ndarray) -> str:
    """As ggml counts dimensions: the last ones that are 1 are none."""
    sizes = ne.tolist()
    while len(sizes) > 1 and sizes[-1] == 1:
        sizes.pop()
    return " × ".join(f"{size:,}" for size in sizes)


def summary(trace: Trace, tensor: np.void) -> str:
    return (
        f"{trace.definitions.strings[tensor['type_name']]} {shape_text(tensor['ne'])}, {amount(int(tensor['bytes']))}"
    )


def tensor_facts(opened: Opened, number: int) -> list[Fact]:
    trace = opened.trace
    tensor = trace.definitions.tensors[number]
    strings = trace.definitions.strings
    strides = " × ".join(f"{size:,}" for size in tensor["nb"].tolist())
    found = [
        Fact("type", strings[tensor["type_name"]]),
        Fact("shape", shape_text(tensor["ne"]), " × ".join(map(str, tensor["ne"].tolist()))),
        Fact("strides", f"{strides} bytes"),
        Fact("size", amount(int(tensor["bytes"])), f"{int(tensor['bytes']):,} bytes"),
        *places(opened, number),
    ]
    if tensor["address"]:
        found.append(Fact("address", f"0x{int(tensor['address']):x}"))
    flags = [name for flag, name in FLAGS.items() if int(tensor["flags"]) & flag]
    if flags:
        found.append(Fact("flags", ", ".join(flags), f"{', '.join(flags)} ({int(tensor['flags'])})"))
    return found


def places(opened: Opened, number: int) -> list[Fact]:
    """Disk and memory; a weight that was copied or repacked also tells where it came from."""
    trace = opened.trace
    tensor = trace.definitions.tensors[number]
    found = []
    if tensor["file"] != NONE:
        found.append(_in_file(trace, "disk", int(tensor["file"]), int(tensor["file_offset"])))
    if tensor["buffer"] != NONE:
        found.append(_in_buffer(trace, int(tensor["buffer"]), int(tensor["buffer_offset"])))
    found += _made_from(opened, number)
    return found or [Fact("memory", "unknown")]


def _made_from(opened: Opened, number: int) -> list[Fact]:
    """A weight that a backend keeps in a layout of its own, or in its own memory."""
    place = opened.places.table[opened.places.of_tensor[number]]
    if place["file"] >= 0 or place["source"] < 0:
        return []
    model = opened.places.model_map
    source = model.tensors[place["source"]]
    path, offset = model.files[source["file"]].path, int(source["offset"])
    text = f"{source['name']}, {os.path.basename(path)} @ 0x{offset:x}"
    return [
        Fact("made from", text, f"{source['name']} in {path}, byte {offset:,}, known by its {ORIGINS[place['origin']]}")
    ]


def _in_file(trace: Trace, label: str, file: int, offset: int) -> Fact:
    path = trace.definitions.strings[trace.definitions.files["path"][file]]
    return Fact(label, f"{os.path.basename(path)} @ 0x{offset:x}", f"{path}, byte {offset:,}")


def _in_buffer(trace: Trace, buffer: int, offset: int) -> Fact:
    if buffer >= len(trace.buffers):
        return Fact("buffer", f"#{buffer}, unknown, + 0x{offset:x}", f"byte {offset:,} of it")
    record = trace.buffers[buffer]
    name = f"{ROLES[record['role']]}, {trace.definitions.strings[record['type']]} #{buffer}"
    exact = f"{name}, byte {offset:,} of {int(record['size']):,}"
    return Fact("buffer", f"{name} + 0x{offset:x}", exact, Selection(buffer=buffer))


def parameters(tensor: np.void) -> list[Fact]:
    """Those that are not zero: whole numbers, or bits that are plausible as a float."""
    found = []
    for index, value in enumerate(tensor["op_params"].tolist()):
        if value:
            number = struct.unpack("<f", struct.pack("<i", value))[0]
            is_float = _PLAUSIBLE[0] < abs(number) < _PLAUSIBLE[1] and abs(value) > 1 << 20
            text = f"{number:.6g}" if is_float else f"{value:,}"
            found.append(Fact(f"parameter {index}", text, f"{value} (0x{value & 0xFFFFFFFF:08x})"))
    return found

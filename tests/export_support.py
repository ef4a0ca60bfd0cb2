"""A trace whose every number is known beforehand, as long as a test wants it, and how to export."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from twin import MONOTONIC, NONE, ROWS, Segment, Twin

from ggmlviz.export.command import export
from ggmlviz.export.formats import Choices

STEP, WAIT = 100, 30  # ns: between two rows, and what thread 0 waits in each node
ADD_BYTES, ADD_FLOPS = 3 * 96, 24  # of one node: it reads two tensors of 4×3×2 f32 and writes one
RESIDENT, MINOR_FAULTS = 5_000_000, 7
RUN_BEGIN, RUN_GRAPH, RUN_END, SPLIT_BEGIN, SPLIT_END, CPU_BEGIN, CPU_END = 2, 3, 4, 5, 6, 7, 8
NODE, POOL, FAULTS, RSS, THREAD = 9, 11, 12, 13, 1
OUTSIDE_NODES = 9  # rows of a run that are no nodes
ROW = np.dtype([("time", "<u8"), ("kind", "u1"), ("flags", "u1"), ("extra", "<u2"), ("value", "<u4")])


def write_known(path: Path, runs: int, layers: int, name: str = "ffn_up", closed: bool = False) -> Path:
    """Each run adds a weight per layer to its input, on one thread."""
    rows = np.zeros(2 + runs * (layers + OUTSIDE_NODES), ROW)
    segment_bytes = max(1 << 16, 1 << (rows.nbytes + 4096).bit_length())
    twin = Twin(clock=MONOTONIC, segment_bytes=segment_bytes)
    text = {word: twin.string(word) for word in ("command", "a program", "CPU", "main", "ADD", "NONE", "x", "f32")}
    twin.meta(text["command"], text["a program"])
    twin.thread(4243, text["main"])
    twin.backend(text["CPU"])
    twin.buffer_free(twin.buffer(text["CPU"], 4096, usage=1), 2_000)
    twin.buffer(text["CPU"], 512, usage=2)
    nodes = [twin.tensor(twin.string(f"{name}-{i}"), text["ADD"], type_name=text["f32"]) for i in range(layers)]
    weights = [twin.string(f"blk.{i}.ffn_up.weight") for i in range(layers)]
    leafs = [twin.tensor(weight, text["NONE"], type_name=text["f32"]) for weight in weights]
    leafs.append(twin.tensor(text["x"], text["NONE"], type_name=text["f32"]))
    topology = twin.topology(layers, layers + 1, 2 * layers)
    inputs = [2 * layers, *range(layers - 1)]
    twin.edges(topology, *(edge for i in range(layers) for edge in ((i, inputs[i], 0), (i, layers + i, 1))))
    twin.members(twin.graph(topology, 2 * layers + 1), *nodes, *leafs)

    rows["time"] = 1000 + STEP * np.arange(len(rows))
    rows["kind"][:2], rows["value"][1] = (THREAD, POOL), 0x5000
    each = rows[2:].reshape(runs, layers + OUTSIDE_NODES)
    each["kind"][:, :4] = RUN_BEGIN, RUN_GRAPH, SPLIT_BEGIN, CPU_BEGIN
    each["kind"][:, 4:-5], each["value"][:, 4:-5] = NODE, WAIT
    each["kind"][:, -5:] = CPU_END, SPLIT_END, RUN_END, FAULTS, RSS
    each["flags"][:, 3], each["extra"][:, 3] = 1, 1
    each["value"][:, 0] = each["value"][:, -3] = np.arange(runs)
    each["value"][:, -5] = each["value"][:, -4] = layers
    each["value"][:, -2], each["value"][:, -1] = MINOR_FAULTS, RESIDENT
    segment = Segment()
    segment.kind, segment.payload = ROWS, rows.tobytes()
    twin.segments.append(segment)
    path.write_bytes(twin.bytes())
    return path


def write_without_ops(path: Path) -> Path:
    """A run of a graph that is not described, at detail graph."""
    twin = Twin(clock=MONOTONIC)
    twin.thread(4243, twin.string("main"))
    for number, kind in enumerate((THREAD, RUN_BEGIN, RUN_GRAPH, RUN_END)):
        twin.row(0, 1000 + STEP * number, kind, value=NONE if kind == RUN_GRAPH else 0)
    path.write_bytes(twin.close().bytes())
    return path


def write_empty(path: Path) -> Path:
    path.write_bytes(Twin(clock=MONOTONIC).close().bytes())
    return path


def exported(trace: Path, name: str, target: Path, replace: bool = False, **choices: object) -> Path:
    return export(trace, name, target, Choices(**choices), replace)

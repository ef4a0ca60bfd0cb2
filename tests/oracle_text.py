"""Reads what native/oracle.c wrote, and compares it with graphs out of a trace."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ggmlviz.format.layout import NONE, EdgeSlot
from ggmlviz.trace.graphs import Graph
from ggmlviz.trace.trace import Trace


class OracleTensor(NamedTuple):
    name: str
    op: str
    description: str
    type: str
    flags: int
    ne: tuple[int, ...]
    nb: tuple[int, ...]
    bytes: int
    view_offset: int
    data: int
    buffer_base: int
    parameters: tuple[int, ...]


class OracleRun(NamedTuple):
    nodes: int
    library: str
    tensors: dict[int, OracleTensor]
    sources: dict[tuple[int, int], int]  # by reader and slot
    contents: dict[str, bytes]  # the first bytes of weights, by name


def read_runs(path: Path) -> list[OracleRun]:
    """Runs whose texts are equal are one object."""
    known: dict[str, OracleRun] = {}
    blocks = path.read_text().split("end\n")
    assert blocks.pop() == "", "the oracle was stopped in the middle of a graph"
    return [known.get(block) or known.setdefault(block, _read_run(block)) for block in blocks]


def _read_run(block: str) -> OracleRun:
    first, *lines = (line.split("\t") for line in block.splitlines())
    run = OracleRun(int(first[1]), first[2], {}, {}, {})
    for kind, number, *fields in lines:
        if kind == "source":
            slot = int(EdgeSlot.VIEW) if fields[0] == "view" else int(fields[0])
            run.sources[int(number), slot] = int(fields[1])
        else:
            run.tensors[int(number)] = _read_tensor(fields)
            if fields[12]:
                run.contents[fields[0]] = bytes.fromhex(fields[12])
    return run


def _read_tensor(fields: list[str]) -> OracleTensor:
    return OracleTensor(*fields[:4], int(fields[4]), _numbers(fields[5]), _numbers(fields[6]),
                        *map(int, fields[7:11]), _numbers(fields[11]))  # fmt: skip


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split(",")))


def differences(trace: Trace, number: int, run: OracleRun) -> Iterator[str]:
    """In what the trace's graph is not the one that ggml was given."""
    graph = trace.graph(number)
    strings = trace.definitions.strings
    library = strings[trace.definitions.libraries[graph.library]["path"]]
    if library != run.library:
        yield f"library {library} instead of {run.library}"
    if (graph.nodes, len(graph.members)) != (run.nodes, len(run.tensors)):
        yield f"{graph.nodes} nodes of {len(graph.members)} tensors instead of {run.nodes} of {len(run.tensors)}"
        return
    numbers, wrong = _match(graph, run)
    yield from wrong
    for theirs, ours in numbers.items():
        recorded = _as_the_oracle(trace, graph.tensors[ours])
        for field, we_say, it_says in zip(OracleTensor._fields, recorded, run.tensors[theirs], strict=True):
            if we_say != it_says:
                yield f"{field} of tensor {theirs}, {run.tensors[theirs].name}, is {we_say} instead of {it_says}"
    if unmatched := len(run.tensors) - len(set(numbers.values())):
        yield f"{unmatched} tensors have no counterpart of their own"


def _match(graph: Graph, run: OracleRun) -> tuple[dict[int, int], list[str]]:
    """Our number of each of the oracle's tensors: nodes have the same, the others are found by who reads them."""
    edges = {(reader, slot): source for reader, source, slot in graph.edges.tolist()}
    numbers = {node: node for node in range(graph.nodes)}
    wrong = []
    for (reader, slot), source in sorted(run.sources.items()):
        ours = edges.pop((numbers.get(reader, -1), slot), -1)
        if numbers.setdefault(source, ours) != ours:
            wrong.append(f"source {slot} of tensor {reader} is {ours} instead of {numbers[source]}")
    for (reader, slot), source in edges.items():
        wrong.append(f"source {slot} of tensor {reader} is {source}, but it has none")
    return numbers, wrong


def _as_the_oracle(trace: Trace, tensor: np.void) -> OracleTensor:
    strings, buffers = trace.definitions.strings, trace.definitions.buffers
    base = 0 if tensor["buffer"] == NONE else int(buffers[tensor["buffer"]]["address"])
    return OracleTensor(
        name=strings[tensor["name"]],
        op=strings[tensor["op"]],
        description=strings[tensor["description"]],
        type=strings[tensor["type_name"]],
        flags=int(tensor["flags"]),
        ne=tuple(tensor["ne"].tolist()),
        nb=tuple(tensor["nb"].tolist()),
        bytes=int(tensor["bytes"]),
        view_offset=int(tensor["view_offset"]),
        data=int(tensor["address"]),
        buffer_base=base,
        parameters=tuple(tensor["op_params"].tolist()),
    )

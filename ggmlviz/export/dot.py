"""The compute graph for graphviz: inputs and weights pink, what is computed white."""

from __future__ import annotations

from typing import TextIO

import numpy as np

from ggmlviz.export.described_graph import DescribedGraph, DescribedGraphs
from ggmlviz.export.dot_grouped import grouped_lines
from ggmlviz.export.dot_text import COMPUTED, ELSEWHERE, LEAF, edge, node
from ggmlviz.export.errors import ExportError
from ggmlviz.export.formats import Choices
from ggmlviz.export.progress import Progress
from ggmlviz.trace.old_recording import OldRecording
from ggmlviz.trace.trace import Trace


def write(trace: Trace, output: TextIO, choices: Choices, progress: Progress) -> None:
    number = _number(trace, choices.graph)
    described = DescribedGraphs(trace).of(number)
    if not described.graph.complete:
        if isinstance(trace.recording, OldRecording):
            raise ExportError("format 1 does not tell which node reads which: there is no graph to draw")
        raise ExportError(f"the trace ends in the middle of graph {number}: choose another with --graph")
    wanted = set(range(len(described.names)))
    if choices.layer is not None:
        wanted = {member for member in wanted if described.places[member].layer == choices.layer}
        if not wanted:
            there = sorted({place.layer for place in described.places if place.layer >= 0})
            raise ExportError(f"graph {number} has no layer {choices.layer}: {_range(there)}")
    lines = grouped_lines(described, wanted) if choices.grouped else _lines(described, wanted)
    output.write(f'digraph "graph {number}" {{\n  rankdir=TB;\n  node [shape=box, style=filled, fontname="sans"];\n')
    output.writelines(f"  {line}\n" for line in lines)
    output.write("}\n")


def _number(trace: Trace, wanted: int | None) -> int:
    """The graph that was asked for, else the one with the most runs, of these the largest."""
    count = len(trace.definitions.graphs)
    if not count:
        raise ExportError("the trace tells of no graph")
    if wanted is not None:
        if not 0 <= wanted < count:
            raise ExportError(f"the trace has no graph {wanted}: they are numbered from 0 to {count - 1}")
        return wanted
    graphs = trace.runs["graph"]
    runs = np.bincount(graphs[graphs >= 0], minlength=count)
    return int(np.lexsort((trace.definitions.graphs["members"], runs))[-1])


def _range(layers: list[int]) -> str:
    return f"it has layers {layers[0]} to {layers[-1]}" if layers else "its names tell of no layers"


def _lines(described: DescribedGraph, wanted: set[int]) -> list[str]:
    """What the wanted members read and who reads them is shown, too, so that nothing comes out of nowhere."""
    edges = [
        (source, reader)
        for reader, sources in enumerate(described.sources)
        for source in sources
        if source in wanted or reader in wanted
    ]
    shown = wanted | {member for pair in edges for member in pair}
    lines = []
    for member in sorted(shown):
        is_leaf = member >= described.graph.nodes
        look = LEAF if is_leaf else COMPUTED if member in wanted else ELSEWHERE
        first = described.names[member] if is_leaf else f"{described.kinds[member]}\n{described.names[member]}"
        lines.append(node(member, f"{first}\n{described.types[member]} {described.shapes[member]}", look))
    return lines + [edge(source, reader) for source, reader in edges]

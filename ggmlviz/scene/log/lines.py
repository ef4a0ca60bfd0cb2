"""The texts of one line of the log."""

from __future__ import annotations

from typing import NamedTuple

from ggmlviz.analysis.log_entries import EntryKind, LogEntries
from ggmlviz.analysis.node_facts import UNATTRIBUTED
from ggmlviz.format.layout import RowFlag, Transfer
from ggmlviz.scene.drawing import Colour
from ggmlviz.scene.opened import Opened
from ggmlviz.scene.palette import FAMILIES, FAMILY_NAMES, family_of
from ggmlviz.scene.selection import section_of
from ggmlviz.scene.units import amount, duration
from ggmlviz.trace.buffers import ROLES

DIRECTIONS = {Transfer.SET: "to buffer", Transfer.GET: "from buffer", Transfer.COPY: "copy", Transfer.FILL: "fill"}
UNKNOWN = "?"
NAMED = 40  # nodes of a run


class LogLine(NamedTuple):
    time: str
    run: str
    what: str  # op, or what else happened
    tensor: str
    duration: str
    reads: str  # what it reads, the most first
    colour: Colour
    kind: EntryKind
    number: int  # of the execution, buffer, transfer or run


def line_at(opened: Opened, entries: LogEntries, number: int) -> LogLine:
    kind, subject = entries.at(number)
    if kind is EntryKind.NODE:
        return _node(opened, subject)
    if kind is EntryKind.RUN:
        return _run(opened, subject)
    return _transfer(opened, subject) if kind is EntryKind.TRANSFER else _buffer(opened, kind, subject)


def _run(opened: Opened, number: int) -> LogLine:
    """With the nodes of its graph, in their order."""
    run, trace = opened.trace.runs[number], opened.trace
    graph = trace.graph(int(run["graph"])) if run["graph"] >= 0 else None
    count = min(graph.nodes, NAMED) if graph else 0
    nodes = ", ".join(f"{graph.ops[node]} {graph.names[node]}".strip() for node in range(count))
    more = f", and {graph.nodes - NAMED:,} more" if graph and graph.nodes > NAMED else ""
    what = f"{graph.nodes:,} nodes" if graph else "graph not described"
    lasted, colour = duration(int(run["end"] - run["begin"])), FAMILIES["other"]
    began, order = _time(int(run["begin"])), f"computes {nodes}{more}" if graph else ""
    fields = (began, str(int(run["number"]) + 1), "run", what, lasted, order, colour)
    return LogLine(*fields, EntryKind.RUN, number)


def _node(opened: Opened, execution: int) -> LogLine:
    trace = opened.trace
    section = section_of(trace, execution)
    run = int(trace.sections["run"][section])
    end, lasted = int(trace.ops.end[execution]), int(trace.ops.duration[execution])
    graph = int(trace.runs["graph"][run]) if run >= 0 else -1
    node = int(trace.ops.node[execution])
    fused = bool(trace.ops.flags[execution] & RowFlag.NODE_FUSED)
    facts = opened.facts.of(graph, node, fused)
    reads = _reads(opened, graph, node, fused) if graph >= 0 and node >= 0 else ""
    what = facts.op if facts.op != UNATTRIBUTED else "unattributed"
    tensor = facts.tensor if facts.tensor != UNATTRIBUTED else ""
    number = str(int(trace.runs["number"][run]) + 1) if run >= 0 else ""
    colour = FAMILIES[FAMILY_NAMES[family_of(facts.op)]]
    return LogLine(
        _time(end - lasted), number, what, tensor, duration(lasted), reads, colour, EntryKind.NODE, execution
    )


def _reads(opened: Opened, graph: int, node: int, fused: bool) -> str:
    names = opened.trace.graph(graph).names
    read = opened.facts.reads_of(graph, node, fused)
    largest_first = sorted(read.items(), key=lambda item: -(item[1] or 0))
    parts = []
    for member, count in largest_first:
        if count == 0:  # it is where the result goes
            continue
        size = "not modelled" if count is None else amount(count)
        parts.append(f"{names[member].strip() or UNKNOWN} {size}")
    return ", ".join(parts)


def _buffer(opened: Opened, kind: EntryKind, number: int) -> LogLine:
    trace = opened.trace
    buffer = trace.buffers[number]
    size = amount(int(buffer["size"]))
    type, role = trace.definitions.strings[buffer["type"]], ROLES[buffer["role"]]
    time = buffer["begin" if kind is EntryKind.ALLOC else "end"]
    what = "alloc" if kind is EntryKind.ALLOC else "free"
    colour = FAMILIES["other"]
    return LogLine(_time(int(time)), "", what, f"{role} buffer {number}, {type}", "", size, colour, kind, number)


def _transfer(opened: Opened, number: int) -> LogLine:
    trace = opened.trace
    transfer = trace.transfers[number]
    strings, name = trace.definitions.strings, int(transfer["name"])
    tensor = strings[name] if 0 <= name < len(strings) else UNKNOWN
    direction = DIRECTIONS.get(int(transfer["direction"]), UNKNOWN)
    lasted = duration(int(transfer["end"] - transfer["begin"]))
    where = f", buffer {transfer['buffer']}" if transfer["buffer"] >= 0 else ""
    size = f"{amount(int(transfer['bytes']))}{where}"
    kind, colour = EntryKind.TRANSFER, FAMILIES["movement"]
    return LogLine(_time(int(transfer["begin"])), "", direction, tensor, lasted, size, colour, kind, number)


def _time(nanoseconds: int) -> str:
    return f"{nanoseconds / 1e6:,.4f}"

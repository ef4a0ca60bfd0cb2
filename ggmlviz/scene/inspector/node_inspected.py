"""What is told of a selected node: what it reads and makes, how long it took, and how its threads shared the work."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ggmlviz.analysis.execution_times import span_of
from ggmlviz.analysis.executions_of_node import ExecutionsOfNode
from ggmlviz.analysis.threads_of_execution import threads_of_execution
from ggmlviz.analysis.totals import lane_name
from ggmlviz.format.layout import EdgeSlot, RowFlag
from ggmlviz.scene.inspector.inspected import Fact, Inspected, Section, Shares, Strip
from ggmlviz.scene.inspector.tensor_facts import parameters, places, summary, tensor_facts
from ggmlviz.scene.opened import Opened
from ggmlviz.scene.run_steps import place_of
from ggmlviz.scene.selection import Selection, execution_in, of_execution, of_member
from ggmlviz.scene.units import amount, counted, duration, rate
from ggmlviz.trace.attribution import EMPTY_OPS
from ggmlviz.trace.graphs import Graph
from ggmlviz.trace.phases import PHASES

MOST_READERS = 12


def node_inspected(opened: Opened, selection: Selection, times: ExecutionsOfNode | None) -> Inspected:
    """`times` of every run are looked for beside the window; None until they are there."""
    graph = opened.trace.graph(selection.graph)
    op, name = graph.ops[selection.member], graph.names[selection.member]
    is_node = selection.member < graph.nodes
    facts = opened.facts.of(selection.graph, selection.member) if is_node else None
    about = "a leaf: an input or a weight" if facts is None else _place(facts)
    title = f"{op} {name}".strip() if is_node else name or "(no name)"
    return Inspected(title, about, op if is_node else "", tuple(_sections(opened, graph, selection, times)))


def _place(facts) -> str:
    layer = "no layer" if facts.layer is None else f"layer {facts.layer}"
    return f"{layer}, {facts.block}"


def _sections(opened: Opened, graph: Graph, selection: Selection, times: ExecutionsOfNode | None) -> Iterator[Section]:
    member = selection.member
    if member < graph.nodes:
        execution = _execution(opened, selection)
        yield Section("This time", tuple(_this_time(opened, graph, selection, execution)))
        if times is not None and times.count:
            yield _every_run(opened, times, execution)
        if execution is not None:
            yield _threads(opened, execution)
        yield Section("Reads", tuple(_sources(opened, graph, selection)))
    yield Section(
        "Result" if member < graph.nodes else "Tensor", tuple(tensor_facts(opened, int(graph.members[member])))
    )
    readers = np.unique(graph.edges["reader"][graph.edges["source"] == member]).tolist()
    facts = [_member(opened, graph, selection, reader, "") for reader in readers[:MOST_READERS]]
    if len(readers) > MOST_READERS:
        facts.append(Fact("", f"and {len(readers) - MOST_READERS:,} more"))
    yield Section("Read by", tuple(facts) or (Fact("", "no node of this graph"),))
    if member < graph.nodes and (found := _operation(opened, graph, member)):
        yield Section("Operation", tuple(found))


def _execution(opened: Opened, selection: Selection) -> int | None:
    """Also where it was computed together with the one before."""
    if selection.execution is not None:
        return selection.execution
    if selection.run is None or not selection.member:
        return None
    execution = execution_in(opened.trace, selection.run, selection.member - 1)
    return execution if execution is not None and _is_fused(opened, execution) else None


def _is_fused(opened: Opened, execution: int) -> bool:
    return bool(opened.trace.ops.flags[execution] & RowFlag.NODE_FUSED)


def _this_time(opened: Opened, graph: Graph, selection: Selection, execution: int | None) -> Iterator[Fact]:
    trace = opened.trace
    if selection.run is not None:
        yield _run(opened, selection.run)
    if execution is None:
        yield Fact("computed", _why_not(graph, selection))
        return
    node = int(trace.ops.node[execution])
    fused = _is_fused(opened, execution)
    if fused:
        first, second = graph.ops[node], graph.ops[node + 1]
        other = node + 1 if node == selection.member else node
        text = f"one kernel computed {first} and {second}; the times are of both"
        yield Fact("fused", text, target=of_member(trace, selection.graph, other, selection.run))
    span = span_of(trace, execution)
    time = span.end - span.begin
    yield Fact("time", duration(time), f"{time:,} ns")
    if selection.run is not None:
        whole = int(trace.runs["end"][selection.run] - trace.runs["begin"][selection.run])
        yield Fact("of its run", f"{time / max(whole, 1):.2%}", f"{time:,} of {whole:,} ns")
    yield Fact("began at", duration(span.begin), f"{span.begin:,} ns since the trace began")
    yield from _work(opened, selection.graph, node, fused, time)


def _run(opened: Opened, run: int) -> Fact:
    phase = PHASES[opened.trace.phases["phase"][run]]
    return Fact(
        "run",
        f"{place_of(opened, run) + 1:,}, {phase}",
        target=Selection(run=run, graph=int(opened.trace.runs["graph"][run])),
    )


def _why_not(graph: Graph, selection: Selection) -> str:
    if graph.ops[selection.member] in EMPTY_OPS:
        return "not computed: a view of other memory, nothing to do"
    if selection.run is None:
        return "in no run that was recorded"
    return "not in this run: skipped, or it cannot be told when"


def _work(opened: Opened, graph: int, node: int, fused: bool, time: int) -> Iterator[Fact]:
    work = opened.facts.of(graph, node, fused).work
    if work is None:
        yield Fact("work", "not modelled: no formula for this op")
        return
    count = work.read + work.written
    per_ns = max(time, 1)
    yield Fact("rate", f"{rate(count / per_ns)} GB/s, {rate(work.flops / per_ns)} GFLOP/s", _rates(work, per_ns))
    text = f"{work.flops:,} FLOP, reads {amount(work.read)}, writes {amount(work.written)}"
    yield Fact("work", text, f"{work.flops:,} FLOP, reads {work.read:,} bytes, writes {work.written:,} bytes")
    if count:
        yield Fact("intensity", f"{work.flops / count:.3g} FLOP per byte", f"{work.flops / count:.6g} FLOP per byte")


def _rates(work, time: int) -> str:
    return f"{(work.read + work.written) / time:.6g} GB/s, {work.flops / time:.6g} GFLOP/s"


def _every_run(opened: Opened, times: ExecutionsOfNode, execution: int | None) -> Section:
    places = np.empty(len(opened.runs_by_time), np.int64)
    places[opened.runs_by_time] = np.arange(len(places))
    numbers = places[times.run] + 1
    at = np.flatnonzero(times.execution == execution) if execution is not None else []
    low, middle, high, most = np.percentile(times.duration, (0, 50, 95, 100)).tolist()
    words = {"shortest": low, "median": middle, "95 %": high, "longest": most}
    exact = ", ".join(f"{name} {time:,.0f} ns" for name, time in words.items())
    longest = int(np.argmax(times.duration))
    target = _of(opened, times, longest)
    facts = (
        Fact("median", f"{duration(middle)}, 95 % within {duration(high)}", exact),
        Fact("extremes", f"{duration(low)} to {duration(most)}", exact, target),
    )
    chart = Strip(times, numbers, int(at[0]) if len(at) else None)
    return Section(f"In {counted(times.count, 'run')}", facts, chart)


def _of(opened: Opened, times: ExecutionsOfNode, place: int) -> Selection:
    return of_execution(opened.trace, int(times.execution[place]))


def _threads(opened: Opened, execution: int) -> Section:
    parts = threads_of_execution(opened.trace, execution)
    if not parts:
        return Section("Threads", (Fact("", "unknown: the threads' barriers are not recorded"),))
    names = tuple(lane_name(opened.trace, part.lane) for part in parts)
    return Section("Threads", (), Shares(names, tuple(part.work for part in parts), tuple(part.wait for part in parts)))


def _sources(opened: Opened, graph: Graph, selection: Selection) -> Iterator[Fact]:
    edges = graph.edges[graph.edges["reader"] == selection.member]
    for _, source, slot in edges[np.argsort(edges["slot"], kind="stable")].tolist():
        label = "views" if slot == EdgeSlot.VIEW else f"src{slot}"
        yield _member(opened, graph, selection, source, label)
        for place in places(opened, int(graph.members[source])):
            yield Fact("", f"{place.label}: {place.text}", place.exact)


def _member(opened: Opened, graph: Graph, selection: Selection, member: int, label: str) -> Fact:
    name = graph.names[member] or "(no name)"
    op = f"{graph.ops[member]} " if member < graph.nodes else ""
    text = f"{op}{name}, {summary(opened.trace, graph.tensors[member])}"
    return Fact(label, text, target=of_member(opened.trace, graph.number, member, selection.run))


def _operation(opened: Opened, graph: Graph, member: int) -> list[Fact]:
    tensor = graph.tensors[member]
    description = opened.trace.definitions.strings[tensor["description"]]
    kind = [Fact("kind", description)] if description != graph.ops[member] else []
    return [*kind, *parameters(tensor)]

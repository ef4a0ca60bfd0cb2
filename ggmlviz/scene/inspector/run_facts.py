"""What is told of a selected run: what for, how long, what it cost in memory, and what bounds it."""

from __future__ import annotations

import numpy as np

from ggmlviz.analysis.critical_path import critical_path
from ggmlviz.analysis.totals import lane_name
from ggmlviz.format.layout import Status
from ggmlviz.scene.inspector.inspected import Fact, Inspected, Section, Shares
from ggmlviz.scene.opened import Opened
from ggmlviz.scene.run_steps import place_of
from ggmlviz.scene.units import amount, counted, duration, share
from ggmlviz.trace.phases import PHASES

MOST_NODES = 200  # that are listed one by one


def run_inspected(opened: Opened, run: int) -> Inspected:
    trace = opened.trace
    phase = trace.phases[run]
    title = f"Run {place_of(opened, run) + 1:,} of {len(trace.runs):,}"
    about = PHASES[phase["phase"]] + (f", {counted(int(phase['tokens']), 'token')}" if phase["tokens"] else "")
    return Inspected(title, about, "", tuple(_sections(opened, run)))


def _sections(opened: Opened, run: int):
    trace = opened.trace
    record, phase = trace.runs[run], trace.phases[run]
    time = int(record["end"] - record["begin"])
    parts = trace.sections[trace.sections["run"] == run]
    facts = [
        Fact("took", duration(time), f"{time:,} ns"),
        Fact("began at", duration(int(record["begin"])), f"{int(record['begin']):,} ns since the trace began"),
        Fact("status", Status(int(record["status"])).name.lower() if record["status"] in set(Status) else "unknown"),
        Fact("graph", _graph(opened, int(record["graph"]))),
        Fact("thread", lane_name(trace, int(record["lane"]))),
    ]
    facts += _of_phase(phase, time)
    if not trace.untold:
        computed = int(parts["executions"].sum())
        words = f"{counted(computed, 'node')} in {counted(len(parts), 'section')} of the CPU backend"
        facts.append(Fact("computed", words))
    if record["own"]:
        own = int(record["own"])
        facts.append(Fact("recorder", f"{duration(own)}, {share(own, time)}", f"{own:,} ns to describe the graph"))
    yield Section("This run", tuple(facts))
    if trace.untold:
        yield Section("Nodes in their order", tuple(_in_order(opened, int(record["graph"]))))
        return
    yield Section("Memory", tuple(_memory(record)))
    yield from _path(opened, run, time)
    yield from _threads(opened, run)


def _of_phase(phase: np.void, time: int) -> list[Fact]:
    found = []
    if phase["tokens"]:
        tokens = int(phase["tokens"])
        found.append(Fact("tokens", f"{counted(tokens, 'token')}, {tokens * 1e9 / time:,.1f} tokens/s"))
    if phase["sequences"] > 1:
        found.append(Fact("sequences", f"{int(phase['sequences']):,}"))
    if phase["attended"]:
        found.append(Fact("context", f"at most {int(phase['attended']):,} KV cells attended to"))
    return found


def _graph(opened: Opened, number: int) -> str:
    if number < 0:
        return "not described"
    graph = opened.trace.graph(number)
    return f"#{number}, {graph.nodes:,} nodes, {graph.leafs:,} leafs"


def _in_order(opened: Opened, number: int) -> list[Fact]:
    trace = opened.trace
    facts = [Fact("", trace.untold)]
    if number < 0:
        return facts
    graph = trace.graph(number)
    sizes = graph.tensors["bytes"].tolist()
    for node in range(min(graph.nodes, MOST_NODES)):
        facts.append(Fact(graph.ops[node], f"{graph.names[node]}  {amount(sizes[node])}".strip()))
    if graph.nodes > MOST_NODES:
        facts.append(Fact("", f"and {graph.nodes - MOST_NODES:,} more"))
    return facts


def _memory(record: np.void) -> list[Fact]:
    resident, age = int(record["resident"]), int(record["resident_age"])
    read = f"read {age}{' or more' if age == 255 else ''} ms before the run's end"
    return [
        Fact("minor faults", _known(int(record["minor_faults"]))),
        Fact("major faults", _known(int(record["major_faults"]))),
        Fact("resident", amount(resident) if resident >= 0 else "unknown", f"{resident:,} bytes, {read}"),
    ]


def _known(count: int) -> str:
    return f"{count:,}" if count >= 0 else "unknown"


def _path(opened: Opened, run: int, whole: int):
    path = critical_path(opened.trace, run)
    if path is None:
        yield Section("Critical path", (Fact("", "unknown: the threads' barriers are not recorded"),))
        return
    words = {
        "slowest thread": path.slowest,
        "barriers": path.barriers,
        "outside": path.outside,
        "if shared evenly": path.shared,
    }
    facts = [Fact(name, f"{duration(time)}, {share(time, whole)}", f"{time:,} ns") for name, time in words.items()]
    yield Section("Critical path", tuple(facts))


def _threads(opened: Opened, run: int):
    trace = opened.trace
    mine = trace.parts[trace.sections["run"][trace.parts["section"]] == run]
    lanes = np.unique(mine["lane"]).tolist()
    if not lanes:
        return
    sums = [[int(mine[field][mine["lane"] == lane].sum()) for field in ("work", "wait")] for lane in lanes]
    names = tuple(lane_name(trace, lane) for lane in lanes)
    work, wait = zip(*sums, strict=True)
    yield Section("Threads", (), Shares(names, work, wait))

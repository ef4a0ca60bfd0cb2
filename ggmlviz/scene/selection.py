"""What a person has clicked: one thing, which every view shows in its own way."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ggmlviz.trace.trace import Trace


@dataclass(frozen=True)
class Selection:
    """Filled in as far as one follows from the other; None where it does not."""

    run: int | None = None  # index into trace.runs
    execution: int | None = None  # index into trace.ops
    graph: int | None = None
    member: int | None = None  # of that graph: a node, or a leaf behind the nodes
    tensor: int | None = None  # index into definitions.tensors
    buffer: int | None = None  # index into trace.buffers

    def __bool__(self) -> bool:
        return any(part is not None for part in vars(self).values())


NOTHING = Selection()


def carried(selection: Selection, old: Trace, new: Trace) -> Selection:
    """The same thing in another state of a trace that grows, whose rows and lanes may be counted otherwise."""
    if selection.run is None or old is new:
        return replace(selection, execution=None) if old is not new else selection
    found = np.flatnonzero(new.runs["number"] == old.runs["number"][selection.run])
    if not len(found):  # it is so long ago that it was forgotten
        return replace(selection, run=None, execution=None)
    run = int(found[0])
    if selection.execution is None:
        return replace(selection, run=run)
    place = np.flatnonzero(executions_of(old, selection.run) == selection.execution)
    executions = executions_of(new, run)
    known = len(place) and place[0] < len(executions)
    return replace(selection, run=run, execution=int(executions[place[0]]) if known else None)


def of_run(trace: Trace, run: int) -> Selection:
    graph = int(trace.runs["graph"][run])
    return Selection(run=run, graph=graph if graph >= 0 else None)


def of_execution(trace: Trace, execution: int) -> Selection:
    """A computed node, with its run, graph and tensor as far as they are told."""
    section = section_of(trace, execution)
    run = int(trace.sections["run"][section])
    if run < 0:
        return Selection(execution=execution)
    graph, node = int(trace.runs["graph"][run]), int(trace.ops.node[execution])
    if graph < 0 or node < 0:
        return Selection(run=run, execution=execution, graph=graph if graph >= 0 else None)
    return Selection(run, execution, graph, node, *_held(trace, int(trace.graph(graph).members[node])))


def of_member(trace: Trace, graph: int, member: int, run: int | None = None) -> Selection:
    """A node or leaf; of this run if it ran that graph, else of the first that did."""
    runs = trace.runs["graph"]
    if run is None or runs[run] != graph:
        run = int(np.flatnonzero(runs == graph)[0]) if (runs == graph).any() else None
    execution = execution_in(trace, run, member) if run is not None else None
    return Selection(run, execution, graph, member, *_held(trace, int(trace.graph(graph).members[member])))


def of_tensor(trace: Trace, tensor: int, run: int | None = None) -> Selection:
    """A tensor; as the member of the run's graph if it is one."""
    if run is not None and (graph := int(trace.runs["graph"][run])) >= 0:
        members = np.flatnonzero(trace.graph(graph).members == tensor)
        if len(members):
            return of_member(trace, graph, int(members[0]), run)
    return Selection(run, None, None, None, *_held(trace, tensor))


def of_name(trace: Trace, name: str) -> Selection | None:
    """The tensor with this name, in the first run that has it; None where nothing is called so."""
    strings, names = trace.definitions.strings, trace.definitions.tensors["name"]
    tensors = [number for number, at in enumerate(names.tolist()) if strings[at] == name]
    in_order = trace.runs["graph"][np.argsort(trace.runs["begin"], kind="stable")]
    for graph in dict.fromkeys(in_order[in_order >= 0].tolist()):
        places = np.flatnonzero(np.isin(trace.graph(graph).members, tensors))
        if len(places):
            return of_member(trace, graph, int(places[0]))
    return of_tensor(trace, tensors[0]) if tensors else None


def section_of(trace: Trace, execution: int) -> int:
    """Index of the section of a computed node; sections without any are passed over."""
    return int(np.searchsorted(trace.sections["first_execution"], execution, "right")) - 1


def executions_of(trace: Trace, run: int) -> np.ndarray:
    """Indices of all that a run computed."""
    parts = np.flatnonzero(trace.sections["run"] == run)
    ranges = trace.sections[["first_execution", "executions"]][parts].tolist()
    return np.concatenate([np.arange(first, first + count) for first, count in ranges] or [np.empty(0, np.int64)])


def execution_in(trace: Trace, run: int, member: int) -> int | None:
    """Where a run computed this node; None for leafs, and for what was skipped or fused into the one before."""
    executions = executions_of(trace, run)
    found = executions[trace.ops.node[executions] == member]
    return int(found[0]) if len(found) else None


def _held(trace: Trace, tensor: int) -> tuple[int, int | None]:
    buffer = int(trace.definitions.tensors["buffer"][tensor])
    return tensor, buffer if buffer < len(trace.buffers) else None

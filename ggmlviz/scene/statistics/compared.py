"""What a comparison with the second trace yields, and the durations that its histogram is of."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ggmlviz.analysis.comparison.compare import compare
from ggmlviz.analysis.comparison.results import Change, Comparison
from ggmlviz.analysis.comparison.run_times import identities, runs_of_phase
from ggmlviz.analysis.comparison.units import unit_of
from ggmlviz.analysis.executions_of_node import executions_of_node
from ggmlviz.analysis.totals import Node
from ggmlviz.scene.opened import Opened
from ggmlviz.scene.selection import Selection
from ggmlviz.scene.statistics.verdict import verdict
from ggmlviz.scene.units import duration

SLOWER = 0.05  # the least that the tests call a difference at all
NAMED = 2


class Compared(NamedTuple):
    found: Comparison
    sentences: list[str]


class Spreads(NamedTuple):
    title: str
    a: np.ndarray  # ns
    b: np.ndarray


def compared(a: Opened, b: Opened) -> Compared:
    found = compare(a.trace, b.trace)
    names = f"A: {a.path.name}, B: {b.path.name}"
    whole = [f"{one.phase} {duration(one.a_ns)} a run in A, {duration(one.b_ns)} in B" for one in found.phases]
    return Compared(found, ["; ".join([names, *whole]), *verdict(found, SLOWER, most=NAMED), *_notes(found)])


def _notes(found: Comparison) -> list[str]:
    """What the changes do not tell."""
    common = [
        f"{phase.phase}: all ops together {phase.common:+.1%}, taken out of the changes, as a busier machine does that"
        for phase in found.phases
        if phase.tested
    ]
    return ["; ".join([*common, *found.not_compared])] if common or found.not_compared else []


def spreads_of(a: Opened, b: Opened, selection: Selection) -> Spreads:
    """Of the selected node; without one, of the runs of the phase with most of them."""
    if selection.graph is not None and selection.member is not None:
        graph = a.trace.graph(selection.graph)
        if selection.member < graph.nodes:
            times = [executions_of_node(one.trace, graph, selection.member).duration for one in (a, b)]
            return Spreads(f"{graph.ops[selection.member]} {graph.names[selection.member]}, each time", *times)
    of_a, of_b = runs_of_phase(a.trace), runs_of_phase(b.trace)
    both = [phase for phase in of_a if phase in of_b]
    if not both:
        return Spreads("No phase that both traces have", np.empty(0, np.int64), np.empty(0, np.int64))
    phase = max(both, key=lambda name: len(of_a[name]))
    durations = [
        one.trace.runs["end"][runs[phase]] - one.trace.runs["begin"][runs[phase]]
        for one, runs in ((a, of_a), (b, of_b))
    ]
    return Spreads(f"{phase} runs (select a node for its times)", *durations)


def nodes_of_change(opened: Opened, change: Change):
    """Asks of a node of A whether it is a part of what changed."""
    known: dict[int, list] = {}

    def wanted(node: Node) -> bool:
        if node.graph < 0 or node.node < 0 or node.phase != change.phase:
            return False
        if node.graph not in known:
            known[node.graph] = identities(opened.trace.graph(node.graph))
        identity = known[node.graph][node.node]
        if "+" in node.facts.op:  # a pair is known by its first, with both ops
            identity = identity._replace(op=node.facts.op)
        return unit_of(change.level, identity) == change.unit

    return wanted

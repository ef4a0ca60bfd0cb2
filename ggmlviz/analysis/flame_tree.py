"""Where the time of the runs went, as a tree: phase, layer, block, op. Every part is as long as its own time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from ggmlviz.analysis.execution_times import span_of
from ggmlviz.analysis.node_facts import UNATTRIBUTED, NodeFacts
from ggmlviz.analysis.time_range import EVERYTHING, TimeRange, runs_in, sections_in
from ggmlviz.analysis.totals import Node
from ggmlviz.trace.phases import PHASES
from ggmlviz.trace.trace import Trace

OUTSIDE = "outside of runs"
NO_LAYER = "no layer"


@dataclass
class Frame:
    """What its parts leave of its time was spent in none of them: before, between and behind the nodes."""

    name: str
    time: int = 0  # ns
    count: int = 0  # of runs, or of computed nodes
    wait: int = 0  # ns of it that thread 0 waited in barriers
    op: str = ""  # of a leaf
    parts: dict[str, Frame] = field(default_factory=dict)

    def part(self, name: str) -> Frame:
        return self.parts.setdefault(name, Frame(name))

    @property
    def untold(self) -> int:
        return self.time - sum(part.time for part in self.parts.values())

    @property
    def longest_first(self) -> list[Frame]:
        """Layers, which have an order of their own, keep it."""
        if any(name.startswith("layer ") for name in self.parts):
            return sorted(self.parts.values(), key=lambda part: (part.name == NO_LAYER, _number(part.name)))
        return sorted(self.parts.values(), key=lambda part: (-part.time, part.name))

    def at(self, path: tuple[str, ...]) -> Frame | None:
        found: Frame | None = self
        for name in path:
            found = found.parts.get(name) if found else None
        return found


def stack(facts: NodeFacts, what: str) -> tuple[str, ...]:
    """Layer, block and what was computed; of a node that cannot be told, only that."""
    if facts.op == UNATTRIBUTED:
        return (UNATTRIBUTED,)
    return (NO_LAYER if facts.layer is None else f"layer {facts.layer}", facts.block, what)


def flame_tree(trace: Trace, nodes: Iterable[Node], range: TimeRange = EVERYTHING) -> Frame:
    """`nodes` are those of the range. The root is all runs, one after the other, and what was outside of them."""
    root = Frame("all runs")
    _add_runs(root, trace, range)
    outside = _add_outside(root, trace, range)
    for node in nodes:
        steps = [root.part(node.phase)]
        for name in stack(node.facts, node.facts.op):
            steps.append(steps[-1].part(name))
        steps[-1].op = node.facts.op
        for frame in steps[1:]:
            frame.time += node.time
            frame.count += node.count
            frame.wait += node.wait
        steps[0].wait += node.wait
    _take_out(root, outside)
    root.time = sum(part.time for part in root.parts.values())
    root.count = sum(part.count for part in root.parts.values())
    root.wait = sum(part.wait for part in root.parts.values())
    return root


def _add_runs(root: Frame, trace: Trace, range: TimeRange) -> None:
    chosen = runs_in(trace, range)
    times = (trace.runs["end"] - trace.runs["begin"])[chosen]
    phases = trace.phases["phase"][chosen]
    for phase in np.unique(phases).tolist():
        frame = root.part(PHASES[phase])
        frame.time, frame.count = int(times[phases == phase].sum()), int((phases == phase).sum())


def _add_outside(root: Frame, trace: Trace, range: TimeRange) -> Frame | None:
    """Sections that belong to no run; their nodes are among the unattributed ones."""
    sections = trace.sections[sections_in(trace, range) & (trace.sections["run"] < 0)]
    if not len(sections):
        return None
    frame = root.part(OUTSIDE)
    frame.time, frame.count = int((sections["end"] - sections["begin"]).sum()), len(sections)
    busy = sections[sections["executions"] > 0]
    if len(busy):
        inside = frame.part(UNATTRIBUTED)
        inside.op = UNATTRIBUTED
        ends = [span_of(trace, last).end for last in (busy["first_execution"] + busy["executions"] - 1).tolist()]
        inside.time = sum(ends) - int(busy["begin"].sum())
        inside.count = int(busy["executions"].sum())
    return frame


def _take_out(root: Frame, outside: Frame | None) -> None:
    """What was told as outside of runs is no part of them."""
    if outside is None or UNATTRIBUTED not in outside.parts:
        return
    told, phase = outside.parts[UNATTRIBUTED], root.parts["other"]
    inside = phase.parts[UNATTRIBUTED]
    inside.time -= told.time
    inside.count -= told.count
    if not inside.count:
        del phase.parts[UNATTRIBUTED]
    if not phase.count and not phase.parts:
        del root.parts["other"]


def _number(name: str) -> int:
    last = name.rpartition(" ")[2]
    return int(last) if last.isdecimal() else 0

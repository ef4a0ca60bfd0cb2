"""A graph with all that its picture tells and that does not change: found once, beside the window."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import cached_property

import numpy as np

from ggmlviz.analysis.graph.groups import GraphGroups, groups_of
from ggmlviz.analysis.graph.outcomes import Outcome, mean_times, outcomes, splits_of, times_in_run
from ggmlviz.analysis.graph.paths import Ways
from ggmlviz.analysis.time_range import TimeRange
from ggmlviz.format.layout import NONE
from ggmlviz.scene.opened import Opened
from ggmlviz.trace.buffers import ROLES
from ggmlviz.trace.old_recording import OldRecording

SOURCES = ("model file", *ROLES, "not told")  # where the memory of a tensor is
MODEL_FILE, NOT_TOLD = 0, len(SOURCES) - 1


class GraphSubject:
    """Lists by member: first the nodes, then the leafs."""

    def __init__(self, opened: Opened, number: int, progress: Callable[[float], None] = lambda share: None):
        trace = opened.trace
        self.opened, self.number, self.graph = opened, number, trace.graph(number)
        strings, tensors = trace.definitions.strings, self.graph.tensors
        self.names, self.ops = self.graph.names, self.graph.ops
        self.kinds = [strings[kind] for kind in tensors["description"].tolist()]
        types = [strings[name] for name in tensors["type_name"].tolist()]
        shapes = ["×".join(map(str, _without_ones(ne))) for ne in tensors["ne"].tolist()]
        self.forms = [f"{type_} {shape}" for type_, shape in zip(types, shapes, strict=True)]
        progress(0.2)
        self.groups: GraphGroups = groups_of(self.graph, opened.facts)
        progress(0.6)
        self.outcomes = outcomes(trace, number)
        self.splits = splits_of(trace, number)
        self.families = opened.families(number)
        self.sources = _sources(opened, tensors)
        progress(1.0)

    @cached_property
    def ways(self) -> Ways:
        return Ways(self.groups)

    def times(self, range: TimeRange | None, run: int | None) -> np.ndarray:
        """ns for each node, NaN where none is told: in this run, or else their means in the range."""
        trace = self.opened.trace
        if run is None:
            return mean_times(trace, self.number, range)
        if int(trace.runs["graph"][run]) == self.number:
            return times_in_run(trace, run)
        return np.full(self.graph.nodes, np.nan)

    def is_input(self, member: int) -> bool:
        """Pink: an input, a weight or a cache; nothing computes it."""
        return member >= self.graph.nodes or self.ops[member] == "NONE"

    def members_of(self, item: int) -> range:
        group = self.groups.group_of(item)
        return range(group.first, group.end) if group else range(item, item + 1)

    def about(self, item: int) -> str:
        """What is in a group, in few words: its commonest ops."""
        group = self.groups.group_of(item)
        ops = Counter(self.ops[node] for node in range(group.first, group.end) if self.outcomes[node] != Outcome.VIEW)
        return ", ".join(f"{count} {op}" if count > 1 else op for op, count in ops.most_common(3))

    def found(self, text: str) -> list[int]:
        """Members whose name, op or form has all of the words, in whatever case."""
        words = text.lower().split()
        return [
            member
            for member, (name, kind, op, form) in enumerate(
                zip(self.names, self.kinds, self.ops, self.forms, strict=True)
            )
            if words and all(word in f"{name} {kind} {op} {form}".lower() for word in words)
        ]

    def note(self, node: int) -> str:
        """Of what was not computed as every other node."""
        outcome = self.outcomes[node]
        if outcome == Outcome.FUSED:
            return f"fused into {self.names[node - 1] or self.ops[node - 1]}"
        return {Outcome.SKIPPED: "skipped", Outcome.VIEW: "view", Outcome.UNTOLD: "no time told"}.get(outcome, "")


def no_graph(opened: Opened | None) -> str:
    """Why there is nothing to be shown."""
    if opened is not None and isinstance(opened.trace.recording, OldRecording):
        return "Format 1 tells which nodes a graph had, and not which of them reads which: there is no graph to draw."
    return "The trace describes no graph whole."


def graph_to_show(opened: Opened, run: int | None) -> int:
    """Of the selected run, else the one with the most runs, of these the largest; -1: the trace tells of none."""
    graphs = opened.trace.runs["graph"]
    if run is not None and graphs[run] >= 0:
        return int(graphs[run])
    count = len(opened.trace.definitions.graphs)
    runs = np.bincount(graphs[graphs >= 0], minlength=count)
    return int(np.lexsort((opened.trace.definitions.graphs["members"], runs))[-1]) if count else -1


def _sources(opened: Opened, tensors: np.ndarray) -> np.ndarray:
    """Index into SOURCES."""
    buffers, found = opened.trace.buffers, np.full(len(tensors), NOT_TOLD, np.uint8)
    held = tensors["buffer"] != NONE
    held[held] = tensors["buffer"][held] < len(buffers)
    found[held] = 1 + buffers["role"][tensors["buffer"][held]]
    found[tensors["file"] != NONE] = MODEL_FILE
    return found


def _without_ones(ne: list[int]) -> list[int]:
    """As ggml counts dimensions: the last ones that are 1 are none, but there is always one."""
    while len(ne) > 1 and ne[-1] == 1:
        ne = ne[:-1]
    return ne

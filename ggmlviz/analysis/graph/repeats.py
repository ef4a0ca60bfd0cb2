"""Parts of a graph that are built alike: layers one after the other, also where no name tells of layers."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

import numpy as np

from ggmlviz.format.layout import EdgeSlot
from ggmlviz.trace.graphs import Graph

SHORTEST, LONGEST = 4, 2000  # nodes in a part that counts as repeated


class Repeat(NamedTuple):
    """`times` parts of `period` nodes each, from `first` on."""

    first: int
    period: int
    times: int


class Structure:
    """What a node looks like without its name: op, type, shape, and what it reads."""

    def __init__(self, graph: Graph):
        fields = ("op", "description", "type", "ne")
        columns = [graph.tensors[field].tolist() for field in fields]
        self._look = [(op, kind, type_, *ne) for op, kind, type_, ne in zip(*columns, strict=True)]
        self._shape = [look[2:] for look in self._look]
        self._nodes = graph.nodes
        self._sources: dict[int, list[int]] = defaultdict(list)
        edges = graph.edges[graph.edges["slot"] != EdgeSlot.VIEW]
        for reader, source, _ in edges[np.argsort(edges["slot"], kind="stable")].tolist():
            self._sources[reader].append(source)

    def of(self, first: int, end: int) -> tuple:
        """The same for two stretches of nodes that are built alike: what is read from elsewhere counts by its type."""
        return tuple(
            (
                self._look[node],
                tuple(
                    source - first if first <= source < end else self._shape[source] for source in self._sources[node]
                ),
            )
            for node in range(first, end)
        )

    def crossing(self, first: int, end: int) -> np.ndarray:
        """For each place before a node of the stretch, how many results are made above it and read below."""
        last_read = {}
        for reader in range(first, end):
            for source in self._sources[reader]:
                if source < reader:
                    last_read[source] = reader
        change = np.zeros(end - first + 1, np.int64)
        for source, reader in last_read.items():
            if source < self._nodes and reader >= first:
                change[max(source + 1 - first, 0)] += 1
                change[reader + 1 - first] -= 1
        return np.cumsum(change)[: end - first]

    def numbered(self, first: int, end: int) -> np.ndarray:
        """A number for each look: alike nodes have the same."""
        numbers: dict[tuple, int] = {}
        return np.array([numbers.setdefault(self._look[node], len(numbers)) for node in range(first, end)], np.int64)


def longest_repeat(structure: Structure, first: int, end: int) -> Repeat | None:
    """The repetition that covers most of these nodes, cut where least flows from one part to the next."""
    looks = structure.numbered(first, end)
    best: tuple[int, int, int, int] | None = None
    for period in range(SHORTEST, min(len(looks) // 2, LONGEST) + 1):
        begin, length = _longest_run(looks[period:] == looks[:-period])
        covered = (length // period + 1) * period
        if length >= period and (best is None or covered > best[0]):
            best = (covered, begin, period, length)
    if best is None:
        return None
    _, begin, period, length = best
    return _cut(structure.crossing(first, end), first, begin, period, length)


def _cut(crossing: np.ndarray, first: int, begin: int, period: int, length: int) -> Repeat | None:
    """Where parts begin is not told by what they look like: a pattern can be cut at any of its nodes."""
    shifts = np.arange(period)
    times = (length + period - shifts) // period
    enough = np.flatnonzero(times >= max(times.max() - 1, 2))
    if not len(enough):
        return None
    flowing = crossing[begin + period + enough]  # at the second cut: above the first there may be other things
    shift = int(enough[np.lexsort((-enough, -times[enough], flowing))[0]])  # the later: what came before had a start
    return Repeat(first + begin + shift, period, int(times[shift]))


def _longest_run(same: np.ndarray) -> tuple[int, int]:
    """Where the longest stretch of True begins, and its length."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], same, [False]]).astype(np.int8)))
    begins, ends = edges[::2], edges[1::2]
    if not len(begins):
        return 0, 0
    longest = int((ends - begins).argmax())
    return int(begins[longest]), int(ends[longest] - begins[longest])

"""Which nodes the sections of a growing trace computed: told from all patterns that were ever seen in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ggmlviz.trace.attribution import Pattern, agreed, fitting
from ggmlviz.trace.graphs import Graph
from ggmlviz.trace.patterns import SectionPattern, alike_sections, candidate

NO_PATTERN = -1  # of sections that computed nothing, or of a graph that is not known


class Known(NamedTuple):
    graph: int
    first: int  # node that the section begins with
    fused: np.ndarray
    finished: bool
    pattern: Pattern | None  # None where the graph does not fit it


class LivePatterns:
    def __init__(self, graph_of: Callable[[int], Graph]):
        self._graph_of = graph_of
        self._numbers: dict[tuple, int] = {}
        self._known: list[Known] = []
        self._rules: dict[int, set[str]] = {}  # of a library: those that explain all of its patterns
        self.nodes: list[np.ndarray | None] = []  # of each pattern what its sections computed
        self.changed: set[int] = set()  # patterns whose nodes are others since somebody cleared this

    def numbers_of(self, sections: np.ndarray, runs: np.ndarray, flags: np.ndarray) -> np.ndarray:
        """The pattern of each of these sections, whose runs and executions are counted in `runs` and `flags`."""
        numbers = np.full(len(sections), NO_PATTERN, np.int32)
        for graph, members, fused, finished in alike_sections(sections, runs, flags):
            first, count = (int(sections[field][members[0]]) for field in ("first", "nodes"))
            key = (graph, first, count, finished, fused.tobytes())
            if key not in self._numbers:
                self._numbers[key] = len(self._known)
                self._meet(Known(graph, first, fused, finished, self._candidate(graph, first, count, fused, finished)))
            numbers[members] = self._numbers[key]
        return numbers

    def _candidate(self, graph: int, first: int, count: int, fused: np.ndarray, finished: bool) -> Pattern | None:
        return candidate(self._graph_of(graph), first, count, fused, finished)

    def _meet(self, known: Known) -> None:
        """A pattern that was not there before may tell which rule its library has."""
        self._known.append(known)
        self.nodes.append(None)
        if known.pattern is None:
            return
        library, fits = known.pattern.library, fitting(known.pattern)
        rules = self._rules.get(library)
        narrowed = fits if rules is None else rules & fits
        if fits and narrowed != rules:
            self._rules[library] = narrowed
            asked = range(len(self._known))
        else:
            asked = range(len(self._known) - 1, len(self._known))
        for number in asked:
            self._answer(number, library)

    def _answer(self, number: int, library: int) -> None:
        known, before = self._known[number], self.nodes[number]
        if known.pattern is None or known.pattern.library != library:
            return
        found = agreed(known.pattern, sorted(self._rules.get(library, ())))
        self.nodes[number] = None if found is None else found + known.first
        if not np.array_equal(before, self.nodes[number]):
            self.changed.add(number)

    def patterns(self, numbers: np.ndarray) -> list[SectionPattern]:
        """Of sections that have these numbers."""
        order = np.argsort(numbers, kind="stable")
        present, firsts = np.unique(numbers[order], return_index=True)
        found = []
        for number, sections in zip(present.tolist(), np.split(order, firsts[1:]), strict=False):
            if number != NO_PATTERN:
                known = self._known[number]
                nodes = self.nodes[number]
                found.append(
                    SectionPattern(known.graph, sections, len(known.fused), known.fused, known.finished, nodes)
                )
        return found

"""The time of one thread as intervals without a gap in any run, each with what was going on from the outside in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from ggmlviz.analysis.flame_tree import stack
from ggmlviz.analysis.node_facts import UNATTRIBUTED, UNKNOWN
from ggmlviz.export.progress import Progress
from ggmlviz.export.table import CHUNK, Joins
from ggmlviz.format.layout import RowFlag

OUTSIDE = -1  # of all runs


class Interval(NamedTuple):
    begin: int  # ns
    end: int
    run: int  # index; only intervals of the same run are parts of one whole
    stack: tuple[str, ...]


def intervals_of_lane(joins: Joins, lane: int, progress: Progress) -> Iterator[Interval]:
    runs, sections = joins.trace.runs, joins.trace.sections
    stack_of = lru_cache(1 << 14)(lambda run_stack, graph, node, fused: _stack(joins, run_stack, graph, node, fused))
    sections_of = _sections_by_run(sections)
    wholes = [(int(runs["begin"][run]), run, None) for run in np.flatnonzero(runs["lane"] == lane).tolist()]
    in_no_run = np.flatnonzero((sections["lane"] == lane) & (sections["run"] < 0)).tolist()
    wholes += [(int(sections["begin"][section]), OUTSIDE, section) for section in in_no_run]
    for done, (begin, run, section) in enumerate(sorted(wholes, key=lambda whole: whole[0])):
        progress.tell(f"runs of thread {lane + 1}", done, len(wholes))
        if run == OUTSIDE:
            numbers, end, graph, outer = [section], int(sections["end"][section]), -1, ("outside of runs",)
        else:
            numbers = sections_of(run)
            end, graph = int(runs["end"][run]), int(runs["graph"][run])
            outer = (joins.graphs.of(graph).purpose.phase if graph >= 0 else "run",)
        now = begin
        for first, last, node, fused in _nodes(joins, numbers):
            if first > now:
                yield Interval(now, first, run, outer)
            yield Interval(first, last, run, stack_of(outer, graph, node, fused))
            now = last
        if end > now:
            yield Interval(now, end, run, outer)


def _sections_by_run(sections: np.ndarray) -> Callable[[int], list[int]]:
    order = np.argsort(sections["run"], kind="stable")
    runs = sections["run"][order]

    def of(run: int) -> list[int]:
        return order[np.searchsorted(runs, run) : np.searchsorted(runs, run, "right")].tolist()

    return of


def _nodes(joins: Joins, sections: list[int]) -> Iterator[tuple[int, int, int, bool]]:
    for section in sections:
        record = joins.trace.sections[section]
        first, count = int(record["first_execution"]), int(record["executions"])
        for begin in range(first, first + count, CHUNK):
            part = joins.trace.executions[begin : min(begin + CHUNK, first + count)]
            fused = (part["flags"] & RowFlag.NODE_FUSED != 0).tolist()
            yield from zip(part["begin"].tolist(), part["end"].tolist(), part["node"].tolist(), fused, strict=True)


def _stack(joins: Joins, outer: tuple[str, ...], graph: int, node: int, fused: bool) -> tuple[str, ...]:
    if graph < 0 or node < 0:
        return (*outer, *stack(UNKNOWN, UNATTRIBUTED))
    described = joins.graphs.of(graph)
    return (*outer, *stack(described.facts(node, fused), described.kind(node, fused)))

"""Sections that look alike: the same nodes of the same graph, as many of them computed, the same pairs fused.

What a section computed is found once for each pattern, and sums over many runs are sums over the rows of a matrix.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ggmlviz.format.layout import RowFlag, Status
from ggmlviz.trace.attribution import Pattern, attribute
from ggmlviz.trace.graphs import Graph


class SectionPattern(NamedTuple):
    graph: int
    sections: np.ndarray  # indices of the sections, rising
    computed: int  # how many nodes each of them computed
    fused: np.ndarray  # which of them did a pair, bool
    finished: bool
    nodes: np.ndarray | None  # the node of each, index in the run's graph; None where it cannot be told


def patterns_of(
    sections: np.ndarray, runs: np.ndarray, flags: np.ndarray, graph_of: Callable[[int], Graph]
) -> list[SectionPattern]:
    alike = alike_sections(sections, runs, flags)
    candidates, places = [], []
    for number, (graph_number, members, fused, finished) in enumerate(alike):
        first, count = int(sections["first"][members[0]]), int(sections["nodes"][members[0]])
        if found := candidate(graph_of(graph_number), first, count, fused, finished):
            candidates.append(found)
            places.append((number, first))
    answers: dict[int, np.ndarray] = {}
    for answer, (number, first) in zip(attribute(candidates), places, strict=True):
        if answer is not None:
            answers[number] = answer + first
    return [
        SectionPattern(graph, members, len(fused), fused, finished, answers.get(number))
        for number, (graph, members, fused, finished) in enumerate(alike)
    ]


def candidate(graph: Graph, first: int, count: int, fused: np.ndarray, finished: bool) -> Pattern | None:
    """What tells which nodes such a section computed; None where the graph does not fit it."""
    if not graph.complete or first < 0 or first + count > graph.nodes:
        return None
    return Pattern(graph.library, graph.window(first, count), fused, finished)


def alike_sections(
    sections: np.ndarray, runs: np.ndarray, flags: np.ndarray
) -> list[tuple[int, np.ndarray, np.ndarray, bool]]:
    """Of each pattern its graph, its sections, which of the computed nodes did a pair, and whether they finished."""
    if not len(sections) or not len(runs):
        return []
    graphs = np.where(sections["run"] >= 0, runs["graph"][sections["run"]], -1)
    finished = np.isin(sections["status"], (Status.SUCCESS, Status.UNKNOWN))
    keys = np.stack([graphs, sections["first"], sections["nodes"], sections["executions"], finished], axis=1)
    kinds, kind_of = np.unique(keys, axis=0, return_inverse=True)
    order = np.argsort(kind_of.ravel(), kind="stable")
    groups = np.split(order, np.cumsum(np.bincount(kind_of.ravel()))[:-1])
    found = []
    for kind, members in zip(kinds, groups, strict=True):
        graph, computed = int(kind[0]), int(kind[3])
        if graph < 0 or computed == 0:
            continue
        found += [(graph, part, fused, bool(kind[4])) for part, fused in _by_pairs(sections, members, computed, flags)]
    return found


def _by_pairs(sections: np.ndarray, members: np.ndarray, computed: int, flags: np.ndarray):
    """These sections, apart where other pairs were fused; nearly always they are all the same."""
    first = sections["first_execution"][members]
    left = np.arange(len(members))
    while len(left):
        like = flags[first[left[0]] : first[left[0]] + computed] & RowFlag.NODE_FUSED
        same = np.ones(len(left), bool)
        for step in range(0, len(left), 1024):  # bounded memory: a matrix of flags at a time
            part = left[step : step + 1024]
            matrix = flags[first[part][:, None] + np.arange(computed)] & RowFlag.NODE_FUSED
            same[step : step + 1024] = (matrix == like).all(axis=1)
        yield members[left[same]], like != 0
        left = left[~same]


def place_nodes(node: np.ndarray, sections: np.ndarray, pattern: SectionPattern) -> None:
    """Write the nodes of the pattern into the column of all computed nodes."""
    first = sections["first_execution"][pattern.sections]
    within = np.arange(pattern.computed)
    for step in range(0, len(first), 1024):
        node[first[step : step + 1024][:, None] + within] = pattern.nodes

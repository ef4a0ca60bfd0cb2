"""What a run that has not ended had computed in the section that had not ended either: which is in no table."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ggmlviz.format.layout import NONE, RowFlag, RowKind
from ggmlviz.trace.attribution import Pattern, attribute
from ggmlviz.trace.patterns import candidate
from ggmlviz.trace.trace import Trace
from ggmlviz.trace.unfinished import going_on


class UnfinishedOps(NamedTuple):
    begin: np.ndarray  # ns since the start of the trace
    end: np.ndarray
    node: np.ndarray  # index in the graph of the run, -1 unattributed
    fused: np.ndarray  # bool: with the node behind it


def ops_of_unfinished(trace: Trace, run: np.void) -> UnfinishedOps | None:
    """`run`: a row of `unfinished_runs`. None where it computes none."""
    lane = trace.lanes[run["lane"]]
    first = going_on(lane, RowKind.CPU_BEGIN, RowKind.CPU_END)
    if first is None or first < run["first_row"]:
        return None
    at = np.flatnonzero(lane.kinds[first:] == RowKind.NODE) + first
    if not len(at):
        return None
    moments = trace.clock.ns(lane.take("time", np.append(first, at)))
    fused = lane.take("flags", at) & RowFlag.NODE_FUSED != 0
    from_node = int(lane.take("value", np.array([first]))[0])
    node = _nodes(trace, int(run["graph"]), -1 if from_node == NONE else from_node, fused)
    return UnfinishedOps(moments[:-1], moments[1:], node, fused)


def _nodes(trace: Trace, number: int, first: int, fused: np.ndarray) -> np.ndarray:
    """By the rules that explain the finished sections: how many nodes this one was given is not known yet, but the
    first of them are the same however many they are."""
    unknown = np.full(len(fused), -1, np.int64)
    if number < 0 or first < 0:
        return unknown
    graph = trace.graph(number)
    mine = candidate(graph, first, graph.nodes - first, fused, False)
    if mine is None:
        return unknown
    nodes = attribute([*_finished(trace), mine])[-1]
    return unknown if nodes is None else nodes + first


def _finished(trace: Trace) -> list[Pattern]:
    found = []
    for pattern in trace.patterns:
        first, count = (int(trace.sections[field][pattern.sections[0]]) for field in ("first", "nodes"))
        if pattern.finished and (one := candidate(trace.graph(pattern.graph), first, count, pattern.fused, True)):
            found.append(one)
    return found

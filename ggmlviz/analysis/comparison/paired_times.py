"""The times of the nodes that two traces have in common, line by line."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ggmlviz.analysis.comparison.run_times import Identity, RunTimes


class Paired(NamedTuple):
    nodes: list[Identity]
    a: np.ndarray  # ns [node, run]; NaN where the run did not compute the node
    b: np.ndarray


def pair_up(a: RunTimes, b: RunTimes) -> Paired:
    """What one of them computes with one kernel and the other with two is compared by the sum of both."""
    fused = a.fused | b.fused
    a, b = _with_pairs_joined(a, fused), _with_pairs_joined(b, fused)
    line_of_b = {node: line for line, node in enumerate(b.nodes)}
    lines = [(line, line_of_b[node]) for line, node in enumerate(a.nodes) if node in line_of_b]
    at_a, at_b = (np.array(column, np.int64) for column in (zip(*lines, strict=True) if lines else ((), ())))
    return Paired([a.nodes[line] for line in at_a], a.ns[at_a], b.ns[at_b])


def _with_pairs_joined(times: RunTimes, fused: set[tuple[Identity, Identity]]) -> RunTimes:
    names = {node: first._replace(op=f"{first.op}+{second.op}") for first, second in fused for node in (first, second)}
    lines: dict[Identity, int] = {}
    of_line = [lines.setdefault(names.get(node, node), len(lines)) for node in times.nodes]
    ns = np.zeros((len(lines), times.runs))
    np.add.at(ns, of_line, np.nan_to_num(times.ns))
    there = np.zeros(ns.shape, bool)
    np.logical_or.at(there, of_line, ~np.isnan(times.ns))
    return RunTimes(list(lines), np.where(there, ns, np.nan), times.fused)

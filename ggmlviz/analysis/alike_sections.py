"""Sections that computed the same nodes, as matrices: a row for each section, a column for each node.

All sums over computed nodes go through here, so that the work in Python is for every kind of section and not for every
computed node.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ggmlviz.analysis.time_range import EVERYTHING, TimeRange, sections_in
from ggmlviz.trace.trace import Trace

UNKNOWN = -1


class Alike(NamedTuple):
    graph: int  # UNKNOWN: not described
    nodes: np.ndarray  # of the graph, in the order in which they were computed; UNKNOWN: unattributed
    fused: np.ndarray  # computed together with the node behind it
    sections: np.ndarray  # which they are
    first: np.ndarray  # for each section, where it begins in the columns of `trace.ops`

    def places(self, first: np.ndarray) -> np.ndarray:
        """A row for each section that begins at these places, a column for each node."""
        return first[:, None] + np.arange(len(self.nodes))


def alike_sections(trace: Trace, range: TimeRange = EVERYTHING) -> list[Alike]:
    """Every section in the range that computed anything is in one of them."""
    sections, firsts, chosen = trace.sections, trace.ops.firsts, sections_in(trace, range)
    found = []
    for pattern in trace.patterns:
        members = pattern.sections[chosen[pattern.sections]]
        chosen[members] = False
        if len(members):
            nodes = np.full(pattern.computed, UNKNOWN) if pattern.nodes is None else pattern.nodes
            found.append(Alike(pattern.graph, nodes, pattern.fused, members, firsts[members]))
    # What is left is of graphs that nobody described: all that counts is how long they took.
    left = np.flatnonzero(chosen & (sections["executions"] > 0))
    for width in np.unique(sections["executions"][left]).tolist():
        members = left[sections["executions"][left] == width]
        found.append(Alike(UNKNOWN, np.full(width, UNKNOWN), np.zeros(width, bool), members, firsts[members]))
    return found

"""Computed nodes that a query names: all of them, in the order of time within each lane."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ggmlviz.analysis.alike_sections import alike_sections
from ggmlviz.analysis.node_facts import FactsOfGraphs
from ggmlviz.analysis.query import Query
from ggmlviz.trace.trace import Trace

AT_ONCE = 1 << 16  # computed nodes


@dataclass(frozen=True, eq=False)
class Found:
    query: str
    at: np.ndarray  # uint32, indices into the columns of `trace.ops`, rising

    def within(self, first: int, last: int) -> np.ndarray:
        low, high = np.searchsorted(self.at, np.array([first, last], self.at.dtype))
        return self.at[low:high]


def find_ops(
    trace: Trace, facts: FactsOfGraphs, query: Query, progress: Callable[[float], None] = lambda share: None
) -> Found:
    lit = np.zeros(len(trace.ops), bool)
    duration = trace.ops.duration
    timed = query.shortest > 0 or query.longest < float("inf")
    for alike in alike_sections(trace):
        fits = [
            query.fit(facts.of(alike.graph, node, fused))
            for node, fused in zip(alike.nodes.tolist(), alike.fused.tolist(), strict=True)
        ]
        within = np.flatnonzero(fits)
        many = max(1, AT_ONCE // max(1, len(within)))
        for step in range(0, len(alike.first) if len(within) else 0, many):
            progress(step / len(alike.first))
            at = (alike.first[step : step + many, None] + within).ravel()
            lit[at] = (duration[at] >= query.shortest) & (duration[at] <= query.longest) if timed else True
    return Found(query.text, _positions(lit))


def _positions(lit: np.ndarray, at_once: int = 1 << 22) -> np.ndarray:
    found = [np.empty(0, np.uint32)]
    for low in range(0, len(lit), at_once):
        found.append((np.flatnonzero(lit[low : low + at_once]) + low).astype(np.uint32))
    return np.concatenate(found)


@dataclass(frozen=True, eq=False)
class Spread:
    """How many of them lasted how long; the bins are of equal width on a logarithmic scale."""

    edges: np.ndarray  # ns, one more than bins
    counts: np.ndarray
    longest: int  # ns
    mean: float
    total: int

    def bin_of(self, durations: np.ndarray) -> np.ndarray:
        return np.clip(np.searchsorted(self.edges, durations, "right") - 1, 0, len(self.counts) - 1)


def spread_of(trace: Trace, found: Found, bins: int = 48) -> Spread | None:
    """None where nothing was found."""
    if not len(found.at):
        return None
    durations = trace.ops.duration[found.at]
    low, high = max(1, int(durations.min())), max(2, int(durations.max()))
    # An edge below all, so that an op that took no time is in the first bin.
    edges = np.geomspace(low, max(high, low * 1.02), bins + 1)
    counts = np.bincount(np.clip(np.searchsorted(edges, durations, "right") - 1, 0, bins - 1), minlength=bins)
    return Spread(edges, counts, high, float(durations.mean()), int(durations.sum()))


def of_bin(trace: Trace, found: Found, spread: Spread, number: int) -> Found:
    """Those of one bin only."""
    bins = spread.bin_of(trace.ops.duration[found.at])
    return Found(found.query, found.at[bins == number])

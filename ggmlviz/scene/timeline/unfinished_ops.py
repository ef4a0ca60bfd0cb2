"""The ops that a run computed which has not ended: in the lane of the others, and like them."""

from __future__ import annotations

import numpy as np

from ggmlviz.analysis.node_facts import NodeFacts
from ggmlviz.analysis.time_range import TimeRange
from ggmlviz.scene.opened import Opened
from ggmlviz.scene.timeline.frame import Hit
from ggmlviz.scene.timeline.spans import SpansLane
from ggmlviz.scene.units import duration
from ggmlviz.trace.unfinished_ops import UnfinishedOps


class UnfinishedOpsLane(SpansLane):
    """Drawn within another lane, or as one where nothing else was computed there."""

    height = 34.0

    def __init__(
        self, key: str, opened: Opened, run: np.void, ops: UnfinishedOps, colours: np.ndarray, unattributed: int
    ):
        self.lane, self._opened, self._ops, self._graph = int(run["lane"]), opened, ops, int(run["graph"])
        self._run = f"run {run['number'] + 1:,}"
        kinds = np.full(len(ops.node), unattributed)
        known = ops.node >= 0
        if known.any():
            kinds[known] = opened.families(self._graph)[ops.node[known]]
        super().__init__(key, ops.begin, ops.end, kinds, colours)

    def _facts(self, at: int) -> NodeFacts:
        return self._opened.facts.of(self._graph, int(self._ops.node[at]), bool(self._ops.fused[at]))

    def texts(self, at: int) -> tuple[str, ...]:
        op, tensor, *_ = self._facts(at)
        return (f"{op} {tensor}", tensor, op) if tensor != op else (op,)

    def hit(self, at: int, span: TimeRange) -> Hit:
        op, tensor, *_ = self._facts(at)
        took = span.end - span.begin
        lines = [
            f"{op}  {tensor}" if self._ops.node[at] >= 0 else "unattributed: it cannot be told which node this was",
            f"{duration(took)}  ({took:,} ns)",
            f"{self._run}, unfinished: it is in no statistics",
        ]
        return Hit("unfinished", self.key, "\n".join(lines), span)

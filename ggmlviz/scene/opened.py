"""An opened trace with what several views need to know of it, found once."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import numpy as np

from ggmlviz.analysis.memory.places import MemoryPlaces
from ggmlviz.analysis.memory.tensor_accesses import TensorAccesses
from ggmlviz.analysis.node_facts import FactsOfGraphs
from ggmlviz.analysis.time_range import TimeRange
from ggmlviz.scene.heatmap.buffers import MemoryStrips
from ggmlviz.scene.palette import family_of
from ggmlviz.trace.trace import Trace


class Opened:
    """`before`: an earlier state of the same trace. Graphs never change, so what is known of them stays true."""

    def __init__(self, trace: Trace, before: Opened | None = None):
        self.trace = trace
        self.facts = before.facts.still_of(trace) if before else FactsOfGraphs(trace)
        self._families: dict[int, np.ndarray] = before._families if before else {}

    @cached_property
    def places(self) -> MemoryPlaces:
        return MemoryPlaces(self.trace)

    @property
    def path(self) -> Path:
        return Path(self.trace.recording.path)

    @cached_property
    def accesses(self) -> TensorAccesses:
        return TensorAccesses(self.trace, self.facts, self.places)

    @cached_property
    def memory_strips(self) -> MemoryStrips:
        return MemoryStrips(self.trace, self.accesses)

    @cached_property
    def whole(self) -> TimeRange:
        """From the first to the last thing that happened."""
        runs, sections = self.trace.runs, self.trace.sections
        begins = np.concatenate([runs["begin"], sections["begin"]])
        ends = np.concatenate([runs["end"], sections["end"]])
        return TimeRange(int(begins.min()), int(ends.max())) if len(begins) else TimeRange(0, 1)

    @cached_property
    def runs_by_time(self) -> np.ndarray:
        """Indices of the runs as they began: the table itself goes lane by lane."""
        return np.argsort(self.trace.runs["begin"], kind="stable")

    def families(self, graph: int) -> np.ndarray:
        """For each member of a graph the family of its op, an index into FAMILY_NAMES."""
        if graph not in self._families:
            self._families[graph] = np.array([family_of(op) for op in self.trace.graph(graph).ops], np.uint8)
        return self._families[graph]

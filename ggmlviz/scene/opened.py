"""An opened trace with what several views need to know of it, found once."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import numpy as np

from ggmlviz.analysis.memory.places import MemoryPlaces
from ggmlviz.analysis.memory.tensor_accesses import TensorAccesses
from ggmlviz.analysis.node_facts import FactsOfGraphs
from ggmlviz.analysis.run_names import RunNames
from ggmlviz.analysis.time_range import TimeRange
from ggmlviz.scene.heatmap.buffers import MemoryStrips
from ggmlviz.scene.palette import family_of
from ggmlviz.trace.trace import Trace
from ggmlviz.trace.unfinished import unfinished_runs

SHORT = 0.1  # of all the time


class Opened:
    """`before`: an earlier state of the same trace. Graphs never change, so what is known of them stays true.
    `whole_of_it`: that of which the trace is the newest part."""

    def __init__(self, trace: Trace, before: Opened | None = None, whole_of_it: Opened | None = None):
        self.trace, self.whole_of_it = trace, whole_of_it
        self.facts = before.facts.still_of(trace) if before else FactsOfGraphs(trace)
        self.places = before.places.still_of(trace) if before else MemoryPlaces(trace)
        self._families: dict[int, np.ndarray] = before._families if before else {}

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
    def unfinished(self) -> np.ndarray:
        """Runs that have not ended. They may have begun before the newest part of a trace."""
        return self.whole_of_it.unfinished if self.whole_of_it else unfinished_runs(self.trace)

    @cached_property
    def whole(self) -> TimeRange:
        """From the first to the last thing that happened: the loading of a model, too."""
        return self._around(self.trace.runs, self.trace.sections, self.trace.transfers)

    @cached_property
    def first_view(self) -> TimeRange:
        """What is shown first: the graph runs. What was loaded before and is read behind them only if that is short."""
        computed, whole = self._around(self.trace.runs, self.trace.sections), self.whole
        around = (whole.end - whole.begin) - (computed.end - computed.begin)
        return whole if around <= SHORT * (whole.end - whole.begin) else computed

    @cached_property
    def runs_by_time(self) -> np.ndarray:
        """Indices of the runs as they began: the table itself goes lane by lane."""
        return np.argsort(self.trace.run_begins, kind="stable")

    @cached_property
    def begins_by_time(self) -> np.ndarray:
        """When each of these began."""
        return self.trace.run_begins[self.runs_by_time]

    @cached_property
    def run_names(self) -> RunNames:
        return RunNames(self.trace)

    def families(self, graph: int) -> np.ndarray:
        """For each member of a graph the family of its op, an index into FAMILY_NAMES."""
        if graph not in self._families:
            self._families[graph] = np.array([family_of(op) for op in self.trace.graph(graph).ops], np.uint8)
        return self._families[graph]

    def _around(self, *tables: np.ndarray) -> TimeRange:
        """From the first begin to the last end, or to where it is known that a run was going on."""
        spans = [(int(table["begin"].min()), int(table["end"].max())) for table in tables if len(table)]
        spans += self.unfinished[["begin", "until"]].tolist()
        begins, ends = zip(*spans, strict=True) if spans else ((0,), (1,))
        return TimeRange(min(begins), max(ends))

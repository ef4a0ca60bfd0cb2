"""What a picture of the memory is about: which runs are summed up, and which run and node is the moment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ggmlviz.analysis.memory.node_accesses import NODE_ACCESS
from ggmlviz.analysis.time_range import TimeRange, of_whole_runs, runs_in
from ggmlviz.scene.focus import Focus
from ggmlviz.scene.heatmap.options import HeatmapOptions
from ggmlviz.scene.opened import Opened


@dataclass(frozen=True, eq=False)
class Subject:
    range: TimeRange  # runs that begin in it are summed up
    run: int | None  # whose tensors the compute buffers show
    graph: int  # of that run; -1: none is known
    node: int | None  # the selected one, if it is of that graph
    touched: np.ndarray  # NODE_ACCESS of the selected node
    runs: int  # how many are summed up


def subject_of(opened: Opened, focus: Focus, options: HeatmapOptions) -> Subject:
    trace, selection = opened.trace, focus.selection
    run = selection.run
    if run is None:
        run = _last_run(opened, focus.range)
    if options.one_run and run is not None:
        begin = int(trace.runs["begin"][run])
        range = TimeRange(begin, begin + 1)
    else:
        range = of_whole_runs(trace, focus.range)
    graph = int(trace.runs["graph"][run]) if run is not None else -1
    node = selection.member if selection.graph == graph and selection.member is not None else None
    if node is not None and node >= trace.graph(graph).nodes:
        node = None
    touched = np.empty(0, NODE_ACCESS)
    if node is not None and graph >= 0:
        rows = opened.accesses.nodes.of_graph(graph)
        # A node that was computed with the one before it is in that one's rows.
        touched = rows[(rows["node"] == node) | ((rows["node"] == node - 1) & rows["fused"])]
    return Subject(range, run, graph, node, touched, int(runs_in(trace, range).sum()))


def _last_run(opened: Opened, range: TimeRange) -> int | None:
    """The one that ran last before the range ends."""
    at = int(np.searchsorted(opened.begins_by_time, range.end)) - 1
    return int(opened.runs_by_time[at]) if at >= 0 else None

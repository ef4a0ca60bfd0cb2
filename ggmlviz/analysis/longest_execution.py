"""The slowest single time that some of the nodes were computed: where one looks first."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ggmlviz.analysis.alike_sections import alike_sections
from ggmlviz.analysis.execution_times import durations_at
from ggmlviz.analysis.node_times import node_times
from ggmlviz.analysis.time_range import EVERYTHING, TimeRange
from ggmlviz.trace.trace import Trace


def longest_execution(
    trace: Trace, wanted: Callable[[int, int, bool], bool], range: TimeRange = EVERYTHING
) -> int | None:
    """Index into trace.ops; `wanted` is asked with graph, node and whether it was fused with the next."""
    times = node_times(trace, range)
    keys = zip(times["graph"].tolist(), times["node"].tolist(), times["fused"].tolist(), strict=True)
    chosen = times[np.array([wanted(*key) for key in keys], bool)]
    if not len(chosen):
        return None
    slowest = chosen[np.argmax(chosen["longest"])]
    for alike in alike_sections(trace, range):
        if alike.graph != slowest["graph"]:
            continue
        for column in np.flatnonzero((alike.nodes == slowest["node"]) & (alike.fused == slowest["fused"])).tolist():
            executions = alike.first + column
            durations = durations_at(trace, executions)
            if durations.max() == slowest["longest"]:
                return int(executions[np.argmax(durations)])
    return None

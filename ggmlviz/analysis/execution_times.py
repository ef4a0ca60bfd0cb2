"""When single computed nodes were computed, without a column of all of them."""

from __future__ import annotations

import numpy as np

from ggmlviz.analysis.time_range import TimeRange
from ggmlviz.format.layout import RowKind
from ggmlviz.trace.trace import Trace


def section_of(trace: Trace, execution: int) -> int:
    """Index of its section; sections without any are passed over."""
    return int(np.searchsorted(trace.sections["first_execution"], execution, "right")) - 1


def node_rows(trace: Trace, section: int) -> np.ndarray:
    """Where in its lane the rows of the nodes are that a section computed."""
    record = trace.sections[section]
    first, last = int(record["first_row"]), int(record["last_row"])
    return first + np.flatnonzero(trace.lanes[record["lane"]].kinds[first:last] == RowKind.NODE)


def span_of(trace: Trace, execution: int) -> TimeRange:
    """From the end of the node before, or the begin of the section, to when all threads had ended."""
    section = section_of(trace, execution)
    record = trace.sections[section]
    at = execution - int(record["first_execution"])
    rows = node_rows(trace, section)[max(at - 1, 0) : at + 1]
    times = trace.clock.ns(trace.lanes[record["lane"]].take("time", rows))
    return TimeRange(int(times[0]) if at else int(record["begin"]), int(times[-1]))


def durations_at(trace: Trace, executions: np.ndarray) -> np.ndarray:
    """ns; in any order."""
    order = np.argsort(executions, kind="stable")
    rising = executions[order]
    durations = np.empty(len(executions), np.int64)
    for stretch in trace.ops.stretches():
        low, high = np.searchsorted(rising, (stretch.executions.start, stretch.executions.stop))
        if low < high:
            durations[order[low:high]] = stretch.duration()[rising[low:high] - stretch.executions.start]
    return durations

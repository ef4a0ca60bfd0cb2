"""Which run something that happened belongs to, or follows."""

from __future__ import annotations

import numpy as np

from ggmlviz.trace.trace import Trace


def run_before(trace: Trace, table: np.ndarray) -> np.ndarray:
    """Index of the run that began last in the lane of each of these before it did; -1 for none."""
    found = np.full(len(table), -1, np.int64)
    for lane in np.unique(table["lane"]).tolist():
        mine, runs = table["lane"] == lane, np.flatnonzero(trace.runs["lane"] == lane)
        at = np.searchsorted(trace.runs["begin"][runs], table["begin"][mine], "right")
        found[mine] = np.append(-1, runs)[at]
    return found

"""Which runs an answer is about: those that begin in a range of time, whole, so that no token is cut in two."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ggmlviz.trace.trace import Trace

END_OF_TIME = 1 << 62


class TimeRange(NamedTuple):
    """Nanoseconds since the start of the trace; the end is not part of it."""

    begin: int = 0
    end: int = END_OF_TIME

    def has(self, times: np.ndarray) -> np.ndarray:
        return (times >= self.begin) & (times < self.end)


EVERYTHING = TimeRange(-END_OF_TIME)


def runs_in(trace: Trace, range: TimeRange) -> np.ndarray:
    """For every run, whether it is in the range."""
    return range.has(trace.runs["begin"])


def sections_in(trace: Trace, range: TimeRange) -> np.ndarray:
    """For every section: as its run, or by its own begin where that is not known."""
    sections = trace.sections
    run, begins = sections["run"], sections["begin"].copy()
    begins[run >= 0] = trace.runs["begin"][run[run >= 0]]
    return range.has(begins)


def seconds_covered(trace: Trace, range: TimeRange) -> float:
    """From the first begin to the last end of the runs in the range."""
    runs = trace.runs[runs_in(trace, range)]
    return float(runs["end"].max() - runs["begin"].min()) / 1e9 if len(runs) else 0.0

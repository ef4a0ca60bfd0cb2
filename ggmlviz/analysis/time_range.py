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
    return range.has(trace.run_begins)


def sections_in(trace: Trace, range: TimeRange) -> np.ndarray:
    """For every section: as its run, or by its own begin where that is not known."""
    return range.has(trace.section_starts)


def happened_in(trace: Trace, table: np.ndarray, range: TimeRange) -> np.ndarray:
    """Whether what happened on some lane belongs to a run in the range, or comes after it and before the next."""
    chosen, runs = runs_in(trace, range), trace.runs
    inside = np.zeros(len(table), bool)
    for lane in np.unique(table["lane"]).tolist():
        mine, of_lane = np.flatnonzero(table["lane"] == lane), np.flatnonzero(runs["lane"] == lane)
        run = np.searchsorted(runs["begin"][of_lane], table["begin"][mine], "right") - 1
        inside[mine] = (run >= 0) & chosen[of_lane[np.maximum(run, 0)]] if len(of_lane) else False
    return inside


def of_whole_runs(trace: Trace, range: TimeRange) -> TimeRange:
    """The range, or where nothing begins in it the run that it lies in: no range of a run is about nothing."""
    runs = trace.runs
    if runs_in(trace, range).any() or sections_in(trace, range).any():
        return range
    around = (runs["begin"] < range.end) & (runs["end"] > range.begin)
    return TimeRange(int(runs["begin"][around].max()), range.end) if around.any() else range


def seconds_covered(trace: Trace, range: TimeRange) -> float:
    """From the first begin to the last end of the runs in the range."""
    runs = trace.runs[runs_in(trace, range)]
    return float(runs["end"].max() - runs["begin"].min()) / 1e9 if len(runs) else 0.0

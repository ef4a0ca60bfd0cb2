"""What a ring holds as a trace file: the flight recorder's answer to what has just happened."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ggmlviz.analysis.time_range import END_OF_TIME, TimeRange
from ggmlviz.errors import UnsuitableTrace
from ggmlviz.export.trim import write_range
from ggmlviz.trace.trace import Trace

ORIGIN, REASON = "saved from", "saved because"


def save(ring: Path, output: Path, last: float | None = None, reason: str = "") -> int:
    """Write the whole runs that are in a ring, of the last seconds if these are given; returns how many there are.

    The run that goes on, or went on when the process crashed, is written as one that has not ended. The ring stays as
    it is, and its process goes on recording.
    """
    trace = Trace.open(ring)
    if not len(trace.runs):
        raise UnsuitableTrace(ring, "no graph run in it has ended yet", "save it a little later")
    begin = _since_when_it_is_whole(trace)
    if last is not None:
        begin = max(begin, int(trace.runs["end"].max() - round(last * 1e9)))
    facts = {ORIGIN: str(ring)} | ({REASON: reason} if reason else {})
    return write_range(trace, TimeRange(begin, END_OF_TIME), output, facts)


def _since_when_it_is_whole(trace: Trace) -> int:
    """Behind all rows that were overwritten: these made room for later ones, and are no loss in what is saved."""
    whole = [0]
    for lane, source in zip(trace.lanes, trace.recording.lanes, strict=True):
        if len(lane) and source.pieces[0].first > 0:
            whole.append(int(trace.clock.ns(lane.take("time", np.array([0])))[0]))
    begins = trace.runs["begin"]
    later = begins[begins >= max(whole)]
    return int(later.min()) if len(later) else max(whole)

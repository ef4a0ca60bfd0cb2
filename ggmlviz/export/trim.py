"""A range of a trace as a trace of its own."""

from __future__ import annotations

import os
from pathlib import Path

from ggmlviz.analysis.row_range import rows_within
from ggmlviz.analysis.time_range import TimeRange, runs_in
from ggmlviz.errors import DamagedTrace, UnsuitableTrace
from ggmlviz.format.container import Container
from ggmlviz.format.definitions import Definitions
from ggmlviz.format.record_bytes import meta_record, string_record
from ggmlviz.format.source import Source
from ggmlviz.format.writer import Facts, Writer
from ggmlviz.trace.old_recording import OldRecording
from ggmlviz.trace.trace import Trace

FACT = "trimmed from"


def trim(path: Path, begin_seconds: float, end_seconds: float, output: Path) -> int:
    """Write the runs that begin in a range of seconds since the trace's start, whole; returns how many there are.

    Times, ids, lanes and numbers of runs stay what they were, so that both traces can be talked about in one language.
    """
    trace = Trace.open(path)
    if isinstance(trace.recording, OldRecording):
        raise UnsuitableTrace(path, "it is of format 1, which is read and not written any more", "trim a newer one")
    wanted = TimeRange(round(begin_seconds * 1e9), round(end_seconds * 1e9))
    return write_range(trace, wanted, output, {FACT: f"{path.name}, {begin_seconds:g} s to {end_seconds:g} s"})


def write_range(trace: Trace, wanted: TimeRange, output: Path, facts: dict[str, str]) -> int:
    """`facts` are added to those that the trace tells about itself."""
    recording, path = trace.recording, trace.recording.path
    runs = int(runs_in(trace, wanted).sum())
    if not runs:
        raise UnsuitableTrace(path, "no graph run begins in that range", _where_runs_are(trace))
    definitions = _definitions(path, facts)
    with Writer(output, Facts.of(recording.header), recording.header["segment_bytes"]) as writer:
        writer.definitions(definitions)
        for lane, rows in zip(trace.lanes, rows_within(trace, wanted), strict=True):
            if len(rows):
                writer.rows(lane.number, rows)
    return runs


def _where_runs_are(trace: Trace) -> str:
    if not len(trace.runs):
        return "it has no graph runs at all"
    begins = trace.runs["begin"] / 1e9
    return f"its runs begin between {begins.min():.3f} s and {begins.max():.3f} s"


def _definitions(path: str | os.PathLike[str], facts: dict[str, str]) -> bytes:
    """All there are. What was defined while rows were read is there too: it names nothing that is not."""
    data = Container(Source(path)).advance()
    read = Definitions()
    read.feed(data)
    if any("damaged" in problem for problem in read.problems):
        raise DamagedTrace(path, "its definitions are damaged", "trim a copy that `ggml-viz validate` calls sound")
    known = len(read.strings)
    if not known:
        return data
    return data + b"".join(_fact(known + 2 * at, *fact) for at, fact in enumerate(facts.items()))


def _fact(string: int, key: str, value: str) -> bytes:
    return string_record(string, key) + string_record(string + 1, value) + meta_record(string, string + 1)

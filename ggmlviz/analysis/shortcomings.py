"""What one has to know of a trace's data before one believes its numbers, in sentences."""

from __future__ import annotations

from ggmlviz.analysis.serialised import serialised_runs
from ggmlviz.trace.old_recording import NUMBERED, OldRecording
from ggmlviz.trace.trace import Trace
from ggmlviz.trace.validate import losses


def shortcomings(trace: Trace) -> tuple[str, ...]:
    """Nothing where the data is complete and was taken while the program ran as it always does."""
    numbered = NUMBERED if isinstance(trace.recording, OldRecording) else ""
    return (*filter(None, [trace.untold, numbered, _serialised(trace)]), *losses(trace), *trace.recording.problems)


def _serialised(trace: Trace) -> str:
    count = int(serialised_runs(trace).sum())
    runs = f"{count:,} of {len(trace.runs):,} graph runs were"
    how = "their nodes were handed over one by one, as an eval callback makes ggml do, so nothing overlaps in them"
    return f"{runs} serialised: {how}" if count else ""

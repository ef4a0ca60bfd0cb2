"""What is counted over time: live bytes by role, resident memory, page faults."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ggmlviz.export.perfetto_events import Event, Tracks
from ggmlviz.trace.buffers import ROLES
from ggmlviz.trace.trace import Trace


def counters(trace: Trace, tracks: Tracks) -> Iterator[Event]:
    yield from _live_bytes(trace, tracks)
    runs = trace.runs[np.argsort(trace.runs["end"])]
    for run in runs[runs["resident"] >= 0]:
        yield tracks.counter("resident memory", int(run["end"]), {"bytes": int(run["resident"])})
    # Counted from the first run on, so that the slope shows where they happen.
    minor = major = 0
    for run in runs[runs["minor_faults"] >= 0]:
        minor += int(run["minor_faults"])
        major += int(run["major_faults"])
        yield tracks.counter("page faults", int(run["end"]), {"minor": minor, "major": major})


def _live_bytes(trace: Trace, tracks: Tracks) -> Iterator[Event]:
    buffers = trace.buffers
    freed = buffers[buffers["frees"] > 0]
    times = np.concatenate([buffers["begin"], freed["end"]])
    changes = np.concatenate([buffers["size"], -freed["size"]])
    roles = np.concatenate([buffers["role"], freed["role"]])
    live = dict.fromkeys(ROLES, 0)
    for at in np.argsort(times, kind="stable").tolist():
        live[ROLES[roles[at]]] += int(changes[at])
        yield tracks.counter("live bytes", int(times[at]), live)

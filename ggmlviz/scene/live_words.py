"""What a program does right now, in words."""

from __future__ import annotations

import numpy as np

from ggmlviz.analysis.tokens import generated_tokens
from ggmlviz.scene.opened import Opened
from ggmlviz.scene.units import rate

WINDOW = 1_000_000_000  # ns: speeds are of the last second
ENDINGS = {
    "live": "",
    "stopped": "STOPPED by a signal",
    "ended": "ENDED",
    "crashed": "CRASHED",
}


def live_words(opened: Opened, state: str, following: bool) -> str:
    """LIVE · 6,234 tok/s · MUL_MAT ffn_out-3."""
    if ending := ENDINGS.get(state, state.upper()):
        return ending
    words = ["LIVE" if following else "PAUSED (Space goes on)"]
    if following:
        tokens = generated_tokens(opened.trace, opened.whole.end - WINDOW)
        lasting = min(WINDOW, opened.whole.end - opened.whole.begin) / 1e9
        words += [f"{rate(tokens / lasting)} tok/s now" if tokens else "", newest_op(opened)]
    return " · ".join(filter(None, words))


def newest_op(opened: Opened) -> str:
    """The last node that was computed."""
    trace = opened.trace
    if not len(trace.ops):
        return ""
    lanes = np.flatnonzero(trace.sections["executions"] > 0)
    section = lanes[trace.sections["end"][lanes].argmax()]
    run = int(trace.sections["run"][section])
    at = int(trace.sections["first_execution"][section] + trace.sections["executions"][section]) - 1
    graph, node = int(trace.runs["graph"][run]) if run >= 0 else -1, int(trace.ops.node[at])
    if graph < 0 or node < 0:
        return ""
    return f"{trace.graph(graph).ops[node]} {trace.graph(graph).names[node]}"

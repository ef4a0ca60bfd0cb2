"""From run to run, in the order of time, and what is said of each in a few words."""

from __future__ import annotations

import numpy as np

from ggmlviz.scene.opened import Opened
from ggmlviz.scene.units import duration
from ggmlviz.trace.phases import PHASES


def place_of(opened: Opened, run: int) -> int:
    """How many runs began before it."""
    return int(np.flatnonzero(opened.runs_by_time == run)[0])


def step(opened: Opened, run: int | None, by: int, around: int) -> int | None:
    """The run so many further on; from none, the one next to this moment. None: there is none beyond the last."""
    order = opened.runs_by_time
    if not len(order):
        return None
    if run is None:
        return nearest(opened, around)
    place = place_of(opened, run) + by
    return int(order[place]) if 0 <= place < len(order) else None


def nearest(opened: Opened, moment: int) -> int:
    """The run that is going on then, else the last one that began before, else the first."""
    order = opened.runs_by_time
    begins = opened.trace.runs["begin"][order]
    return int(order[max(0, int(np.searchsorted(begins, moment, "right")) - 1)])


def run_words(opened: Opened, run: int) -> str:
    """token 38 · generation · 14.5 ms"""
    trace = opened.trace
    record, phase = trace.runs[run], trace.phases[run]
    name, tokens = PHASES[phase["phase"]], int(phase["tokens"])
    words = [name, duration(int(record["end"] - record["begin"]))]
    if tokens == 1:
        words.insert(0, opened.run_names.token(run))
    elif tokens:
        words.insert(0, f"{tokens:,} tokens")
    return " · ".join(words)

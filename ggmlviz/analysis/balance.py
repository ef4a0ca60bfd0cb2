"""How evenly the threads shared the work, and what perfect sharing would save.

Between two barriers every thread works and then waits for the slowest, so their mean wait is the time by which the
slowest exceeds the mean, plus what the barrier itself takes. Perfect sharing saves at most that.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ggmlviz.analysis.time_range import EVERYTHING, TimeRange, sections_in
from ggmlviz.analysis.totals import Node, totals
from ggmlviz.trace.phases import PHASES
from ggmlviz.trace.trace import Trace


@dataclass(frozen=True)
class OpWait:
    """As thread 0 saw it: waits of the other threads are known by section, not by op."""

    op: str
    time: int  # ns
    wait: int
    share: float  # of the op's time


@dataclass(frozen=True)
class Balance:
    threads: int  # most that computed together
    work: int  # ns, of all threads
    wait: int
    wait_share: float
    section_time: int  # ns
    savable: int  # ns at most, were the work shared perfectly and barriers free

    @property
    def savable_share(self) -> float:
        return self.savable / self.section_time if self.section_time else 0.0


def balance(trace: Trace, range: TimeRange = EVERYTHING, phase: str | None = None) -> Balance | None:
    """None where waits are not recorded: at a lower detail, or of a ggml that tells no node times."""
    parts, sections = trace.parts, trace.sections
    chosen = sections_in(trace, range)
    if phase:
        chosen &= sections["run"] >= 0
        chosen[chosen] = trace.phases["phase"][sections["run"][chosen]] == PHASES.index(phase)
    parts = parts[chosen[parts["section"]]]
    # Where rows are missing, a thread seems to have passed fewer barriers: its waits are not known.
    parts = parts[parts["barriers"] == sections["barriers"][parts["section"]]]
    if not len(parts):
        return None
    threads = np.bincount(parts["section"], minlength=len(sections))
    waits = np.bincount(parts["section"], parts["wait"], minlength=len(sections))
    some = threads > 0
    work, wait = int(parts["work"].sum()), int(parts["wait"].sum())
    time = int((sections["end"] - sections["begin"])[some].sum())
    savable = round(float((waits[some] / threads[some]).sum()))
    return Balance(int(threads.max()), work, wait, wait / (work + wait) if work + wait else 0.0, time, savable)


def waits_by_op(nodes: Iterable[Node]) -> list[OpWait]:
    """Most waiting first."""
    found = [OpWait(op.name, op.time, op.wait, op.wait / op.time if op.time else 0.0) for op in totals(nodes, "op")]
    return sorted(found, key=lambda op: -op.wait)

"""What a run is called: tokens are counted as they were made, all else says its phase."""

from __future__ import annotations

import numpy as np

from ggmlviz.trace.phases import PHASES
from ggmlviz.trace.trace import Trace


class RunNames:
    """A run of one token is called by its place among the runs of its phase."""

    def __init__(self, trace: Trace):
        self._phases, self._runs = trace.phases, trace.runs
        phase = self._phases["phase"]
        order = np.argsort(self._runs["begin"], kind="stable")
        self._place = np.zeros(len(phase), np.int64)
        for number in np.unique(phase).tolist():
            same = order[phase[order] == number]
            self._place[same] = np.arange(1, len(same) + 1)

    def numbered(self, run: int) -> str:
        """Counted from 1 since the program began, as people count; it stays the same while older runs are forgotten."""
        return f"run {self._runs['number'][run] + 1:,}"

    def token(self, run: int) -> str:
        """Of a run of one token."""
        return f"token {self._place[run]:,}"

    def of(self, run: int) -> str:
        phase, tokens = PHASES[self._phases["phase"][run]], int(self._phases["tokens"][run])
        if tokens == 1:
            return self.token(run)
        if phase == "other":
            return self.numbered(run)
        return f"{phase} · {tokens:,} tokens" if tokens else phase

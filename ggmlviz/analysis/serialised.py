"""Runs whose nodes were handed to their backend one by one, as an eval callback makes ggml do it.

ggml's scheduler hands over what follows each other on one backend together, but for a few cases in which inputs are too
many or have to be copied. So where most nodes of a run came alone, right behind one another and on the same backend,
somebody wanted to look at each before the next began: then nothing overlaps, and every node pays for the hand-over.
"""

from __future__ import annotations

import numpy as np

from ggmlviz.analysis.run_before import run_before
from ggmlviz.format.layout import NONE
from ggmlviz.trace.trace import Trace

FEWEST = 8  # nodes; so few could be handed over alone by chance


def serialised_runs(trace: Trace) -> np.ndarray:
    """bool, parallel to the runs."""
    splits, runs = trace.splits, trace.runs
    if len(splits) <= FEWEST or not len(runs):
        return np.zeros(len(runs), bool)
    run_of = run_before(trace, splits)
    run_of[splits["end"] > np.append(runs["end"], 0)[run_of]] = -1
    follows = np.zeros(len(splits), bool)
    follows[1:] = (
        (splits["lane"][1:] == splits["lane"][:-1])
        & (run_of[1:] == run_of[:-1])
        & (splits["backend"][1:] == splits["backend"][:-1])
        & (splits["first"][:-1] != NONE)
        & (splits["first"][1:] == splits["first"][:-1] + splits["nodes"][:-1])
    )
    alone = (splits["nodes"] == 1) & follows & (run_of >= 0)
    ones = np.bincount(run_of[alone], minlength=len(runs))
    inside = run_of >= 0
    whole = np.bincount(run_of[inside], splits["nodes"][inside], len(runs))
    return (ones >= FEWEST) & (2 * ones >= whole)

"""When each place in memory was read or written last, and no more: cheap enough for many times a second."""

from __future__ import annotations

import numpy as np

from ggmlviz.analysis.alike_sections import alike_sections
from ggmlviz.analysis.memory.tensor_accesses import NEVER, TensorAccesses, rows_of
from ggmlviz.analysis.time_range import TimeRange
from ggmlviz.trace.trace import Trace


def last_touches(trace: Trace, accesses: TensorAccesses, range: TimeRange) -> np.ndarray:
    """ns, by place of `accesses`, in runs that began in the range; NEVER.

    `trace` may be a later state of the one that the accesses are of. What is new in it since then is left out.
    """
    last = np.full(len(accesses.places.table), NEVER, np.int64)
    known = accesses.graphs
    for alike in alike_sections(trace, range):
        if 0 <= alike.graph < known and (alike.nodes >= 0).all():
            rows, column = rows_of(accesses.nodes.of_graph(alike.graph), alike.nodes, alike.fused)
            first = int(alike.first[np.argmax(trace.ops.end[alike.first])])
            np.maximum.at(last, rows["place"], trace.ops.end[first : first + len(alike.nodes)][column])
    return last

"""Does the loss that a trace admits explain every row that is missing from it?"""

from __future__ import annotations

import numpy as np

from ggmlviz.format.layout import ROW, SEGMENT_HEADER_BYTES, RowKind
from ggmlviz.trace.trace import Trace

# Rows of the recorder's own: repeated wherever a segment begins, so their number depends on the segments.
OWN = (RowKind.THREAD, RowKind.POOL, RowKind.LOST)
FEWEST_OWN, MOST_OWN = 2, 3  # of a segment


def count_rows(trace: Trace) -> int:
    """Rows that tell what the program did, as far as they can be read."""
    return sum(len(lane.rows) - len(lane.of(*OWN)) for lane in trace.lanes)


def assert_rows_add_up(trace: Trace, written: int, threads: int) -> None:
    """Of the rows that the program caused, each can be read, was overwritten, or was lost, and is counted once.

    Exactly, but for rows of the recorder's own among those that are gone: each overwritten segment began with two or
    three, and each thread that took over a lane wrote one.
    """
    header, loss = trace.recording.header, trace.recording.loss
    rows_of_segment = (header["segment_bytes"] - SEGMENT_HEADER_BYTES) // ROW.itemsize
    segments = int(np.ceil(loss.overwritten / rows_of_segment))
    own = count_rows(trace) + loss.overwritten + loss.lost - written
    assert segments * FEWEST_OWN <= own <= segments * MOST_OWN + 2 * threads
    assert loss.damaged == 0

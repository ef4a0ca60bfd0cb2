"""Where rows are missing from a trace, and how many: what was going on then is not known."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ggmlviz.format.layout import RowKind
from ggmlviz.trace.lane_rows import LaneRows
from ggmlviz.trace.trace import Trace

CAUSES = ("lost", "overwritten", "damaged")
GAP = np.dtype([("lane", "i4"), ("begin", "i8"), ("end", "i8"), ("rows", "i8"), ("cause", "u1")])
OPEN = np.iinfo(np.int64).max  # the end of a gap behind which nothing follows


def gaps_of(trace: Trace) -> np.ndarray:
    """From the last row before to the first behind each, in the order of time."""
    found = [gap for index in range(len(trace.lanes)) for gap in _of_lane(trace, index)]
    table = np.array(found, GAP)
    return table[np.argsort(table["begin"], kind="stable")]


def _of_lane(trace: Trace, index: int) -> Iterator[tuple[int, int, int, int, int]]:
    lane, source = trace.lanes[index], trace.recording.lanes[index]
    lost = lane.of(RowKind.LOST)
    counts = lane.take("value", lost)
    for at, rows in zip(lost.tolist(), counts.tolist(), strict=True):
        yield index, _time(trace, lane, at - 1), _time(trace, lane, at), rows, CAUSES.index("lost")
    starts = dict(zip([piece.first for piece in source.pieces], _starts(source.pieces), strict=True))
    for gap in source.gaps:
        at = starts.get(gap.end, len(lane))
        for rows, cause in ((gap.overwritten, "overwritten"), (gap.damaged, "damaged")):
            if rows:
                yield index, _time(trace, lane, at - 1), _time(trace, lane, at), rows, CAUSES.index(cause)
    behind = (
        (source.untold, "lost"),
        (source.damaged - sum(g.damaged for g in source.gaps), "damaged"),
    )
    for rows, cause in behind:
        if rows > 0:
            yield index, _time(trace, lane, len(lane) - 1), OPEN, rows, CAUSES.index(cause)


def _starts(pieces: list) -> list[int]:
    return (np.cumsum([0] + [len(piece.rows) for piece in pieces])[:-1]).tolist()


def _time(trace: Trace, lane: LaneRows, at: int) -> int:
    """Of a row; before the first it is when the trace began."""
    if at < 0:
        return 0
    return int(trace.clock.ns(lane.take("time", np.array([at])))[0]) if at < len(lane) else OPEN

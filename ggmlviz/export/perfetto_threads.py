"""What each thread did of the sections, and every single wait."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ggmlviz.export.perfetto_events import Event, Tracks, microseconds
from ggmlviz.export.progress import Progress
from ggmlviz.export.table import CHUNK
from ggmlviz.format.layout import RowFlag, RowKind
from ggmlviz.trace.trace import Trace


def part_events(trace: Trace, tracks: Tracks) -> Iterator[Event]:
    """Of the threads that help; the part of the one that began the section is the section."""
    ends: dict[int, int] = {}
    for part in trace.parts:
        if tracks.is_own(part):
            continue
        lane, begin = int(part["lane"]), int(trace.sections["begin"][part["section"]])
        end = begin + int(part["work"] + part["wait"])
        # A thread may still be leaving the last barrier of a section when the next one has begun.
        begin, ends[lane] = max(begin, ends.get(lane, begin)), end
        arguments = {"section": int(part["section"]), "work_ns": int(part["work"]), "wait_ns": int(part["wait"])}
        yield tracks.slice_at("part", "CPU section, helping", lane, begin, end, arguments)


def wait_lines(trace: Trace, tracks: Tracks, progress: Progress) -> Iterator[str]:
    """Read from the rows: tables keep only their sums."""
    for index, lane in enumerate(trace.recording.lanes):
        before = f',\n{{"ph":"X","cat":"wait","name":"wait","pid":{tracks.pid},"tid":{tracks.tid(index)},"ts":'
        for piece in lane.pieces:
            for first in range(0, len(piece.rows), CHUNK):
                progress.tell(f"waits of thread {index + 1}", first, len(piece.rows))
                for begin, duration in _waits(trace, piece.rows[first : first + CHUNK]):
                    yield f'{before}{microseconds(begin)},"dur":{microseconds(duration)}}}'


def _waits(trace: Trace, rows: np.ndarray) -> Iterator[tuple[int, int]]:
    rows = rows[np.isin(rows["kind"], (RowKind.NODE, RowKind.BARRIER)) & (rows["value"] > 0)]
    ticks = rows["value"].astype(np.uint64)
    ticks = np.where(rows["flags"] & RowFlag.WAIT_SCALED, ticks << np.uint64(10), ticks)
    begins = trace.clock.ns(rows["time"] - ticks)
    return zip(begins.tolist(), (trace.clock.ns(rows["time"]) - begins).tolist(), strict=True)

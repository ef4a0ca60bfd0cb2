"""Other programs that are watched beside the main one: what of each is to be seen, and how its clock differs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ggmlviz.analysis.time_range import END_OF_TIME, TimeRange
from ggmlviz.scene.opened import Opened
from ggmlviz.scene.timeline.computed import Computed
from ggmlviz.scene.timeline.lanes import Lanes
from ggmlviz.trace.snapshot import Snapshot
from ggmlviz.trace.trace import Trace

MARGIN = 4  # it shows a part of the span more than is to be seen: its newest moment is not the main one's


@dataclass(frozen=True, eq=False)
class Companion:
    """One state of it, made beside the window."""

    state: str  # of its process: live, stopped, ended, crashed
    full: Opened  # all that is kept
    lanes: Lanes  # of the newest part of that
    until: int = END_OF_TIME  # ns since its start: what was written later has not been read yet


def companion_of(trace: Snapshot, before: Opened | None, span: int, state: str) -> Companion:
    """`before`: an earlier state of the same trace; `span`: ns that are to be seen."""
    full = Opened(trace, before)
    part = Opened(trace.since(full.whole.end - span - span // MARGIN), full, full)
    lanes = Lanes(part)
    lanes.add(Computed(part))
    return Companion(state, full, lanes)


def reach_of(main: Opened, companions: Iterable[Companion]) -> TimeRange:
    """From the first to the last thing that happened in any of them, in times of the main one."""
    begin, end = main.whole
    for companion in companions:
        shift, whole = shift_to(main.trace, companion.full.trace), companion.full.whole
        begin, end = min(begin, whole.begin + shift), max(end, whole.end + shift)
    return TimeRange(begin, end)


def shift_to(main: Trace, other: Trace) -> int:
    """ns to add to a time of the other trace, so that it is a time of the main one.

    Both count from their own start, which is told on the clock that all processes of a machine share.
    """
    return start_of(other) - start_of(main)


def start_of(trace: Trace) -> int:
    return trace.recording.header.start.monotonic_ns

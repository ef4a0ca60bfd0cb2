"""The newest state of a trace that grows, with its timeline: made beside the window, shown as it is.

While the timeline moves along it shows the newest part only, and no more than that is made anew many times a second.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ggmlviz.analysis.gaps import gaps_of
from ggmlviz.analysis.run_names import RunNames
from ggmlviz.scene.opened import Opened
from ggmlviz.scene.timeline.computed import Computed
from ggmlviz.scene.timeline.gaps import Gaps
from ggmlviz.scene.timeline.lanes import Lanes
from ggmlviz.scene.timeline.minimap import Minimap
from ggmlviz.scene.timeline.runs import RunsLane
from ggmlviz.trace.snapshot import Snapshot

QUICK_ROWS = 250_000  # of which a timeline is made in a few milliseconds
SPANS = tuple(step * 10**power for power in range(6, 10) for step in (1, 2, 5))[:-1]  # ns, rising up to 2 s


class Newest(NamedTuple):
    full: Opened  # all that is kept
    opened: Opened  # the part that the timeline shows
    lanes: Lanes  # of that part
    span: int  # ns that are to be seen until a person zooms


def newest_of(trace: Snapshot, before: Newest | None, span: int, minimap: Minimap) -> Newest:
    """`before`: an earlier state, whose graphs are known already; `minimap`: of all, if only a little older."""
    full = Opened(trace, before.full if before else None)
    end = full.whole.end
    part = trace.since(end - span)
    opened = Opened(part, full, full)
    lanes = Lanes(opened)
    lanes.add(Computed(opened))
    lanes.minimap = minimap
    assert opened.whole and len(full.runs_by_time)  # found here, beside the window
    return Newest(full, opened, lanes, span)


def minimap_of(trace: Snapshot) -> Minimap:
    """Of all that is kept, without its lanes."""
    names, lanes = RunNames(trace), np.unique(trace.runs["lane"]).tolist()
    return Minimap([RunsLane("runs", trace, lane, names) for lane in lanes], Gaps(gaps_of(trace)))


def fitting_span(lasting: int, now: int | None) -> int:
    """What is to be seen, where the rows that are quickly drawn last so long: the same as now, unless by far."""
    if now is not None and now <= lasting < 5 * now:
        return now
    return max((span for span in SPANS if span <= lasting), default=SPANS[0])

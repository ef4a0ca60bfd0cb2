"""Which lanes a trace has, from top to bottom."""

from __future__ import annotations

import numpy as np

from ggmlviz.analysis.gaps import gaps_of
from ggmlviz.analysis.totals import thread_totals
from ggmlviz.scene.drawing import Shape, Texts, colours
from ggmlviz.scene.opened import Opened
from ggmlviz.scene.timeline.computed import Computed
from ggmlviz.scene.timeline.counters import counter_lanes
from ggmlviz.scene.timeline.frame import Frame, Hit, Lane, Look
from ggmlviz.scene.timeline.gaps import Gaps
from ggmlviz.scene.timeline.minimap import Minimap
from ggmlviz.scene.timeline.nest import Nest, NestLane
from ggmlviz.scene.timeline.ops import OpsLane
from ggmlviz.scene.timeline.order import OrderLane
from ggmlviz.scene.timeline.runs import RunsLane
from ggmlviz.scene.timeline.splits import SplitsLane, split_lanes, splits_tell_something, transfer_lanes
from ggmlviz.scene.timeline.threads import ThreadLane


class WaitingLane:
    """In place of the ops and threads until they are found."""

    key, title, about, height = "ops", "ops", "", 34.0

    def draw(self, frame: Frame, top: float, bottom: float) -> list[Shape]:
        at = np.array([[frame.left + 6 * frame.ui, (top + bottom) / 2]], np.float32)
        return [Texts(at, ["reading the ops …"], colours(frame.theme.faint, 1), frame.text)]

    def at(self, frame: Frame, x: float, part: float) -> Hit | None:
        return None


class Lanes:
    """What takes no time at all is made at once; `add` brings ops and threads, which take longer."""

    def __init__(self, opened: Opened):
        trace = opened.trace
        self.trace, self.computed = trace, None
        self._opened = opened
        names = opened.run_names
        going_on = opened.unfinished
        with_runs = np.union1d(trace.runs["lane"], going_on["lane"]).tolist()
        self.runs = [RunsLane(_numbered("runs", lane, with_runs), trace, lane, names, going_on) for lane in with_runs]
        self.splits: list[Lane] = list(split_lanes(trace))
        self._splits_tell = splits_tell_something(trace)
        self._below: list[Lane] = [*transfer_lanes(trace), *counter_lanes(trace, opened.whole.end)]
        self._middle: list[Lane] = [WaitingLane()]
        self.gaps = Gaps(gaps_of(trace))
        self.minimap = Minimap(self.runs, self.gaps)

    def add(self, computed: Computed) -> None:
        self.computed, nest = computed, Nest(computed)
        lanes = [lane.lane for lane in computed.lanes]
        self._middle = self._in_order() if self.trace.untold else []
        for lane in computed.lanes:
            for by in ("layers", "blocks"):
                self._middle.append(NestLane(_numbered(by, lane.lane, lanes), by, nest, computed, lane))
            self._middle.append(OpsLane(_numbered("ops", lane.lane, lanes), computed, lane))
        self._middle += [ops for ops in computed.unfinished if ops.lane not in lanes]
        names = {total.lane: total.name for total in thread_totals(self.trace)}
        for number, thread in enumerate(computed.threads, 1):
            self._middle.append(ThreadLane(f"thread {number}", computed, thread, names.get(thread.lane, "")))

    def _in_order(self) -> list[Lane]:
        lanes = np.unique(self.trace.runs["lane"]).tolist()
        return [OrderLane(_numbered("ops", lane, lanes), self._opened, lane) for lane in lanes]

    def all(self) -> list[Lane]:
        return [*self.runs, *self.splits, *self._middle, *self._below]

    def of_memory(self, lane: Lane) -> bool:
        """Whether it tells of memory, or of what is moved there, and not of what is computed."""
        return lane in self._below

    def shown(self, look: Look) -> list[Lane]:
        """Pinned ones first."""
        words = look.filter.lower().split()
        wanted = [lane for lane in self.all() if self._is_wanted(lane, look, words)]
        return sorted(wanted, key=lambda lane: lane.key not in look.pinned)

    def _is_wanted(self, lane: Lane, look: Look, words: list[str]) -> bool:
        if isinstance(lane, NestLane) and not look.nest:
            return False
        if isinstance(lane, SplitsLane) and not (look.splits or self._splits_tell):
            return False
        return lane.key in look.pinned or not words or any(word in lane.title.lower() for word in words)


def _numbered(name: str, lane: int, lanes: list[int]) -> str:
    """Numbered only where there are several."""
    return name if len(lanes) < 2 else f"{name} {lanes.index(lane) + 1}"

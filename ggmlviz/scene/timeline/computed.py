"""What the lanes of ops and threads rest on: found once for a trace, beside the window, as it takes a while."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ggmlviz.analysis.level_of_detail import TimeOfKinds
from ggmlviz.analysis.node_facts import NodeFacts
from ggmlviz.analysis.op_lanes import OpLane, kinds_of, op_lanes
from ggmlviz.analysis.thread_time import ThreadTime
from ggmlviz.format.layout import RowFlag
from ggmlviz.scene.opened import Opened
from ggmlviz.scene.palette import FAMILY_COLOURS, FAMILY_NAMES
from ggmlviz.scene.timeline.frame import Frame
from ggmlviz.scene.timeline.unfinished_ops import UnfinishedOpsLane
from ggmlviz.trace.unfinished_ops import ops_of_unfinished

UNATTRIBUTED = len(FAMILY_NAMES)
KIND_COLOURS = np.concatenate([FAMILY_COLOURS, np.array([[112, 114, 118, 255]], np.uint8)])


class Computed:
    def __init__(self, opened: Opened, progress: Callable[[float], None] = lambda share: None):
        self.opened, self.trace, self.names = opened, opened.trace, opened.run_names
        ops = self.trace.ops
        progress(0.0)
        ends = ops.end
        progress(0.3)
        durations = ops.duration
        progress(0.6)
        self.kinds = kinds_of(self.trace, opened.families, UNATTRIBUTED)
        self.lanes: list[OpLane] = op_lanes(self.trace)
        self.times: dict[int, TimeOfKinds] = {}
        for lane in self.lanes:
            part = slice(lane.first, lane.last)
            self.times[lane.lane] = TimeOfKinds(
                ends[part], durations[part], self.kinds[part], UNATTRIBUTED + 1, lambda share: progress(0.7)
            )
        progress(0.8)
        self.threads = [ThreadTime(self.trace, lane) for lane in np.unique(self.trace.parts["lane"]).tolist()]
        self.unfinished = [] if opened.whole_of_it else self._unfinished()
        progress(1.0)

    def _unfinished(self) -> list[UnfinishedOpsLane]:
        """Of what moves along with a program there is no time to look for them: they are there when it stands."""
        found = ((run, ops_of_unfinished(self.trace, run)) for run in self.opened.unfinished)
        return [
            UnfinishedOpsLane("ops", self.opened, run, ops, KIND_COLOURS, UNATTRIBUTED)
            for run, ops in found
            if ops is not None
        ]

    def facts(self, execution: int) -> NodeFacts:
        return self.facts_of(np.array([execution]))[0]

    def facts_of(self, executions: np.ndarray) -> list[NodeFacts]:
        """All at once: each that is looked up alone takes as long as many."""
        trace, ops = self.trace, self.trace.ops
        run = trace.sections["run"][np.searchsorted(ops.firsts, executions, "right") - 1]
        graph = np.where(run >= 0, trace.runs["graph"][run] if len(trace.runs) else -1, -1)
        fused = ops.flags[executions] & RowFlag.NODE_FUSED != 0
        places = zip(graph.tolist(), ops.node[executions].tolist(), fused.tolist(), strict=True)
        return [self.opened.facts.of(*place) for place in places]

    def shares(self, frame: Frame, lane: OpLane) -> np.ndarray:
        """ns of each family in each column of the frame; several lanes ask for them."""
        if lane.lane not in frame.shares:
            frame.shares[lane.lane] = self.times[lane.lane].between(frame.edges)
        return frame.shares[lane.lane]

    def dominant(self, frame: Frame) -> np.ndarray:
        """For each column the family that has most of it; every thread asks for it."""
        if frame.dominant is None:
            shares = [self.shares(frame, lane) for lane in self.lanes]
            all_of_it = shares[0] if len(shares) == 1 else sum(shares)
            frame.dominant = all_of_it.argmax(axis=1) if shares else np.full(frame.columns, UNATTRIBUTED)
        return frame.dominant

    def execution_at(self, section: int, moment: int) -> int | None:
        """What the section computed at this moment."""
        lane = next((lane for lane in self.lanes if lane.sections.start <= section < lane.sections.stop), None)
        at = lane.at(self.trace, moment) if lane else None
        first, count = (int(self.trace.sections[field][section]) for field in ("first_execution", "executions"))
        return at if at is not None and first <= at < first + count else None

    def kinds_at(self, sections: np.ndarray, moments: np.ndarray) -> np.ndarray:
        """The family of the op that these sections computed at these moments."""
        table, kinds = self.trace.sections, np.full(len(moments), UNATTRIBUTED, np.uint8)
        if not len(moments):
            return kinds
        for lane in self.lanes:
            here = np.flatnonzero((sections >= lane.sections.start) & (sections < lane.sections.stop))
            at = np.searchsorted(lane.ends(self.trace), moments[here], "right") + lane.first
            first, count = table["first_execution"][sections[here]], table["executions"][sections[here]]
            known = (at >= first) & (at < first + count)
            kinds[here[known]] = self.kinds[at[known]]
        return kinds

"""Which lane of the trace a lane of the timeline shows."""

from __future__ import annotations

from ggmlviz.analysis.op_lanes import OpLane
from ggmlviz.scene.timeline.frame import Lane
from ggmlviz.scene.timeline.nest import NestLane
from ggmlviz.scene.timeline.ops import OpsLane
from ggmlviz.scene.timeline.order import OrderLane
from ggmlviz.scene.timeline.runs import RunsLane
from ggmlviz.scene.timeline.threads import ThreadLane


def lane_number(lane: Lane) -> int | None:
    """What was written in it; None where it is of no one lane."""
    if isinstance(lane, OpsLane | OrderLane | NestLane | RunsLane | ThreadLane):
        return lane.lane.lane if isinstance(lane.lane, OpLane) else lane.lane
    return None

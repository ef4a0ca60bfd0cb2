"""What was handed to backends: splits of runs, transfers of tensors, and waits for backends."""

from __future__ import annotations

import numpy as np

from ggmlviz.format.clock import Clock
from ggmlviz.format.layout import RowKind
from ggmlviz.trace.lane_rows import LaneRows
from ggmlviz.trace.positions import pair

SPLIT = np.dtype(
    [
        ("lane", "i4"),
        ("begin", "i8"),
        ("end", "i8"),
        ("backend", "i4"),
        ("first", "i8"),
        ("nodes", "i8"),
        ("status", "u1"),
    ]
)
TRANSFER = np.dtype(
    [
        ("lane", "i4"),
        ("begin", "i8"),
        ("end", "i8"),
        ("direction", "u1"),
        ("buffer", "i4"),
        ("name", "i8"),
        ("bytes", "i8"),
    ]
)
SYNC = np.dtype([("lane", "i4"), ("begin", "i8"), ("end", "i8"), ("backend", "i4")])


def splits_of_lane(index: int, lane: LaneRows, clock: Clock) -> np.ndarray:
    begins, ends = pair(lane.of(RowKind.SPLIT_BEGIN), lane.of(RowKind.SPLIT_END))
    splits = np.zeros(len(begins), SPLIT)
    splits["lane"] = index
    splits["begin"] = clock.ns(lane.take("time", begins))
    splits["end"] = clock.ns(lane.take("time", ends))
    splits["backend"] = lane.take("extra", begins)
    splits["first"] = lane.take("value", begins)
    splits["nodes"] = lane.take("value", ends)
    splits["status"] = lane.take("flags", ends)
    return splits


def transfers_of_lane(index: int, lane: LaneRows, clock: Clock) -> np.ndarray:
    begins, ends = pair(lane.of(RowKind.TRANSFER_BEGIN), lane.of(RowKind.TRANSFER_END))
    transfers = np.zeros(len(begins), TRANSFER)
    transfers["lane"] = index
    transfers["begin"] = clock.ns(lane.take("time", begins))
    transfers["end"] = clock.ns(lane.take("time", ends))
    transfers["direction"] = lane.take("flags", begins)
    buffer = lane.take("extra", begins).astype(np.int32)
    transfers["buffer"] = np.where(buffer == 0xFFFF, -1, buffer)
    transfers["name"] = lane.take("value", begins)
    transfers["bytes"] = lane.wide(ends)
    return transfers


def syncs_of_lane(index: int, lane: LaneRows, clock: Clock) -> np.ndarray:
    at = lane.of(RowKind.SYNC)
    syncs = np.zeros(len(at), SYNC)
    times = lane.take("time", at)
    syncs["lane"] = index
    syncs["end"] = clock.ns(times)
    syncs["begin"] = clock.ns(times - lane.waits(at))
    syncs["backend"] = lane.take("extra", at)
    return syncs

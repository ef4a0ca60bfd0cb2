"""The threads' parts in the sections that are kept, as they were at one moment: put together when somebody asks."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from ggmlviz.format.raw import chosen, joined
from ggmlviz.trace.workers import PART


class PartsOfLane(NamedTuple):
    """`of`: the lane of thread 0 of each part, in which its section is counted."""

    index: int
    final: np.ndarray
    final_of: np.ndarray
    latest: np.ndarray
    latest_of: np.ndarray


class KeptParts:
    def __init__(self, lanes: list[PartsOfLane], offsets: np.ndarray):
        self._lanes, self._offsets = lanes, offsets

    @classmethod
    def of(cls, parts: np.ndarray, lanes: int) -> KeptParts:
        """Of a table that goes lane by lane."""
        bounds = np.searchsorted(parts["lane"], np.arange(lanes + 1)).tolist()
        none, spans = np.empty(0, np.int32), enumerate(pairwise(bounds))
        tables = [PartsOfLane(lane, parts[low:high], none, parts[:0], none) for lane, (low, high) in spans]
        return cls(tables, np.zeros(1, np.int64))

    def since(self, rows: np.ndarray | None = None) -> np.ndarray:
        """Those that begin at or after a row of their lane."""
        return joined([self._of(lane, 0 if rows is None else int(rows[lane.index])) for lane in self._lanes], PART)

    def _of(self, lane: PartsOfLane, row: int) -> np.ndarray:
        first = int(np.searchsorted(lane.final["first_row"], row))
        latest = chosen(lane.latest, lane.latest["first_row"] >= row)
        table = joined([lane.final[first:], latest], PART)
        table["lane"] = lane.index
        if self._offsets.any():
            of = np.concatenate([lane.final_of[first:], lane.latest_of[lane.latest["first_row"] >= row]])
            table["section"] += self._offsets[of]
        return table

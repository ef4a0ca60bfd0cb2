"""The threads' parts in the sections of a growing trace.

Other threads may leave the last barrier of a section after thread 0 has ended it, so the parts of the newest sections
are told anew each time, until it is sure that nothing of them is still to come.
"""

from __future__ import annotations

import numpy as np

from ggmlviz.format.clock import Clock
from ggmlviz.format.raw import chosen, joined
from ggmlviz.trace.grown import Grown
from ggmlviz.trace.kept_parts import KeptParts, PartsOfLane
from ggmlviz.trace.live_lane import LiveLane
from ggmlviz.trace.sections import SECTION
from ggmlviz.trace.workers import PART, parts_of_lane

LATEST = 1_000_000_000  # ns after a section nobody is in its barriers any more, whatever comes next


class LiveParts:
    """`section` in the tables counts within the lane whose number in `section_lane` is."""

    def __init__(self) -> None:
        self._open = np.empty(0, SECTION)  # sections whose parts may not be complete yet
        self._numbers = np.empty(0, np.int64)  # of these within their lanes
        self._since: dict[LiveLane, int] = {}  # before this position of a lane all barriers are told of
        self._final: dict[LiveLane, tuple[Grown, Grown]] = {}
        self._latest: dict[LiveLane, tuple[np.ndarray, np.ndarray]] = {}
        self._seen = 0  # ns: the newest row at the time before

    def add(self, lane: LiveLane, sections: np.ndarray, first: int) -> None:
        """Sections that have ended, the first of which is number `first` of its lane."""
        self._open = joined([self._open, sections], SECTION)
        self._numbers = np.append(self._numbers, np.arange(first, first + len(sections)))

    def find(self, lanes: list[LiveLane], clock: Clock, newest: int, ended: bool) -> None:
        sure = np.ones(len(self._open), bool) if ended else self._sure(newest)
        open_lanes = self._open["lane"]
        begins = [int(begin) for begin in self._open["begin"][~sure]]
        begins += [int(clock.ns(lane.rows.time(lane.settled))) for lane in lanes if lane.settled < len(lane.rows)]
        until = min([self._seen, *begins])
        for lane in lanes:
            since = self._since.get(lane, 0)
            rows = lane.rows.since(since)
            parts = parts_of_lane(lane.index, rows, self._open, clock)
            parts["first_row"] += since
            final = sure[parts["section"]]
            of, number = open_lanes[parts["section"]].astype(np.int32), self._numbers[parts["section"]]
            parts["section"] = number
            kept, kept_of = self._final.setdefault(lane, (Grown(PART), Grown(np.int32)))
            kept.extend(chosen(parts, final))
            kept_of.extend(of[final])
            self._latest[lane] = chosen(parts, ~final), of[~final]
            if len(rows):
                self._since[lane] = since + int(rows.at_time(clock.ticks(np.array([until])))[0])
        self._open, self._numbers = chosen(self._open, ~sure), self._numbers[~sure]
        self._seen = newest

    def _sure(self, newest: int) -> np.ndarray:
        """No thread enters a later section of its pool before it has left this one."""
        sections = self._open
        sure = sections["end"] < newest - LATEST
        for pool in np.unique(sections["pool"]):
            mine = np.flatnonzero((sections["pool"] == pool) & (sections["barriers"] > 0))
            if len(mine):
                sure |= (sections["pool"] == pool) & (sections["end"] <= sections["begin"][mine].max())
        return sure

    def kept(self, lanes: list[LiveLane], offsets: np.ndarray) -> KeptParts:
        """All parts, with sections counted from the offset of their lane."""
        tables = []
        for index, lane in enumerate(lanes):
            if lane in self._final:
                (final, final_of), (latest, latest_of) = self._final[lane], self._latest[lane]
                tables.append(PartsOfLane(index, final.rows, final_of.rows, latest, latest_of))
        return KeptParts(tables, offsets)

    def limit(self, lane: LiveLane) -> int:
        """Rows from this position on are still needed."""
        return self._since.get(lane, 0)

    def renumber(self, change: np.ndarray) -> None:
        """Lanes have other indices now: `change` gives the new ones."""
        self._open["lane"] = change[self._open["lane"]]
        for table in self._final.values():
            table[1].replace(change[table[1].rows].astype(np.int32))
        self._latest = {lane: (parts, change[of].astype(np.int32)) for lane, (parts, of) in self._latest.items()}

    def forget(self, lanes: list[LiveLane], rows: list[int], sections: np.ndarray) -> None:
        """So many first rows and first sections of each lane are there no longer."""
        for lane, count in zip(lanes, rows, strict=True):
            if lane in self._final:
                (final, of) = self._final[lane]
                kept, kept_of = _without(final.rows, of.rows, count, sections)
                final.replace(kept)
                of.replace(kept_of)
                self._latest[lane] = _without(*self._latest[lane], count, sections)
                self._since[lane] = self._since.get(lane, 0) - count
        self._numbers = self._numbers - sections[self._open["lane"]]
        there = self._numbers >= 0
        self._open, self._numbers = chosen(self._open, there), self._numbers[there]


def _without(parts: np.ndarray, of: np.ndarray, rows: int, sections: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    there = (parts["first_row"] >= rows) & (parts["section"] >= sections[of])
    parts, of = chosen(parts, there), of[there]
    parts["first_row"] -= rows
    parts["section"] -= sections[of]
    return parts, of

"""A trace taken apart into lanes of rows and the bytes of its definitions, once or again and again while it grows."""

from __future__ import annotations

import numpy as np

from ggmlviz.format.definition_segments import DefinitionSegments
from ggmlviz.format.header import Header
from ggmlviz.format.lane import Lane
from ggmlviz.format.layout import ROW, SEGMENT
from ggmlviz.format.problems import Problems
from ggmlviz.format.raw import copied
from ggmlviz.format.segments import RELEASE_EVERY, Segments
from ggmlviz.format.source import Source


class Container:
    """Rows are views of the mapped file wherever no writer can overwrite them, else copies."""

    def __init__(self, source: Source, verify: bool = True):
        self.header = Header(source)
        self.lanes: dict[int, Lane] = {}
        self.problems = Problems()
        self._source = source
        self._verify = verify
        self._definitions = DefinitionSegments(self.problems, verify)
        self._looked_at = np.empty(0, SEGMENT)  # the headers of all places, when they were looked at last
        self._taken: dict[int, tuple[int, int]] = {}  # of each place: its generation and how many of its rows

    def advance(self) -> bytes:
        """Take in the rows written since the last time; returns the bytes of the definitions written since then.

        Rows first: what they mean was defined before they were written, so it is among the definitions read later.
        """
        # The file is lengthened before its count of segments is raised, and cut after the count was lowered. So of the
        # counts before and after looking at the length, the smaller one must be there.
        counted = Header(self._source)["segments"]
        self._source.refresh()
        self.header = Header(self._source)
        segments = Segments(self._source, self.header)
        self._note_damaged_places(segments, min(counted, self.header["segments"]))
        for number, place in enumerate(self._changed(segments)):
            self._take_rows(segments, place)
            if number % RELEASE_EVERY == RELEASE_EVERY - 1:
                self._source.release()
        return self.advance_definitions()

    def advance_definitions(self) -> bytes:
        """The bytes of those that were written since the last time."""
        self._source.refresh()
        return self._definitions.advance(lambda: Segments(self._source, self.header))

    def _note_damaged_places(self, segments: Segments, counted: int) -> None:
        if counted > len(segments):
            self.problems.add(f"the file ends early: {counted - len(segments)} of {counted} segments are not there")
        for place in segments.unrecognised():
            if place < counted:
                self.problems.add(f"segment {place} is damaged: it does not begin like one")
        # In a place that is just being reused the old and the new may be mixed without any harm.
        if self.header.closed or not self.header.reuses_segments:
            for place in segments.misplaced():
                self.problems.add(f"segment {place} is damaged or of a newer kind: it was left out")

    def _changed(self, segments: Segments) -> list[int]:
        """The places of rows about which anything is new, in the order of `rows`, and the newest one of each lane."""
        places, before = segments.rows(), self._looked_at
        self._looked_at = segments.headers
        if not len(before) or not places:
            return places
        headers = segments.headers
        new = np.ones(len(headers), bool)
        new[: len(before)] = headers[: len(before)] != before[: len(headers)]
        lanes = headers["lane"][places]
        wanted = new[places]
        wanted[np.append(np.flatnonzero(np.diff(lanes)), len(lanes) - 1)] = True
        return np.array(places)[wanted].tolist()

    def _take_rows(self, segments: Segments, place: int) -> None:
        header = segments.headers[place]
        number, first, generation = int(header["lane"]), int(header["first"]), int(header["generation"])
        lane = self.lanes.get(number) or Lane(number)
        known_generation, taken = self._taken.get(place, (generation, 0))
        if known_generation != generation:
            taken = 0
        if segments.published(place) // ROW.itemsize > taken:
            payload = segments.payload(place, ROW.itemsize, self._verify)
            rows = np.frombuffer(payload.data, ROW)[taken:]
            if not self.header.closed:
                if self.header.reuses_segments:
                    rows = copied(rows)
                if not segments.still_there(place):
                    return  # overwritten while we looked; the next piece tells how many rows that cost
            if payload.problem:
                self.problems.add(f"segment {place} of lane {number} {payload.problem}")
                rows = _until_empty(rows)
            self._add(lane, first + taken, rows)
            taken += len(rows)
            lost_rows = payload.lost_bytes // ROW.itemsize
            lane.damage(first + taken, lost_rows)
            self._taken[place] = generation, taken + lost_rows
        lane.untold = int(header["dropped"])  # of the newest segment, which comes last
        lane.lost = int(header["lost"]) + lane.untold
        self.lanes[number] = lane

    def release(self) -> None:
        self._source.release()

    def _add(self, lane: Lane, first: int, rows: np.ndarray) -> None:
        if first < lane.end and len(rows):
            self.problems.add(f"lane {lane.number} has {len(rows)} rows from {first} on twice: it keeps the first")
        elif len(rows):
            lane.add(first, rows, self.header.reuses_segments)


def _until_empty(rows: np.ndarray) -> np.ndarray:
    """Of a segment whose length cannot be believed, the rows before the first that was never written."""
    empty = np.flatnonzero(rows["kind"] == 0)
    return rows[: empty[0]] if len(empty) else rows

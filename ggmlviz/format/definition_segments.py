"""The bytes of the definitions, in order, out of the segments that hold them."""

from __future__ import annotations

from collections.abc import Callable

from ggmlviz.format.problems import Problems
from ggmlviz.format.segments import Segments

ALIGNMENT = 8


class DefinitionSegments:
    """Follows the segments by their number, and stops for good at one that is damaged or missing.

    Definitions number each other by their order, so after a hole every id would name the wrong thing.
    """

    def __init__(self, problems: Problems, verify: bool):
        self._problems = problems
        self._verify = verify
        self._number = 0  # of the segment that is being read
        self._taken = 0  # bytes of it
        self._ended = False

    def advance(self, look: Callable[[], Segments]) -> bytes:
        """The bytes published since the last time; `look` gives the segments as they are now.

        A segment is full for sure only when its successor had been seen before its length was read: two looks.
        """
        if self._ended:
            return b""
        begun = self._places(look())
        segments = look()
        places = self._places(segments)
        chunks: list[bytes] = []
        while self._number in places and not self._ended:
            chunks.append(self._take(segments, places[self._number]))
            if self._number + 1 not in begun:
                break
            self._number, self._taken = self._number + 1, 0
        if not self._ended and self._number not in places and any(number > self._number for number in begun):
            self._end(f"segment {self._number} of the definitions is missing")
        return b"".join(chunks)

    def _places(self, segments: Segments) -> dict[int, int]:
        places: dict[int, int] = {}
        for number, place in segments.definitions():
            if places.setdefault(number, place) != place:
                self._problems.add(f"segment {place} claims to be number {number} of the definitions: it was left out")
        return places

    def _take(self, segments: Segments, place: int) -> bytes:
        if segments.published(place) <= self._taken:
            return b""
        payload = segments.payload(place, ALIGNMENT, self._verify)
        if payload.problem:
            self._end(f"segment {place}, number {self._number} of the definitions, {payload.problem}")
        chunk = bytes(payload.data[self._taken :])
        self._taken += len(chunk)
        return chunk

    def _end(self, problem: str) -> None:
        self._problems.add(f"{problem}; definitions from there on were left out")
        self._ended = True

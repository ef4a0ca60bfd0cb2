"""Which pages of a file are in memory, and in which pieces the file lies on the disk; and what of it that is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

EXTENT = np.dtype(
    [
        ("begin", "i8"),  # from the start of the file
        ("size", "i8"),
        ("place", "i8"),  # byte of the disk; UNKNOWN: it has none yet
    ]
)
UNKNOWN = -1


@dataclass(frozen=True, eq=False)
class Residency:
    """At the moment it was asked for."""

    page: int  # bytes
    size: int  # of the file
    resident: np.ndarray  # bool, by page

    @property
    def bytes(self) -> int:
        return int(self.bytes_of(np.array([0]), np.array([self.size]))[0])

    def bytes_of(self, begins: np.ndarray, sizes: np.ndarray) -> np.ndarray:
        """How many bytes of each of these parts are in memory."""
        return self._before(begins + sizes) - self._before(begins)

    @cached_property
    def _pages_before(self) -> np.ndarray:
        return np.concatenate([[0], np.cumsum(self.resident, dtype=np.int64)])

    def _before(self, places: np.ndarray) -> np.ndarray:
        """How many bytes in memory lie before each place."""
        places = np.clip(places, 0, self.size)
        at = places // self.page
        there = np.append(self.resident, False)[at]  # the end of the file may be that of a page
        return self._pages_before[at] * self.page + (places - at * self.page) * there

    def stretches(self) -> np.ndarray:
        """Begins and ends, in bytes, of what is resident without a gap."""
        edges = np.flatnonzero(np.diff(self.resident.astype(np.int8), prepend=0, append=0)).reshape(-1, 2)
        return np.minimum(edges * self.page, self.size)


@dataclass(frozen=True, eq=False)
class Fragments:
    """How a file lies on the disk; a hole is in no extent."""

    size: int  # of the file
    extents: np.ndarray  # EXTENT, rising, and cut where the file ends

    @property
    def pieces(self) -> int:
        """Extents that are behind each other in the file and on the disk count as one."""
        return int(self.piece_of[-1]) + 1 if len(self.extents) else 0

    @cached_property
    def piece_of(self) -> np.ndarray:
        """The number of the piece that each extent belongs to."""
        known = self.extents["place"] != UNKNOWN
        ends = self.extents["place"] + self.extents["size"]
        follows = known[1:] & known[:-1] & (self.extents["place"][1:] == ends[:-1])
        return np.concatenate([[0], np.cumsum(~follows)])[: len(self.extents)]

    @property
    def holes(self) -> int:
        """Bytes of the file that take no room on the disk."""
        return self.size - int(self.extents["size"].sum())


class FileState(NamedTuple):
    """What was asked of a file; None what was not."""

    residency: Residency | None
    fragments: Fragments | None

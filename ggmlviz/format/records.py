"""The records of one stretch of definition bytes: where each begins, its kind, and whether it can be right."""

from __future__ import annotations

from array import array

import numpy as np

from ggmlviz.format.layout import DEF, DEFINITIONS, EDGE, NONE, REFERENCES, DefKind

ALIGNMENT = 8
# What follows the struct, and how many bytes its `count` or `length` counts.
TRAILING = {DefKind.STRING: ("length", 1), DefKind.EDGES: ("count", EDGE.itemsize), DefKind.MEMBERS: ("count", 4)}
# Without these there is no telling what a record means; any other reference may be NONE.
NEEDED = {DefKind.TOPOLOGY, DefKind.GRAPH}


class Records:
    """`before` counts the ids of each kind that earlier stretches defined.

    `end` is where the first bad record begins, or the length of the data; `flaw` says what is wrong there.
    """

    def __init__(self, data: bytes, before: dict[DefKind, int]):
        self.data = data
        self.before = before
        self.end = len(data)
        self.flaw = ""
        begins = self._scan()
        headers = self._structs(begins, DEF)
        self._unknown = begins[~np.isin(headers["kind"], list(DefKind))]
        self._begins = {kind: begins[headers["kind"] == kind] for kind in DefKind}
        self._sizes = {kind: headers["bytes"][headers["kind"] == kind].astype(np.int64) for kind in DefKind}

    def _scan(self) -> np.ndarray:
        """Where the records begin: a chain of lengths, which can only be followed one by one."""
        usable = len(self.data) // ALIGNMENT * ALIGNMENT
        if usable < len(self.data):
            self.cut(usable, "it is incomplete")
        words = memoryview(self.data)[:usable].cast("I")
        begins = array("Q")
        at = 0
        while at < len(words):
            size = words[at + 1]
            if size < DEF.itemsize or size % ALIGNMENT or size // 4 > len(words) - at:
                self.cut(at * 4, f"its length of {size} bytes is impossible")
                break
            begins.append(at * 4)
            at += size // 4
        return np.array(begins, np.int64)

    def _structs(self, begins: np.ndarray, dtype: np.dtype) -> np.ndarray:
        """Copies of the structs at these places, out of a view of the data with one at each multiple of eight."""
        if not len(begins):
            return np.empty(0, dtype)
        places = (len(self.data) - dtype.itemsize) // ALIGNMENT + 1
        return np.ndarray(places, dtype, self.data, 0, (ALIGNMENT,))[begins // ALIGNMENT]

    def cut(self, at: int, flaw: str) -> None:
        """Believe nothing from here on."""
        if at < self.end:
            self.end, self.flaw = int(at), flaw

    def where(self, kind: DefKind) -> np.ndarray:
        begins = self._begins[kind]
        return begins[: np.searchsorted(begins, self.end)]

    def of_unknown_kind(self) -> int:
        """How many believable records mean nothing to this version of the reader."""
        return int(np.searchsorted(self._unknown, self.end))

    def of(self, kind: DefKind) -> np.ndarray:
        """The structs of this kind, up to the first that is too short for what it should hold."""
        room = self._sizes[kind][: len(self.where(kind))] - DEF.itemsize - DEFINITIONS[kind].itemsize
        self._check(kind, room >= 0, "it is too short for its kind")
        structs = self._structs(self.where(kind) + DEF.itemsize, DEFINITIONS[kind])
        if kind in TRAILING:
            field, size = TRAILING[kind]
            fits = structs[field].astype(np.int64) * size <= room[: len(structs)]
            self._check(kind, fits, f"its {field} is larger than itself")
        return structs[: len(self.where(kind))]

    def check_ids(self, kind: DefKind, structs: np.ndarray) -> None:
        """Ids count on from those before."""
        if "id" in structs.dtype.names:
            expected = self.before[kind] + np.arange(len(structs))
            self._check(kind, structs["id"] == expected, "its id is out of order")

    def check_references(self, kind: DefKind, structs: np.ndarray) -> None:
        """A record names only what was defined ahead of it."""
        for field, target in REFERENCES[kind].items():
            ids = structs[field][: len(self.where(kind))]
            good = ids < self.defined(target, self.where(kind))
            if target not in NEEDED:
                good |= ids == NONE
            self._check(kind, good, f"its {field} is not defined")

    def defined(self, kind: DefKind, where: np.ndarray | int) -> np.ndarray | int:
        """How many ids of a kind exist at these places."""
        return self.before[kind] + np.searchsorted(self._begins[kind], where)

    def trailing(self, where: int, kind: DefKind, count: int, dtype: np.dtype) -> np.ndarray:
        return np.frombuffer(self.data, dtype, count, where + DEF.itemsize + DEFINITIONS[kind].itemsize)

    def _check(self, kind: DefKind, good: np.ndarray, flaw: str) -> None:
        bad = np.flatnonzero(~good)
        if len(bad):
            self.cut(self._begins[kind][bad[0]], flaw)

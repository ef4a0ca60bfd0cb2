"""The definitions that a recording of format 1 comes to: threads, buffers, and the graphs by their nodes."""

from __future__ import annotations

import numpy as np

from ggmlviz.format.layout import NONE, DefKind
from ggmlviz.format.record_bytes import record, string_record

COMPUTED = 16  # the flag of ggml for what is to be computed

Nodes = tuple[tuple[int, str, int], ...]  # number of the op, name, bytes: of each


class OldDefinitions:
    """Each that is made returns its id."""

    def __init__(self) -> None:
        self._records: list[bytes] = []
        self._strings: dict[str, int] = {}
        self._counts: dict[DefKind, int] = {}
        self._graphs: dict[Nodes, int] = {}
        self._alive: dict[int, int] = {}  # the buffer at an address
        self._text("")

    @property
    def bytes(self) -> bytes:
        return b"".join(self._records)

    def thread(self, tid: int, ns: int) -> int:
        return self._add(DefKind.THREAD, tid=tid, name=self._text("thread"), ticks=ns)

    def buffer(self, address: int, size: int, ns: int, origin: int) -> None:
        self._alive[address] = self._add(
            DefKind.BUFFER,
            type=self._text("type not told"),
            origin=origin,
            ticks=ns,
            requested=size,
            size=size,
            address=address,
            file=NONE,
            library=NONE,
            thread=NONE,
        )

    def free(self, address: int, ns: int) -> None:
        """Of what was not seen being allocated nothing is known."""
        buffer = self._alive.pop(address, None)
        if buffer is not None:
            self._records.append(record(DefKind.BUFFER_FREE, buffer=buffer, ticks=ns))

    def graph(self, nodes: Nodes) -> int:
        if nodes not in self._graphs:
            # One edge is announced, and none follows: who reads whom is not told.
            topology = self._add(DefKind.TOPOLOGY, nodes=len(nodes), leafs=0, edges=1)
            graph = self._add(DefKind.GRAPH, topology=topology, library=NONE, members=len(nodes))
            members = np.array([self._tensor(*node) for node in nodes], "<u4")
            self._records.append(record(DefKind.MEMBERS, members.tobytes(), graph=graph, count=len(members)))
            self._graphs[nodes] = graph
        return self._graphs[nodes]

    def _tensor(self, op: int, name: str, size: int) -> int:
        """What the number of an op means depends on the version of ggml, which is not told."""
        word = self._text(f"op {op}")
        return self._add(
            DefKind.TENSOR,
            name=self._text(name),
            op=word,
            description=word,
            flags=COMPUTED,
            library=NONE,
            bytes=size,
            buffer=NONE,
            file=NONE,
        )

    def _text(self, text: str) -> int:
        if text not in self._strings:
            self._strings[text] = len(self._strings)
            self._records.append(string_record(self._strings[text], text))
        return self._strings[text]

    def _add(self, kind: DefKind, **fields: object) -> int:
        number = self._counts.get(kind, 0)
        self._counts[kind] = number + 1
        self._records.append(record(kind, id=number, **fields))
        return number

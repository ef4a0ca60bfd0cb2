"""What the rows speak of: strings, tensors, graphs, buffers … as tables that are indexed by id."""

from __future__ import annotations

import copy

import numpy as np

from ggmlviz.format.layout import DEF, DEFINITIONS, EDGE, NONE, STRING_FIELDS, DefKind
from ggmlviz.format.moment import Moment
from ggmlviz.format.pieces import Pieces
from ggmlviz.format.problems import Problems
from ggmlviz.format.records import Records
from ggmlviz.format.table import Table

MEMBER = np.dtype("<u4")
STRING_BEGIN = DEF.itemsize + DEFINITIONS[DefKind.STRING].itemsize


def _table(kind: DefKind) -> property:
    return property(lambda self: self.of(kind))


def _table_about(kind: DefKind, subject: str) -> property:
    """Without the records about something that there was no room to define."""
    return property(lambda self: self.of(kind)[self.of(kind)[subject] != NONE])


class Definitions:
    """Grows with every `feed`. The first bad record ends it: ids after it would name the wrong things."""

    libraries = _table(DefKind.LIBRARY)
    threads = _table(DefKind.THREAD)
    backends = _table(DefKind.BACKEND)
    files = _table(DefKind.FILE)
    file_tensors = _table_about(DefKind.FILE_TENSOR, "file")
    buffers = _table(DefKind.BUFFER)
    buffer_usages = _table_about(DefKind.BUFFER_USAGE, "buffer")
    buffer_frees = _table_about(DefKind.BUFFER_FREE, "buffer")
    tensors = _table(DefKind.TENSOR)
    topologies = _table(DefKind.TOPOLOGY)
    graphs = _table(DefKind.GRAPH)

    def __init__(self, problems: Problems | None = None):
        self.problems = Problems() if problems is None else problems
        self.strings: list[str] = []
        self._tables = {kind: Table(dtype) for kind, dtype in DEFINITIONS.items()}
        self._edges = Pieces(EDGE)
        self._members = Pieces(MEMBER)
        self._bytes_fed = 0
        self._ended = False

    def still(self) -> Definitions:
        """As they are now, for who reads them while others are fed."""
        copied = copy.copy(self)
        copied.strings = list(self.strings)
        copied._tables = {kind: copy.copy(table) for kind, table in self._tables.items()}
        copied._edges, copied._members = self._edges.still(), self._members.still()
        return copied

    def of(self, kind: DefKind) -> np.ndarray:
        """The structs of one kind, in the order of definition."""
        return self._tables[kind].rows

    @property
    def meta(self) -> dict[str, str]:
        """The facts about the process by their keys; a later one replaces an earlier one."""
        return {self.strings[key]: self.strings[value] for key, value in self.of(DefKind.META).tolist()}

    @property
    def syncs(self) -> list[Moment]:
        return [Moment.of(record) for record in self.of(DefKind.SYNC)["sync"]]

    def edges(self, topology: int) -> np.ndarray:
        """Who reads whom; fewer than the topology announces if the trace ends before the last of them."""
        return self._edges.joined(topology)

    def members(self, graph: int) -> np.ndarray:
        """The ids of its tensors, nodes first; fewer than the graph announces if the trace ends before the last."""
        return self._members.joined(graph)

    def feed(self, data: bytes) -> None:
        """Take in whole records as they follow those of the last time."""
        if self._ended or not data:
            return
        before = {kind: len(table) for kind, table in self._tables.items()}
        records = Records(data, before)
        for kind, table in self._tables.items():
            table.extend(_with_strings(kind, records.of(kind)))
        # Each check ends the records at the first that fails it, so the next ones see only what passed so far.
        for kind in DefKind:
            records.check_ids(kind, self.of(kind)[before[kind] :])
            records.check_references(kind, self.of(kind)[before[kind] :])
        self._check_graphs(records)
        self._add_pieces(records)
        for kind, table in self._tables.items():
            table.truncate(before[kind] + len(records.where(kind)))
        self._add_strings(records)
        self._note_problems(records)
        self._bytes_fed += len(data)

    def _check_graphs(self, records: Records) -> None:
        where = records.where(DefKind.GRAPH)
        graphs = self._new(DefKind.GRAPH, records)
        topologies = self.topologies[graphs["topology"]]
        wrong = topologies["nodes"].astype(np.int64) + topologies["leafs"] != graphs["members"]
        if wrong.any():
            records.cut(where[wrong][0], "it has not as many members as its topology")

    def _add_pieces(self, records: Records) -> None:
        """Edges and members in the order of the bytes: the last check, so what passes it can stay."""
        parts = [
            (at, fit, owner, count)
            for kind, fit in ((DefKind.EDGES, self._add_edges), (DefKind.MEMBERS, self._add_members))
            for at, (owner, count) in zip(records.where(kind).tolist(), self._new(kind, records).tolist(), strict=True)
        ]
        for at, fit, owner, count in sorted(parts, key=lambda part: part[0]):
            if not fit(records, at, owner, count):
                records.cut(at, "it does not fit what it is a part of")
                return

    def _add_edges(self, records: Records, at: int, owner: int, count: int) -> bool:
        topology = self.topologies[owner]
        edges = records.trailing(at, DefKind.EDGES, count, EDGE)
        ends = int(topology["nodes"]) + int(topology["leafs"])
        inside = not count or max(edges["reader"].max(), edges["source"].max()) < ends
        return inside and self._edges.add(owner, edges, int(topology["edges"]))

    def _add_members(self, records: Records, at: int, owner: int, count: int) -> bool:
        members = records.trailing(at, DefKind.MEMBERS, count, MEMBER)
        inside = not count or members.max() < records.defined(DefKind.TENSOR, at)
        return inside and self._members.add(owner, members, int(self.graphs["members"][owner]))

    def _new(self, kind: DefKind, records: Records) -> np.ndarray:
        """The structs of these records, as far as they are still believed."""
        return self.of(kind)[records.before[kind] :][: len(records.where(kind))]

    def _add_strings(self, records: Records) -> None:
        begins = (records.where(DefKind.STRING) + STRING_BEGIN).tolist()
        lengths = self._new(DefKind.STRING, records)["length"].tolist()
        data = records.data
        self.strings += [str(data[at : at + n], "utf-8", "replace") for at, n in zip(begins, lengths, strict=True)]

    def _note_problems(self, records: Records) -> None:
        if unknown := records.of_unknown_kind():
            self.problems.add(f"{unknown} definitions of kinds that this version does not know were left out")
        if records.flaw:
            self._ended = True
            where = f"at byte {self._bytes_fed + records.end} of the definitions"
            self.problems.add(f"the record {where} is damaged: {records.flaw}; definitions from there on were left out")


def _with_strings(kind: DefKind, structs: np.ndarray) -> np.ndarray:
    """A string that there was no room to define reads as the empty one."""
    for field in STRING_FIELDS.get(kind, ()):
        structs[field][structs[field] == NONE] = 0
    return structs

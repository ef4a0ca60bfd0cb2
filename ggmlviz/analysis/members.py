"""The members of a graph as the costs of a node depend on them: what each is, and what it reads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

import numpy as np

from ggmlviz.analysis.costs.work import Operand
from ggmlviz.format.layout import NONE, EdgeSlot
from ggmlviz.trace.buffers import ROLES
from ggmlviz.trace.trace import Trace


class Shape(NamedTuple):
    """All that the costs of a node depend on: the layers of a model have it in common."""

    op: str
    description: str
    parameters: tuple[int, ...]
    operand: Operand


class Members:
    """By their numbers in the graph: first the nodes, then the leafs."""

    def __init__(self, trace: Trace, number: int):
        graph = trace.graph(number)
        self._strings, self._tensors = trace.definitions.strings, graph.tensors
        self.ids, self.names, self.ops = graph.members.tolist(), graph.names, graph.ops
        self.sources: dict[int, dict[int, int]] = defaultdict(dict)
        for reader, source, slot in graph.edges[graph.edges["slot"] != EdgeSlot.VIEW].tolist():
            self.sources[reader][slot] = source
        self.is_weight: list[bool] = _weights_among(trace, graph.tensors, graph.nodes).tolist()
        self._shapes: dict[int, Shape] = {}

    @cached_property
    def _columns(self) -> list[tuple]:
        fields = ("op", "description", "op_params", "type_name", "ne", "nb", "bytes", "address")
        return list(zip(*(self._tensors[field].tolist() for field in fields), strict=True))

    def ids_of_sources(self, member: int) -> Iterator[int]:
        for slot, source in self.sources[member].items():
            yield slot
            yield self.ids[source]

    def shape(self, member: int) -> Shape:
        if member not in self._shapes:
            op, description, parameters, type_, ne, nb, count, _ = self._columns[member]
            operand = Operand(self._strings[type_], tuple(ne), tuple(nb), count)
            self._shapes[member] = Shape(self._strings[op], self._strings[description], tuple(parameters), operand)
        return self._shapes[member]

    def source_shapes(self, member: int) -> tuple[Shape | None, ...]:
        """By slot. Of addresses only those count that two sources share, so that equal layers stay equal."""
        sources = self.sources[member]
        if not sources:
            return ()
        addresses = {slot: self._columns[source][-1] for slot, source in sources.items()}
        if len(set(addresses.values())) == len(sources) == max(sources) + 1:  # nearly always
            return tuple(self.shape(sources[slot]) for slot in range(len(sources)))
        return tuple(
            self._with_address(sources[slot], _first_with(addresses, slot)) if slot in sources else None
            for slot in range(max(sources) + 1)
        )

    def _with_address(self, member: int, address: int) -> Shape:
        shape = self.shape(member)
        return shape._replace(operand=shape.operand._replace(address=address)) if address else shape


def _first_with(addresses: dict[int, int], slot: int) -> int:
    """A small number in place of an address: the first slot that has the same, counted from 1; 0 if no other has it."""
    same = [other for other, address in addresses.items() if address == addresses[slot]]
    return 1 + min(same) if addresses[slot] and len(same) > 1 else 0


def _weights_among(trace: Trace, tensors: np.ndarray, nodes: int) -> np.ndarray:
    """Leafs in a mapped model or in a buffer for weights."""
    held = tensors["buffer"] != NONE
    weights = tensors["file"] != NONE
    weights[held] |= trace.buffers["role"][tensors["buffer"][held]] == ROLES.index("weights")
    weights[:nodes] = False
    return weights

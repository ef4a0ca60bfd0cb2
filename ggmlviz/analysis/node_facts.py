"""What a computed node is: its op, tensor, layer and block, its arithmetic and the weights it reads."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from ggmlviz.analysis.blocks import block_of, layer_of
from ggmlviz.analysis.costs.work import Work, fused, work
from ggmlviz.analysis.members import Members, Shape
from ggmlviz.analysis.memory.reads_by_source import reads_by_slot
from ggmlviz.analysis.residual_layers import Place, places_of
from ggmlviz.trace.trace import Trace

UNATTRIBUTED = "(unattributed)"
UNNAMED = ("node_", "leaf_")  # what ggml calls the tensors that a program gave no name


class NodeFacts(NamedTuple):
    op: str  # two, joined by +, where a pair was computed as one
    tensor: str
    layer: int | None
    block: str
    work: Work | None  # None: not modelled
    weights: dict[int, int]  # bytes of weights it reads, by the ids of the tensors


UNKNOWN = NodeFacts(UNATTRIBUTED, UNATTRIBUTED, None, "other", None, {})


class FactsOfGraphs:
    """Looks nodes up when they are first asked for."""

    def __init__(self, trace: Trace):
        self._trace = trace
        self._graphs: dict[int, Members] = {}
        self._work, self._reads = cache(work_of), cache(reads_of)
        self._layer, self._block = cache(layer_of), cache(block_of)
        self._known: dict[tuple[int, int, bool], NodeFacts] = {}
        self._by_ids: dict[tuple[tuple[int, ...], ...], NodeFacts] = {}
        self._structures: dict[int, dict[int, Place]] = {}

    def still_of(self, trace: Trace) -> FactsOfGraphs:
        """For a later state of the same trace: what is known stays, for all states together."""
        facts = copy.copy(self)
        facts._trace = trace
        return facts

    def of(self, graph: int, node: int, with_next: bool = False) -> NodeFacts:
        key = graph, node, with_next
        if key not in self._known:
            self._known[key] = self._look_up(*key)
        return self._known[key]

    def _look_up(self, graph: int, node: int, with_next: bool) -> NodeFacts:
        if graph < 0 or node < 0:
            return UNKNOWN
        facts = self._of_graph(graph)
        members = [node, node + 1] if with_next else [node]
        # Graphs that differ in a few nodes have the tensors of the others in common, and there can be many such.
        ids = tuple((facts.ids[member], *facts.ids_of_sources(member)) for member in members)
        if ids not in self._by_ids:
            self._by_ids[ids] = self._told(facts, members)
        told = self._by_ids[ids]
        if place := self._places(graph).get(node):
            return told._replace(layer=place.layer, block=place.block if told.block == "other" else told.block)
        return told

    def _told(self, facts: Members, members: list[int]) -> NodeFacts:
        """All that names, shapes and weights tell."""
        sources = [source for member in members for source in facts.sources[member].values() if source not in members]
        names = [facts.names[source] for source in sources]
        op, own_name = "+".join(facts.ops[member] for member in members), facts.names[members[-1]]
        named_weights = [facts.names[source] for source in sources if facts.is_weight[source]]
        named_weights = [name for name in named_weights if _is_named(name)]
        return NodeFacts(
            op,
            named_weights[0] if named_weights and not _is_named(own_name) else own_name,
            self._layer_of((own_name, *named_weights) if _is_named(own_name) else names),
            self._block(own_name, facts.ops[members[0]], tuple(names)),
            self._work_of_all(facts, members),
            self._weights(facts, members),
        )

    def reads_of(self, graph: int, node: int, with_next: bool = False) -> dict[int, int | None]:
        """Bytes of each member that it reads, views as they are; None where that is not modelled."""
        facts, read = self._of_graph(graph), {}
        members = [node, node + 1] if with_next else [node]
        for member in members:
            by_slot = self._reads(facts.shape(member), facts.source_shapes(member))
            for slot, source in facts.sources[member].items():
                if source not in members:
                    read[source] = None if by_slot is None else (read.get(source) or 0) + by_slot[slot]
        return read

    def _of_graph(self, graph: int) -> Members:
        if graph not in self._graphs:
            self._graphs[graph] = Members(self._trace, graph)
        return self._graphs[graph]

    def _places(self, graph: int) -> dict[int, Place]:
        """What the structure tells where no name tells of a layer."""
        if graph not in self._structures:
            named = self._layer_of(self._of_graph(graph).names) is not None
            self._structures[graph] = {} if named else places_of(self._trace.graph(graph))
        return self._structures[graph]

    def _layer_of(self, names: Iterable[str]) -> int | None:
        """What has a name is not in the layer of what it reads: the last norm reads the last layer."""
        return next((layer for name in names if (layer := self._layer(name)) is not None), None)

    def _work_of_all(self, facts: Members, members: list[int]) -> Work | None:
        done = [self._work(facts.shape(member), facts.source_shapes(member)) for member in members]
        if len(done) == 1 or None in done:
            return done[0] if len(done) == 1 else None
        return fused(*done, facts.shape(members[0]).operand.touched)

    def _weights(self, facts: Members, members: list[int]) -> dict[int, int]:
        """Rows that are looked up, and experts that are picked, count as `costs` counts them."""
        read: dict[int, int] = {}
        for member in members:
            for slot, source in facts.sources[member].items():
                if facts.is_weight[source]:
                    read[facts.ids[source]] = _bytes_read(facts, member, slot, source)
        return read


def work_of(node: Shape, sources: tuple[Shape | None, ...]) -> Work | None:
    operands = [source and source.operand for source in sources]
    return work(node.op, node.description, node.operand, operands, node.parameters)


def reads_of(node: Shape, sources: tuple[Shape | None, ...]) -> tuple[int, ...] | None:
    operands = [source and source.operand for source in sources]
    return reads_by_slot(node.op, node.description, node.operand, operands, node.parameters)


def _bytes_read(facts: Members, node: int, slot: int, source: int) -> int:
    operand, result = facts.shape(source).operand, facts.shape(node).operand
    if slot == 0 and facts.ops[node] == "GET_ROWS":
        return operand.some_rows(result.rows)
    if slot == 0 and facts.ops[node] == "MUL_MAT_ID":
        return operand.some_rows(min(operand.ne[2], result.rows) * operand.ne[1])
    return operand.touched


def _is_named(name: str) -> bool:
    return bool(name) and not name.startswith(UNNAMED)

"""The graph from further away: a cluster for each layer, in it one node for each block and one for what it reads."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import NamedTuple

from ggmlviz.export.described_graph import NO_LAYER, DescribedGraph
from ggmlviz.export.dot_text import COMPUTED, LEAF, edge, node, quoted

OPS_SHOWN = 4


class Group(NamedTuple):
    layer: int
    block: str
    leafs: bool

    @property
    def id(self) -> str:
        return f"{self.layer} {self.block} {'leafs' if self.leafs else 'nodes'}"


def grouped_lines(described: DescribedGraph, wanted: set[int]) -> list[str]:
    members: dict[Group, list[int]] = defaultdict(list)
    for member in sorted(wanted):
        members[_group(described, member)].append(member)
    lines = []
    for layer in sorted({group.layer for group in members}):
        groups = [group for group in members if group.layer == layer]
        inside = [node(group.id, _label(described, group, members[group]), _look(group)) for group in groups]
        lines += inside if layer == NO_LAYER else _cluster(layer, inside)
    tensors = Counter(
        (_group(described, source), _group(described, reader))
        for reader in sorted(wanted)
        for source in described.sources[reader]
        if source in wanted
    )
    lines += [
        edge(source.id, reader.id, f"{count}" if count > 1 else "")
        for (source, reader), count in tensors.items()
        if source != reader
    ]
    return lines


def _cluster(layer: int, lines: list[str]) -> list[str]:
    begin = [f"subgraph {quoted(f'cluster_{layer}')} {{", f"  label={quoted(f'layer {layer}')};"]
    return [*begin, *(f"  {line}" for line in lines), "}"]


def _group(described: DescribedGraph, member: int) -> Group:
    return Group(*described.places[member], member >= described.graph.nodes)


def _look(group: Group) -> str:
    return LEAF if group.leafs else COMPUTED


def _label(described: DescribedGraph, group: Group, members: list[int]) -> str:
    if group.leafs:
        size = int(described.graph.tensors["bytes"][members].sum())
        what = described.names[members[0]] if len(members) == 1 else f"{len(members)} tensors"
        return f"{group.block}: {what}\n{size:,} bytes"
    ops = Counter(described.kinds[member] for member in members)
    shown = ", ".join(f"{count} {op}" if count > 1 else op for op, count in ops.most_common(OPS_SHOWN))
    return f"{group.block}: {len(members)} nodes\n{shown}{', …' if len(ops) > OPS_SHOWN else ''}"

"""The computed nodes: by far the most events, so what is the same for all executions of a node is put together once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache

from ggmlviz.export.described_graph import stretches
from ggmlviz.export.perfetto_events import Tracks, microseconds
from ggmlviz.export.progress import Progress
from ggmlviz.export.table import CHUNK, Joins, looked_up
from ggmlviz.format.layout import RowFlag

UNATTRIBUTED = '"name":"unattributed","args":{'


def node_lines(joins: Joins, tracks: Tracks, progress: Progress) -> Iterator[str]:
    executions, sections, runs = joins.trace.executions, joins.trace.sections, joins.trace.runs
    fixed = lru_cache(1 << 14)(lambda graph, node, fused: _fixed(joins, graph, node, fused))
    before = f',\n{{"ph":"X","cat":"node","pid":{tracks.pid},"tid":'
    for first in range(0, len(executions), CHUNK):
        progress.tell("nodes", first, len(executions))
        chunk = executions[first : first + CHUNK]
        section = chunk["section"]
        graphs = looked_up(runs["graph"], sections["run"][section], -1)
        lanes = sections["lane"][section]
        for part in stretches(graphs):
            graph, rows = int(graphs[part.start]), chunk[part]
            fields = [rows[name].tolist() for name in ("node", "begin", "end", "wait")]
            fields += [lanes[part].tolist(), (rows["flags"] & RowFlag.NODE_FUSED != 0).tolist()]
            for node, begin, end, wait, lane, fused in zip(*fields, strict=True):
                text, moved = fixed(graph, node, fused)
                rate = f'"GB/s":{moved / (end - begin):.3f},' if moved and end > begin else ""
                when = f'{tracks.tid(lane)},"ts":{microseconds(begin)},"dur":{microseconds(end - begin)}'
                yield f'{before}{when},{text}{rate}"wait_ns":{wait}}}}}'


def _fixed(joins: Joins, graph: int, node: int, fused: bool) -> tuple[str, int]:
    """The begin of the event's arguments, and the bytes that it is modelled to move, 0 for not modelled."""
    if graph < 0 or node < 0:
        return UNATTRIBUTED, 0
    described = joins.graphs.of(graph)
    facts = described.facts(node, fused)
    arguments = {"op": described.kind(node, fused), "shape": described.shapes[node]}
    arguments |= {"type": described.types[node], "block": facts.block}
    if facts.layer is not None:
        arguments["layer"] = facts.layer
    if fused:
        arguments["fused_with"] = described.names[node + 1]
    moved = 0
    if facts.work:
        arguments["flops"] = facts.work.flops
        moved = facts.work.read + facts.work.written
    return f'"name":{json.dumps(described.names[node])},"args":{json.dumps(arguments)[:-1]},', moved

"""Every computed node, with what its graph tells of it."""

from __future__ import annotations

import numpy as np

from ggmlviz.export.described_graph import DescribedGraph, stretches
from ggmlviz.export.table import TIMES, Columns, Joins, Table, known, looked_up, times_of
from ggmlviz.format.layout import RowFlag

OF_THE_GRAPH = {"name": str, "op": str, "description": str, "type": str, "shape": str, "layer": int, "block": str}
WORK = {"flops": int, "bytes": int}


def _nodes(joins: Joins, part: slice) -> Columns:
    executions, sections, runs = joins.trace.executions[part], joins.trace.sections, joins.trace.runs
    run = sections["run"][executions["section"]]
    fused = executions["flags"] & RowFlag.NODE_FUSED != 0
    graphs = looked_up(runs["graph"], run, -1)
    told = {name: np.empty(len(executions), object) for name in (*OF_THE_GRAPH, *WORK)}
    for stretch in stretches(graphs):
        number, nodes = int(graphs[stretch.start]), executions["node"][stretch]
        if number >= 0 and (nodes >= 0).any():
            described = joins.graphs.of(number)
            for name, values in _of_stretch(described, nodes, fused[stretch]).items():
                told[name][stretch] = values
    return {
        "run": known(joins.numbers_of(run)),
        "section": executions["section"],
        "graph": known(graphs),
        "node": known(executions["node"]),
        **{name: np.ma.array(values, mask=values == None) for name, values in told.items()},  # noqa: E711
        **times_of(executions),
        "wait_ns": executions["wait"],
        "fused": fused,
    }


def _of_stretch(described: DescribedGraph, nodes: np.ndarray, fused: np.ndarray) -> Columns:
    """Each different node is looked at once, as it is and as the first of a pair."""
    keys, where = np.unique(nodes * 2 + fused, return_inverse=True)
    rows = [_row(described, key // 2, bool(key % 2)) for key in keys.tolist()]
    columns = {}
    for index, name in enumerate((*OF_THE_GRAPH, *WORK)):
        values = np.empty(len(rows), object)
        values[:] = [row[index] for row in rows]
        columns[name] = values[where]
    return columns


def _row(described: DescribedGraph, node: int, fused: bool) -> tuple:
    if node < 0:
        return (None,) * (len(OF_THE_GRAPH) + len(WORK))
    facts = described.facts(node, fused)
    cost = (facts.work.flops, facts.work.read + facts.work.written) if facts.work else (None, None)
    lists = (described.names, described.ops, described.kinds, described.types, described.shapes)
    return (*(of_member[node] for of_member in lists), facts.layer, facts.block, *cost)


NODES = Table(
    {"run": int, "section": int, "graph": int, "node": int, **OF_THE_GRAPH, **WORK, **TIMES}
    | {"wait_ns": int, "fused": bool},
    lambda trace: len(trace.executions),
    _nodes,
)

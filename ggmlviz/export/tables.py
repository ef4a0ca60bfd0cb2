"""A trace as plain tables."""

from __future__ import annotations

import numpy as np

from ggmlviz.export.formats import TABLES
from ggmlviz.export.node_table import NODES
from ggmlviz.export.small_tables import BUFFERS, SPLITS, STATUS, THREADS, TRACE, TRANSFERS
from ggmlviz.export.table import THREAD, TIMES, Columns, Joins, Table, known, objects, threads_of, times_of


def _runs(joins: Joins, part: slice) -> Columns:
    runs = joins.trace.runs[part]
    graphs = runs["graph"].tolist()
    described = [joins.graphs.of(graph) if graph >= 0 else None for graph in graphs]
    purposes = [of_graph and of_graph.purpose for of_graph in described]
    return {
        "run": runs["number"],
        **threads_of(joins, runs["lane"]),
        **times_of(runs),
        "own_ns": runs["own"],
        "graph": known(runs["graph"]),
        "nodes": known(np.array([of_graph.graph.nodes if of_graph else -1 for of_graph in described], np.int64)),
        "phase": objects([purpose.phase if purpose else "other" for purpose in purposes]),
        "tokens": known(np.array([(purpose and purpose.tokens) or -1 for purpose in purposes], np.int64)),
        "status": STATUS[runs["status"]],
        "minor_faults": known(runs["minor_faults"]),
        "major_faults": known(runs["major_faults"]),
        "resident_bytes": known(runs["resident"]),
    }


RUNS = Table(
    {"run": int, **THREAD, **TIMES, "own_ns": int, "graph": int, "nodes": int, "phase": str, "tokens": int}
    | {"status": str, "minor_faults": int, "major_faults": int, "resident_bytes": int},
    lambda trace: len(trace.runs),
    _runs,
)

BY_NAME: dict[str, Table] = dict(zip(TABLES, (TRACE, RUNS, NODES, THREADS, SPLITS, TRANSFERS, BUFFERS), strict=True))

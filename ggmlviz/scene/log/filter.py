"""Which lines of the log are about what is selected and what the filter names."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ggmlviz.analysis.log_entries import Wanted
from ggmlviz.analysis.query import Query, parse
from ggmlviz.scene.opened import Opened
from ggmlviz.scene.selection import Selection


def about_of(selection: Selection) -> int | None:
    """The tensor of the trace that lines must touch: one that is selected by itself, and not with what computed it."""
    return selection.tensor if selection.execution is None else None


def wanted_of(opened: Opened, tensor: int | None, text: str) -> Wanted:
    """Raises BadQuery for a text that makes no sense."""
    query = parse(text) if text.strip() else None
    if tensor is None and query is None:
        return Wanted()
    places = places_of(opened, tensor) if tensor is not None else None
    return Wanted(
        node=_nodes(opened, places, query),
        shortest=query.shortest if query else 0.0,
        longest=query.longest if query else float("inf"),
        buffer=_buffers(opened, places, query),
        transfer=_transfers(opened, places, query),
    )


def places_of(opened: Opened, tensor: int) -> np.ndarray:
    """Where it lies, also as a copy, and what lies at the same place under another name."""
    table = opened.places.table
    own = int(opened.places.of_tensor[tensor])
    row = table[own]
    same = np.zeros(len(table), bool)
    same[own] = True
    if row["source"] >= 0:
        same |= table["source"] == row["source"]
    if row["buffer"] >= 0 and row["source"] < 0:
        same |= (
            (table["buffer"] == row["buffer"])
            & (table["buffer_offset"] == row["buffer_offset"])
            & (table["bytes"] == row["bytes"])
        )
    return np.flatnonzero(same)


def _nodes(opened: Opened, places: np.ndarray | None, query: Query | None) -> Callable[[int, int, bool], bool]:
    touching: dict[int, set[tuple[int, bool]]] = {}

    def fits(graph: int, node: int, fused: bool) -> bool:
        if query and not query.fit(opened.facts.of(graph, node, fused)):
            return False
        if places is None:
            return True
        if graph not in touching:
            rows = opened.accesses.nodes.of_graph(graph)
            rows = rows[np.isin(rows["place"], places)]
            touching[graph] = set(zip(rows["node"].tolist(), rows["fused"].tolist(), strict=True))
        return (node, fused) in touching[graph]

    return fits


def _buffers(opened: Opened, places: np.ndarray | None, query: Query | None) -> Callable[[int], bool]:
    """A query names nodes; buffers have nothing of what it may ask for."""
    held = set(opened.places.table["buffer"][places].tolist()) if places is not None and query is None else set()
    return lambda buffer: buffer in held


def _transfers(opened: Opened, places: np.ndarray | None, query: Query | None) -> Callable[[int], bool]:
    if query is not None or places is None:
        return lambda transfer: False
    table, transfers = opened.places.table, opened.trace.transfers
    wanted = set(zip(table["name"][places].tolist(), table["buffer"][places].tolist(), strict=True))
    return lambda transfer: (int(transfers["name"][transfer]), int(transfers["buffer"][transfer])) in wanted

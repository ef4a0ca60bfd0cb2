"""In which line of the statistics the selected node is counted."""

from __future__ import annotations

from ggmlviz.analysis.statistics import OF_NODES
from ggmlviz.analysis.totals import GROUPINGS, Node
from ggmlviz.format.layout import RowFlag
from ggmlviz.scene.opened import Opened
from ggmlviz.scene.selection import Selection
from ggmlviz.trace.phases import PHASES


def line_of(opened: Opened, selection: Selection, by: str) -> str | None:
    """None for what is in no line."""
    if by not in OF_NODES or selection.graph is None or selection.member is None:
        return None
    trace = opened.trace
    if selection.member >= trace.graph(selection.graph).nodes:
        return None
    phase = "other" if selection.run is None else PHASES[trace.phases["phase"][selection.run]]
    fused = selection.execution is not None and bool(trace.ops.flags[selection.execution] & RowFlag.NODE_FUSED)
    facts = opened.facts.of(selection.graph, selection.member, fused)
    return GROUPINGS[by](Node(selection.graph, selection.member, 0, 0, 0, phase, facts))

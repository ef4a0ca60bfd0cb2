"""What the card beside the mouse says of a computed node."""

from __future__ import annotations

from ggmlviz.analysis.node_facts import UNATTRIBUTED
from ggmlviz.analysis.op_lanes import places_of
from ggmlviz.analysis.threads_of_execution import threads_of_execution
from ggmlviz.scene.timeline.computed import Computed
from ggmlviz.scene.units import duration


def card(computed: Computed, execution: int) -> str:
    trace, facts = computed.trace, computed.facts(execution)
    took = int(trace.ops.duration[execution])
    places = places_of(trace, execution, execution + 1)
    run, graph, node = int(places.run[0]), int(places.graph[0]), int(places.node[0])
    known = facts.op != UNATTRIBUTED
    lines = [f"{facts.op}  {facts.tensor}" if known else "unattributed: it cannot be told which node this was"]
    if known:
        tensor = trace.graph(graph).tensors[node]
        shape, kind = [int(n) for n in tensor["ne"]], trace.definitions.strings[tensor["type_name"]]
        while len(shape) > 1 and shape[-1] == 1:
            shape.pop()
        lines.append(f"{' × '.join(map(str, shape))}  {kind}")
    lines.append(f"{duration(took)}  ({took:,} ns)")
    waits = threads_of_execution(trace, execution)
    if waits:
        lines.append("waited: " + ", ".join(f"thread {n} {duration(part.wait)}" for n, part in enumerate(waits, 1)))
    if known:
        layer = "no layer" if facts.layer is None else f"layer {facts.layer}"
        lines.append(f"{layer}  ·  {facts.block}")
    if run >= 0:
        lines.append("  ·  ".join(dict.fromkeys([computed.names.of(run), computed.names.numbered(run)])))
    return "\n".join(lines)

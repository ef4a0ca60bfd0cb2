"""Everything that is known of the selected thing, whatever it is; without one, how to select."""

from __future__ import annotations

import math

from ggmlviz.analysis.execution_times import span_of
from ggmlviz.analysis.executions_of_node import ExecutionsOfNode, executions_of_node
from ggmlviz.format.layout import NONE, BufferOrigin
from ggmlviz.scene.drawing import Drawing
from ggmlviz.scene.inspector.inspected import Fact, Inspected, Section
from ggmlviz.scene.inspector.node_inspected import node_inspected
from ggmlviz.scene.inspector.picture import inspector_picture
from ggmlviz.scene.inspector.run_facts import run_inspected
from ggmlviz.scene.inspector.tensor_facts import tensor_facts
from ggmlviz.scene.opened import Opened
from ggmlviz.scene.palette import Theme
from ggmlviz.scene.selection import Selection
from ggmlviz.scene.units import amount, duration
from ggmlviz.trace.buffers import ROLES

HOW_TO_SELECT = (
    "Click an op, a run or a thread's work in the timeline, a box in the graph, a tensor in the memory view, or a row"
    " of the statistics: every view shows the same thing, and here is all that is known of it.",
    "`.` and `,` go to the same op in the next and the previous run, Ctrl+F finds by name.",
)


WIDTH = 480  # of a picture of all that is known


def inspector_drawing(opened: Opened, selection: Selection, size: tuple[int, int] | None, theme: Theme) -> Drawing:
    """All at once, for who has no window; without a size as high as it needs."""
    times = None
    if selection.graph is not None and selection.member is not None:
        times = executions_of_node(opened.trace, opened.trace.graph(selection.graph), selection.member)
    told = inspected(opened, selection, times)
    size = size or (WIDTH, math.ceil(inspector_picture(told, (WIDTH, 1), theme).height))
    return inspector_picture(told, size, theme).drawing


def inspected(opened: Opened, selection: Selection, times: ExecutionsOfNode | None = None) -> Inspected:
    """`times`: of the selected node in every run, as soon as they are known."""
    if selection.graph is not None and selection.member is not None:
        return node_inspected(opened, selection, times)
    if selection.tensor is not None:
        return _tensor(opened, selection.tensor)
    if selection.buffer is not None:
        return _buffer(opened, selection.buffer)
    if selection.execution is not None:
        return _unattributed(opened, selection)
    if selection.run is not None:
        return run_inspected(opened, selection.run)
    return Inspected("Nothing is selected", "", "", (Section("", tuple(Fact("", text) for text in HOW_TO_SELECT)),))


def _tensor(opened: Opened, number: int) -> Inspected:
    trace = opened.trace
    name = trace.definitions.strings[trace.definitions.tensors["name"][number]] or "(no name)"
    return Inspected(name, "a tensor", "", (Section("Tensor", tuple(tensor_facts(opened, number))),))


def _buffer(opened: Opened, number: int) -> Inspected:
    trace = opened.trace
    record, strings = trace.buffers[number], trace.definitions.strings
    end = int(record["end"])
    ended = "when the trace ended, it was alive" if end < 0 else duration(end)
    facts = [
        Fact("role", ROLES[record["role"]]),
        Fact("size", amount(int(record["size"])), f"{int(record['size']):,} bytes"),
        Fact("requested", amount(int(record["requested"])), f"{int(record['requested']):,} bytes"),
        Fact("type", strings[record["type"]]),
        Fact("origin", _origin(int(record["origin"]))),
        Fact("from", duration(int(record["begin"])), f"{int(record['begin']):,} ns since the trace began"),
        Fact("until", ended, "" if end < 0 else f"{end:,} ns since the trace began"),
    ]
    if record["file"] >= 0:
        path = strings[trace.definitions.files["path"][record["file"]]]
        facts.append(
            Fact("file", f"{path} @ 0x{int(record['file_offset']):x}", f"{path}, byte {record['file_offset']:,}")
        )
    return Inspected(
        f"Buffer #{number}", ROLES[record["role"]], "", (Section("Buffer", tuple(facts)), _held(opened, number))
    )


def _origin(number: int) -> str:
    return BufferOrigin(number).name.lower().replace("_", " ") if number in set(BufferOrigin) else f"unknown ({number})"


def _held(opened: Opened, number: int) -> Section:
    tensors = opened.trace.definitions.tensors
    inside = (tensors["buffer"] == number) & (tensors["buffer"] != NONE)
    return Section("Holds", (Fact("tensors", f"{int(inside.sum()):,} were seen in it, over all graphs"),))


def _unattributed(opened: Opened, selection: Selection) -> Inspected:
    span = span_of(opened.trace, selection.execution)
    facts = [
        Fact("time", duration(span.end - span.begin), f"{span.end - span.begin:,} ns"),
        Fact("began at", duration(span.begin), f"{span.begin:,} ns since the trace began"),
        Fact("", "Which node this was cannot be told: no rule of this ggml explains what was computed."),
    ]
    return Inspected("Unattributed node", "", "", (Section("This time", tuple(facts)),))

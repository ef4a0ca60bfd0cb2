"""The outline of the selected op, the same in every lane that shows when it was computed."""

from __future__ import annotations

import numpy as np

from ggmlviz.scene.drawing import Shape
from ggmlviz.scene.selection import section_of
from ggmlviz.scene.timeline.boxes import outline
from ggmlviz.scene.timeline.frame import Frame
from ggmlviz.trace.trace import Trace


def selected_section(frame: Frame, trace: Trace) -> int | None:
    """In which the selected op was computed; None if none is selected."""
    execution = frame.look.selection.execution
    return None if execution is None or execution >= len(trace.ops) else section_of(trace, execution)


def selected_op(frame: Frame, trace: Trace, top: float, bottom: float) -> list[Shape]:
    """Nothing while it is out of view."""
    execution = frame.look.selection.execution
    end = int(trace.ops.end[execution])
    begin = end - max(0, int(trace.ops.duration[execution]))
    if end < frame.look.view.begin or begin >= frame.look.view.end:
        return []
    return [outline(frame, begin, end, top, bottom, frame.theme.accent)]


def place_of(sections: np.ndarray, begins: np.ndarray, section: int, begin: int) -> int | None:
    """Where a section is in a table that is sorted by when its sections began."""
    low, high = np.searchsorted(begins, [begin, begin + 1])
    found = np.flatnonzero(sections[low:high] == section)
    return int(low + found[0]) if len(found) else None

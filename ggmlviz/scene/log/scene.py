"""The trace log of the range in focus as one drawing, all at once: what export asks for."""

from __future__ import annotations

from dataclasses import dataclass

from ggmlviz.analysis.log_entries import log_entries
from ggmlviz.scene.drawing import Drawing
from ggmlviz.scene.focus import Focus
from ggmlviz.scene.log.filter import about_of, wanted_of
from ggmlviz.scene.log.rows import log_picture
from ggmlviz.scene.opened import Opened
from ggmlviz.scene.palette import Theme


@dataclass(frozen=True)
class LogOptions:
    everything: bool = False  # also what is not about the selected tensor
    first: int = 0  # the line on top


def log_drawing(opened: Opened, focus: Focus, options: LogOptions, width: int, height: int, theme: Theme) -> Drawing:
    tensor = None if options.everything else about_of(focus.selection)
    entries = log_entries(opened.trace, focus.range, wanted_of(opened, tensor, focus.filter))
    return log_picture(opened, entries, options.first, focus.selection, (width, height), theme).picture.drawing

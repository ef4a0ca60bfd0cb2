"""The trace log of the range in focus as one picture, from its first line on, for who has no window."""

from __future__ import annotations

from ggmlviz.analysis.log_entries import log_entries
from ggmlviz.scene.drawing import Drawing
from ggmlviz.scene.focus import Focus
from ggmlviz.scene.log.filter import about_of, wanted_of
from ggmlviz.scene.log.rows import log_picture
from ggmlviz.scene.opened import Opened
from ggmlviz.scene.palette import Theme


def log_drawing(opened: Opened, focus: Focus, width: int, height: int, theme: Theme) -> Drawing:
    wanted = wanted_of(opened, about_of(focus.selection), focus.filter)
    entries = log_entries(opened.trace, focus.range, wanted)
    return log_picture(opened, entries, 0, focus.selection, (width, height), theme).picture.drawing

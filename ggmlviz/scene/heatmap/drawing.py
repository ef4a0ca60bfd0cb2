"""The memory of a trace as one drawing, all at once: what export asks for."""

from __future__ import annotations

from ggmlviz.analysis.memory.last_touches import last_touches
from ggmlviz.analysis.time_range import END_OF_TIME, TimeRange
from ggmlviz.scene.drawing import Drawing
from ggmlviz.scene.focus import Focus
from ggmlviz.scene.heatmap.glow import glowing
from ggmlviz.scene.heatmap.intensity import FADES
from ggmlviz.scene.heatmap.options import HeatmapOptions
from ggmlviz.scene.heatmap.scene import accesses_of, heatmap_picture
from ggmlviz.scene.heatmap.subject import subject_of
from ggmlviz.scene.opened import Opened
from ggmlviz.scene.palette import Theme


def heatmap_drawing(
    opened: Opened, focus: Focus, options: HeatmapOptions, width: int, height: int, theme: Theme
) -> Drawing:
    subject = subject_of(opened, focus, options)
    done = accesses_of(opened, subject, options)
    picture = heatmap_picture(opened, focus, options, subject, done, (width, height), theme)
    if options.glows:
        recent = TimeRange(options.now - FADES, END_OF_TIME)
        last = last_touches(opened.trace, opened.accesses, recent)
        picture = glowing(picture, last, options.now, opened, focus, options, theme)
    return picture.drawing

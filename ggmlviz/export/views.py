"""The views of the window as drawings of a given size, for who has no window."""

from __future__ import annotations

from collections.abc import Callable

from ggmlviz.analysis.time_range import TimeRange
from ggmlviz.errors import UnsuitableTrace
from ggmlviz.export.errors import WrongOptions
from ggmlviz.export.formats import VIEWS, Choices
from ggmlviz.scene.drawing import Drawing
from ggmlviz.scene.focus import Focus
from ggmlviz.scene.graph.drawing import GraphOptions, graph_drawing
from ggmlviz.scene.heatmap.options import HeatmapOptions
from ggmlviz.scene.heatmap.scene import heatmap_drawing
from ggmlviz.scene.opened import Opened
from ggmlviz.scene.palette import THEMES, Theme
from ggmlviz.scene.statistics.views import experts_drawing, flame_drawing, roofline_drawing, statistics_drawing
from ggmlviz.scene.timeline.computed import Computed
from ggmlviz.scene.timeline.frame import Look
from ggmlviz.scene.timeline.lanes import Lanes
from ggmlviz.scene.timeline.scene import TimelineScene
from ggmlviz.trace.trace import Trace

SIZE = (1600, 900)

View = Callable[[Opened, Focus, Choices, int, int, Theme], Drawing]


def view_of(trace: Trace, choices: Choices) -> Drawing:
    if choices.view is None:
        raise WrongOptions(f"a picture shows one view: add --view with one of {', '.join(VIEWS)}")
    if not len(trace.runs):
        raise UnsuitableTrace(trace.recording.path, "no graph run was recorded", "`ggml-viz doctor -- CMD` tells why")
    opened = Opened(trace)
    return drawing_of(opened, _focus(opened, choices), choices)


def drawing_of(opened: Opened, focus: Focus, choices: Choices) -> Drawing:
    draw = _DRAWN[VIEWS.index(choices.view)]
    return draw(opened, focus, choices, *(choices.size or SIZE), THEMES[choices.theme or "light"])


def _focus(opened: Opened, choices: Choices) -> Focus:
    begin, end = opened.whole
    if choices.begin is not None:
        begin = round(choices.begin * 1e9)
    if choices.end is not None:
        end = round(choices.end * 1e9)
    if begin >= min(end, opened.whole.end) or end <= opened.whole.begin:
        first, last = (edge / 1e9 for edge in opened.whole)
        raise WrongOptions(f"nothing is recorded in that range; the trace goes from {first:.3f} s to {last:.3f} s")
    return Focus(TimeRange(begin, end))


def _timeline(opened: Opened, focus: Focus, _: Choices, width: int, height: int, theme: Theme) -> Drawing:
    lanes = Lanes(opened)
    lanes.add(Computed(opened))
    return TimelineScene(lanes, Look(width, height, theme, focus.view, opened.whole)).drawing


def _graph(opened: Opened, focus: Focus, choices: Choices, width: int, height: int, theme: Theme) -> Drawing:
    count = len(opened.trace.definitions.graphs)
    if choices.graph is not None and not 0 <= choices.graph < count:
        raise WrongOptions(f"the trace has no graph {choices.graph}: they are numbered from 0 to {count - 1}")
    layers = () if choices.layer is None else (choices.layer,)
    return graph_drawing(opened, focus, GraphOptions(choices.graph, layers=layers), width, height, theme)


def _heatmap(opened: Opened, focus: Focus, _: Choices, width: int, height: int, theme: Theme) -> Drawing:
    return heatmap_drawing(opened, focus, HeatmapOptions(full=True), width, height, theme)


def _flame(opened: Opened, focus: Focus, _: Choices, width: int, height: int, theme: Theme) -> Drawing:
    return flame_drawing(opened, focus, (), width, height, theme)


def _roofline(opened: Opened, focus: Focus, _: Choices, width: int, height: int, theme: Theme) -> Drawing:
    return roofline_drawing(opened, focus, None, width, height, theme)


def _experts(opened: Opened, focus: Focus, _: Choices, width: int, height: int, theme: Theme) -> Drawing:
    return experts_drawing(opened, focus, width, height, theme)


def _statistics(opened: Opened, focus: Focus, _: Choices, width: int, height: int, theme: Theme) -> Drawing:
    return statistics_drawing(opened, focus, "op", width, height, theme)


# In the order of their names in `formats`.
_DRAWN: tuple[View, ...] = (_timeline, _graph, _heatmap, _flame, _roofline, _experts, _statistics)

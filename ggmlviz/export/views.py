"""The views of the window as drawings of a given size, for who has no window."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ggmlviz.analysis.comparison.results import LEVELS
from ggmlviz.analysis.statistics import KINDS
from ggmlviz.analysis.time_range import TimeRange
from ggmlviz.errors import UnsuitableTrace
from ggmlviz.export.errors import WrongOptions
from ggmlviz.export.formats import VIEWS, Choices
from ggmlviz.scene.drawing import Drawing
from ggmlviz.scene.focus import Focus
from ggmlviz.scene.graph.drawing import GraphOptions, graph_drawing
from ggmlviz.scene.heatmap.options import HeatmapOptions
from ggmlviz.scene.heatmap.scene import heatmap_drawing
from ggmlviz.scene.inspector.scene import inspector_drawing
from ggmlviz.scene.log.scene import log_drawing
from ggmlviz.scene.opened import Opened
from ggmlviz.scene.palette import THEMES, Theme
from ggmlviz.scene.selection import Selection, of_name
from ggmlviz.scene.statistics.comparison_table import STRUCTURE
from ggmlviz.scene.statistics.views import (
    comparison_drawing,
    experts_drawing,
    flame_drawing,
    roofline_drawing,
    statistics_drawing,
)
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
    other = None if choices.other is None else Opened(Trace.open(choices.other))
    return drawing_of(opened, _focus(opened, choices), choices, other)


def drawing_of(opened: Opened, focus: Focus, choices: Choices, other: Opened | None = None) -> Drawing:
    """`other`: the second trace of a comparison."""
    size, theme = choices.size or SIZE, THEMES[choices.theme or "light"]
    if choices.view == "compare":
        if other is None:
            raise WrongOptions("a comparison is of two traces: --with OTHER, or File › Compare with… in the window")
        by, selection = _by(choices, (*LEVELS, STRUCTURE)), _selected(opened, focus, choices.tensor)
        return comparison_drawing(opened, other, by, selection, *size, theme)
    return _DRAWN[choices.view](opened, focus, choices, *size, theme)


def _focus(opened: Opened, choices: Choices) -> Focus:
    begin, end = opened.first_view
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


def _statistics(opened: Opened, focus: Focus, choices: Choices, width: int, height: int, theme: Theme) -> Drawing:
    return statistics_drawing(opened, focus, _by(choices, KINDS), width, height, theme)


def _by(choices: Choices, kinds: Sequence[str]) -> str:
    if choices.by is not None and choices.by not in kinds:
        raise WrongOptions(f"--by of --view {choices.view} is one of {', '.join(kinds)}")
    return choices.by or "op"


def _selected(opened: Opened, focus: Focus, name: str | None) -> Selection:
    if name is None:
        return focus.selection
    selection = of_name(opened.trace, name)
    if selection is None:
        raise WrongOptions(f"nothing in the trace is called `{name}`; --to csv --table nodes names what was computed")
    return selection


def _inspector(opened: Opened, focus: Focus, choices: Choices, width: int, height: int, theme: Theme) -> Drawing:
    """As wide as a panel and as high as what is told, unless a size is given."""
    selection = _selected(opened, focus, choices.tensor)
    if not selection:
        raise WrongOptions("the inspector is of one thing: --tensor NAME, or what is selected in the window")
    return inspector_drawing(opened, selection, choices.size, theme)


def _log(opened: Opened, focus: Focus, _: Choices, width: int, height: int, theme: Theme) -> Drawing:
    return log_drawing(opened, focus, width, height, theme)


_DRAWN: dict[str, View] = {
    "timeline": _timeline,
    "graph": _graph,
    "heatmap": _heatmap,
    "flame": _flame,
    "roofline": _roofline,
    "experts": _experts,
    "statistics": _statistics,
    "inspector": _inspector,
    "log": _log,
}

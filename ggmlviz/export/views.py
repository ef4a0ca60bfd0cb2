"""The views of the window as drawings of a given size, for who has no window."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ggmlviz.analysis.time_range import TimeRange
from ggmlviz.errors import UnsuitableTrace
from ggmlviz.export.errors import WrongOptions
from ggmlviz.export.formats import VIEWS, Choices
from ggmlviz.export.view_options import options_of
from ggmlviz.scene.drawing import Drawing
from ggmlviz.scene.focus import Focus
from ggmlviz.scene.graph.drawing import graph_drawing
from ggmlviz.scene.heatmap.drawing import heatmap_drawing
from ggmlviz.scene.inspector.scene import inspector_drawing
from ggmlviz.scene.log.scene import log_drawing
from ggmlviz.scene.opened import Opened
from ggmlviz.scene.palette import LIGHT, THEMES, Theme
from ggmlviz.scene.selection import NOTHING, Selection, of_name
from ggmlviz.scene.statistics.views import (
    comparison_drawing,
    experts_drawing,
    flame_drawing,
    roofline_drawing,
    statistics_drawing,
)
from ggmlviz.scene.timeline.drawing import timeline_drawing
from ggmlviz.trace.trace import Trace

SIZE = (1600, 900)

_DRAWN: dict[str, Callable[[Opened, Focus, Any, int, int, Theme], Drawing]] = {  # the third: options of the view
    "timeline": timeline_drawing,
    "graph": graph_drawing,
    "heatmap": heatmap_drawing,
    "flame": flame_drawing,
    "roofline": roofline_drawing,
    "experts": experts_drawing,
    "statistics": statistics_drawing,
    "compare": comparison_drawing,
    "log": log_drawing,
}


def view_of(trace: Trace, choices: Choices) -> Drawing:
    if choices.view is None:
        raise WrongOptions(f"a picture shows one view: add --view with one of {', '.join(VIEWS)}")
    if not len(trace.runs):
        raise UnsuitableTrace(trace.recording.path, "no graph run was recorded", "`ggml-viz doctor -- CMD` tells why")
    opened = Opened(trace)
    focus, options = _focus(opened, choices), options_of(trace, choices)
    return drawing_of(choices.view, opened, focus, options, THEMES[choices.theme or "light"], choices.size)


def drawing_of(
    view: str, opened: Opened, focus: Focus, options: object, theme: Theme = LIGHT, size: tuple[int, int] | None = None
) -> Drawing:
    """`options` are those of the view, as its scene takes them."""
    if view == "inspector":
        return _inspector(opened, focus.selection, theme, size)
    return _DRAWN[view](opened, focus, options, *(size or SIZE), theme)


def _inspector(opened: Opened, selection: Selection, theme: Theme, size: tuple[int, int] | None) -> Drawing:
    """As wide as a panel and as high as what is told, unless a size is given."""
    if not selection:
        raise WrongOptions("the inspector is of one thing: --tensor NAME, or what is selected in the window")
    return inspector_drawing(opened, selection, size, theme)


def _focus(opened: Opened, choices: Choices) -> Focus:
    begin, end = opened.first_view
    if choices.begin is not None:
        begin = round(choices.begin * 1e9)
    if choices.end is not None:
        end = round(choices.end * 1e9)
    if begin >= min(end, opened.whole.end) or end <= opened.whole.begin:
        first, last = (edge / 1e9 for edge in opened.whole)
        raise WrongOptions(f"nothing is recorded in that range; the trace goes from {first:.3f} s to {last:.3f} s")
    return Focus(TimeRange(begin, end), selection=_selected(opened.trace, choices.tensor))


def _selected(trace: Trace, name: str | None) -> Selection:
    if name is None:
        return NOTHING
    selection = of_name(trace, name)
    if selection is None:
        raise WrongOptions(f"nothing in the trace is called `{name}`; --to csv --table nodes names what was computed")
    return selection

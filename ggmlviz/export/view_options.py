"""What the command line asks of a view, as the options that its scene takes."""

from __future__ import annotations

from collections.abc import Sequence

from ggmlviz.analysis.comparison.results import LEVELS
from ggmlviz.analysis.statistics import KINDS
from ggmlviz.export.errors import WrongOptions
from ggmlviz.export.formats import Choices
from ggmlviz.scene.graph.drawing import GraphOptions
from ggmlviz.scene.heatmap.options import HeatmapOptions
from ggmlviz.scene.log.scene import LogOptions
from ggmlviz.scene.opened import Opened
from ggmlviz.scene.statistics.comparison_table import STRUCTURE
from ggmlviz.scene.statistics.views import CompareOptions, FlameOptions, StatisticsOptions
from ggmlviz.scene.timeline.drawing import TimelineOptions
from ggmlviz.trace.trace import Trace


def options_of(trace: Trace, choices: Choices) -> object:
    """None for a view that has none."""
    match choices.view:
        case "timeline":
            return TimelineOptions()
        case "graph":
            return _graph(trace, choices)
        case "heatmap":
            return HeatmapOptions(full=True)
        case "statistics":
            return StatisticsOptions(_by(choices, KINDS))
        case "flame":
            return FlameOptions()
        case "log":
            return LogOptions()
        case "compare":
            return _compare(choices)
    return None


def _graph(trace: Trace, choices: Choices) -> GraphOptions:
    count = len(trace.definitions.graphs)
    if choices.graph is not None and not 0 <= choices.graph < count:
        raise WrongOptions(f"the trace has no graph {choices.graph}: they are numbered from 0 to {count - 1}")
    return GraphOptions(choices.graph, layers=() if choices.layer is None else (choices.layer,))


def _compare(choices: Choices) -> CompareOptions:
    if choices.other is None:
        raise WrongOptions("a comparison is of two traces: --with OTHER")
    level = _by(choices, (*LEVELS, STRUCTURE))
    return CompareOptions(Opened(Trace.open(choices.other)), level)


def _by(choices: Choices, kinds: Sequence[str]) -> str:
    if choices.by is not None and choices.by not in kinds:
        raise WrongOptions(f"--by of --view {choices.view} is one of {', '.join(kinds)}")
    return choices.by or "op"

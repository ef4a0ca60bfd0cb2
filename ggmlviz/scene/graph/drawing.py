"""The graph of a trace as one drawing, without a window: what export and screenshots ask for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ggmlviz.analysis.graph.layout import GraphLayout, laid_out
from ggmlviz.analysis.graph.outcomes import mean_times
from ggmlviz.errors import UnsuitableTrace
from ggmlviz.scene.drawing import Drawing
from ggmlviz.scene.focus import Focus
from ggmlviz.scene.graph.camera import fit
from ggmlviz.scene.graph.picture import GraphPicture, Marks
from ggmlviz.scene.graph.subject import GraphSubject, graph_to_show
from ggmlviz.scene.opened import Opened
from ggmlviz.scene.palette import Theme


@dataclass(frozen=True)
class GraphOptions:
    graph: int | None = None  # None: the one of the selected run, else the one that ran most often
    colouring: str = "plain"  # one of graph_colours.COLOURINGS
    open_all: bool = False
    layers: tuple[int, ...] = ()  # to open


def graph_drawing(
    opened: Opened, focus: Focus, options: GraphOptions, width: int, height: int, theme: Theme
) -> Drawing:
    """All of it, or the layers that were asked for, as large as it fits."""
    number = graph_to_show(opened, focus.selection.run) if options.graph is None else options.graph
    if number < 0 or not opened.trace.graph(number).complete:
        raise UnsuitableTrace(opened.path, "it describes no graph whole", "record it again")
    subject = GraphSubject(opened, number)
    layout = laid_out(subject.groups, frozenset(_opened(subject, options)))
    times = mean_times(opened.trace, number, focus.range)
    picture = GraphPicture(subject, layout, times, options.colouring, theme)
    camera = fit(_part_to_show(subject, layout, options), width, height, 2.0)
    return picture.shot(camera, width, height, Marks(focus.selection.member), with_map=False).drawing


def _part_to_show(
    subject: GraphSubject, layout: GraphLayout, options: GraphOptions
) -> tuple[float, float, float, float]:
    wanted = {f"layer {layer}" for layer in options.layers}
    titles = [subject.groups.groups[number].title for number in layout.frames.tolist()]
    boxes = layout.frame_boxes[np.array([title in wanted for title in titles], bool)]
    if not len(boxes):
        return 0, 0, layout.width, layout.height
    return (*boxes[:, :2].min(axis=0).tolist(), *boxes[:, 2:].max(axis=0).tolist())


def _opened(subject: GraphSubject, options: GraphOptions) -> set[int]:
    groups = subject.groups
    if options.open_all:
        return set(range(1, len(groups.groups)))
    wanted = {f"layer {layer}" for layer in options.layers}
    found: set[int] = set()
    for group in groups.groups:
        if group.title in wanted:
            found |= {group.parent, *groups.below(group.number)}
    return found

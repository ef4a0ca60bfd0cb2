"""The graph of a trace as one drawing, all at once: what export asks for."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ggmlviz.analysis.graph.groups import only
from ggmlviz.analysis.graph.layout import GraphLayout, laid_out
from ggmlviz.errors import UnsuitableTrace
from ggmlviz.scene.drawing import Drawing
from ggmlviz.scene.focus import Focus
from ggmlviz.scene.graph.camera import fit
from ggmlviz.scene.graph.picture import Box, GraphPicture, Marks
from ggmlviz.scene.graph.subject import GraphSubject, graph_to_show
from ggmlviz.scene.opened import Opened
from ggmlviz.scene.palette import Theme

LARGE_ENOUGH = 2.0  # where no part is asked for


@dataclass(frozen=True)
class GraphOptions:
    graph: int | None = None  # None: the one of the selected run, else the one that ran most often
    colouring: str = "plain"  # one of graph_colours.COLOURINGS
    times_of_run: bool = False  # of the selected one, and not the means of the range
    groups: frozenset[int] = frozenset()  # that are open
    layers: tuple[int, ...] = ()  # to open with all that is in them, and to show alone
    only: frozenset[int] | None = None  # members; None: all
    part: Box | None = None  # of the layout; None: all
    marks: Marks | None = None  # None: what is selected


def graph_drawing(
    opened: Opened, focus: Focus, options: GraphOptions, width: int, height: int, theme: Theme
) -> Drawing:
    """All of it, or the part or layers that were asked for, as large as it fits."""
    selection = focus.selection
    number = graph_to_show(opened, selection.run) if options.graph is None else options.graph
    if number < 0 or not opened.trace.graph(number).complete:
        raise UnsuitableTrace(opened.path, "it describes no graph whole", "record it again")
    subject = GraphSubject(opened, number)
    groups = subject.groups if options.only is None else only(subject.groups, set(options.only))
    layout = laid_out(groups, options.groups | _of_layers(subject, options.layers))
    times = subject.times(focus.range, selection.run if options.times_of_run else None)
    picture = GraphPicture(subject, layout, times, options.colouring, theme)
    whole = (0.0, 0.0, layout.width, layout.height)
    if part := _common(options.part, whole):
        camera = fit(part, width, height, math.inf)
    else:
        camera = fit(_around(subject, layout, options.layers) or whole, width, height, LARGE_ENOUGH)
    marks = options.marks or Marks(selection.member if selection.graph == number else None)
    return picture.shot(camera, width, height, marks, with_map=False).drawing


def _common(part: Box | None, whole: Box) -> Box | None:
    """What of the layout is in the part, if that is not all of it."""
    if part is None:
        return None
    left, top, right, bottom = max(part[0], 0.0), max(part[1], 0.0), min(part[2], whole[2]), min(part[3], whole[3])
    found = left, top, right, bottom
    return found if left < right and top < bottom and found != whole else None


def _around(subject: GraphSubject, layout: GraphLayout, layers: tuple[int, ...]) -> Box | None:
    wanted = {f"layer {layer}" for layer in layers}
    titles = [subject.groups.groups[number].title for number in layout.frames.tolist()]
    boxes = layout.frame_boxes[np.array([title in wanted for title in titles], bool)]
    return (*boxes[:, :2].min(axis=0).tolist(), *boxes[:, 2:].max(axis=0).tolist()) if len(boxes) else None


def _of_layers(subject: GraphSubject, layers: tuple[int, ...]) -> frozenset[int]:
    groups = subject.groups
    wanted = {f"layer {layer}" for layer in layers}
    found: set[int] = set()
    for group in groups.groups:
        if group.title in wanted:
            found |= {group.parent, *groups.below(group.number)}
    return frozenset(found)

"""The timeline of a trace as one drawing, all at once: what export asks for."""

from __future__ import annotations

from dataclasses import dataclass

from ggmlviz.analysis.find_ops import Found
from ggmlviz.scene.companions import reach_of
from ggmlviz.scene.drawing import Drawing
from ggmlviz.scene.focus import Focus
from ggmlviz.scene.opened import Opened
from ggmlviz.scene.palette import Theme
from ggmlviz.scene.timeline.beside import Beside
from ggmlviz.scene.timeline.computed import Computed
from ggmlviz.scene.timeline.frame import Look, Note
from ggmlviz.scene.timeline.lanes import Lanes
from ggmlviz.scene.timeline.scene import TimelineScene


@dataclass(frozen=True)
class TimelineOptions:
    """What of a look a person chooses beside the range, the area and the selection; and the other programs below."""

    nest: bool = False
    splits: bool = False
    filter: str = ""
    pinned: tuple[str, ...] = ()
    scroll: float = 0.0
    found: Found | None = None
    lit: Found | None = None
    measured: tuple[int, int] | None = None
    notes: tuple[Note, ...] = ()
    beside: tuple[Beside, ...] = ()


def timeline_drawing(
    opened: Opened, focus: Focus, options: TimelineOptions, width: int, height: int, theme: Theme
) -> Drawing:
    lanes = Lanes(opened)
    lanes.add(Computed(opened))
    look = Look(
        width,
        height,
        theme,
        focus.view,
        reach_of(opened, [other.companion for other in options.beside]),
        selection=focus.selection,
        area=focus.area,
        nest=options.nest,
        splits=options.splits,
        filter=options.filter,
        pinned=options.pinned,
        scroll=options.scroll,
        found=options.found,
        lit=options.lit,
        measured=options.measured,
        notes=options.notes,
    )
    return TimelineScene(lanes, look, options.beside).drawing

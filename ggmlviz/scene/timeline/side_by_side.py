"""The lanes of several programs in one timeline: in which order, and which of them where there is little room."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ggmlviz.analysis.program_name import name_of, titled
from ggmlviz.scene.timeline.beside import Beside
from ggmlviz.scene.timeline.frame import GAP, Lane, Look
from ggmlviz.scene.timeline.heading import Heading
from ggmlviz.scene.timeline.lanes import Lanes

LEAST_GROWTH = 0.75  # times their own height that lanes take at the least


def side_by_side(main: Lanes, shown: list[Lane], beside: Sequence[Beside], look: Look, room: float) -> list[Lane]:
    """`shown`: of the main program, pinned ones first.

    The others go below it, with their threads where all has room. Where that is not so even without, the main
    program's lanes of memory make room for what the others compute, and come last.
    """
    pinned = [lane for lane in shown if lane.key in look.pinned]
    rest = [lane for lane in shown if lane.key not in look.pinned]
    heading = [Heading(titled(main.trace))] if rest else []
    with_threads, without = ([lane for it in beside for lane in it.shown(look, threads)] for threads in (True, False))
    for others in (with_threads, without):
        if _fits(lanes := [*pinned, *heading, *rest, *others], look, room):
            return lanes
    computed = [lane for lane in rest if not main.of_memory(lane)]
    memory = [lane for lane in rest if main.of_memory(lane)]
    again = [Heading(f"{name_of(main.trace)} · memory")] if memory else []
    fitting = _fits([*pinned, *heading, *computed, *with_threads], look, room)
    return [*pinned, *heading, *computed, *(with_threads if fitting else without), *again, *memory]


def _fits(lanes: Iterable[Lane], look: Look, room: float) -> bool:
    return sum((lane.height * LEAST_GROWTH + GAP) * look.scale for lane in lanes) <= room

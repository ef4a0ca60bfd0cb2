"""The lane of a thread: its work in the colour of the op, its waits in barriers paler."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from ggmlviz.analysis.thread_time import Stretches, ThreadTime
from ggmlviz.analysis.time_range import TimeRange
from ggmlviz.scene.drawing import Raster, Shape
from ggmlviz.scene.palette import Theme, paler
from ggmlviz.scene.timeline.boxes import boxes
from ggmlviz.scene.timeline.computed import KIND_COLOURS, UNATTRIBUTED, Computed
from ggmlviz.scene.timeline.frame import MOST_BOXES, Frame, Hit
from ggmlviz.scene.timeline.selected import place_of, selected_op, selected_section
from ggmlviz.scene.timeline.shares import stacked
from ggmlviz.scene.units import duration

MOST_ROWS = 8_000  # in view, of all threads together; of more, only sums of sections are looked at
KINDS = UNATTRIBUTED + 1


class ThreadLane:
    height = 22.0

    def __init__(self, key: str, computed: Computed, thread: ThreadTime, about: str):
        self.key, self.title, self.about = key, key, about
        self._computed, self._thread, self.lane = computed, thread, thread.lane

    def draw(self, frame: Frame, top: float, bottom: float) -> list[Shape]:
        trace = self._computed.trace
        section = selected_section(frame, trace)
        shapes = self._time(frame, top, bottom)
        if section is not None and self._took_part(section):
            shapes = shapes + selected_op(frame, trace, top, bottom)
        return shapes

    def _took_part(self, section: int) -> bool:
        begin = int(self._computed.trace.sections["begin"][section])
        return place_of(self._thread.parts["section"], self._thread.begins, section, begin) is not None

    def _time(self, frame: Frame, top: float, bottom: float) -> list[Shape]:
        view = frame.look.view
        rows = self._thread.rows_within(view, MOST_ROWS // len(self._computed.threads))
        if rows is None:
            return [self._columns(frame, self._thread.spread(frame.edges), top, bottom)]
        if rows.stop - rows.start > MOST_BOXES // 2:  # work and wait for each
            return [self._columns(frame, self._thread.spread_closely(frame.edges, rows), top, bottom)]
        parts = self._thread.stretches(view, rows)
        fill = _palette(frame.theme).reshape(-1, 4)[self._kinds(parts)]
        return boxes(frame, parts.begin, parts.end, fill, top, bottom, edges=False)

    def _columns(self, frame: Frame, work_and_wait: np.ndarray, top: float, bottom: float) -> Raster:
        """Both in the hue of the family that has most of the column."""
        colours = _palette(frame.theme)[:, self._computed.dominant(frame)].swapaxes(0, 1)
        box = (frame.left, top, frame.left + frame.columns, bottom)
        return stacked(work_and_wait, frame.time.ns_per_pixel, colours, box)

    def _kinds(self, parts: Stretches) -> np.ndarray:
        """Work by family, then waits by family."""
        # A wait began before its op was done; work is told by its middle, as threads leave a barrier one by one.
        moments = np.where(parts.waiting, parts.begin, (parts.begin + parts.end) // 2)
        return self._computed.kinds_at(parts.section, moments) + KINDS * parts.waiting

    def at(self, frame: Frame, x: float, part: float) -> Hit | None:
        moment = frame.time.time(x)
        parts = self._thread.stretches(TimeRange(moment, max(moment + 1, frame.time.time(x + 1))))
        if not len(parts.begin):
            return None
        begin, end, waiting = int(parts.begin[0]), int(parts.end[0]), bool(parts.waiting[0])
        took = end - begin
        lines = [
            f"{self.title} {'waits in a barrier' if waiting else 'works'}",
            f"{duration(took)}  ({took:,} ns)",
        ]
        execution = self._computed.execution_at(int(parts.section[0]), begin if waiting else (begin + end) // 2)
        if execution is not None:
            facts = self._computed.facts(execution)
            lines.append(f"{facts.op}  {facts.tensor}")
        kind = "wait" if waiting else "work"
        return Hit(kind, self.key, "\n".join(lines), TimeRange(begin, end), execution=execution)


@lru_cache(2)
def _palette(theme: Theme) -> np.ndarray:
    """uint8 [2, kinds, 4]: of work and of wait."""
    return np.stack([KIND_COLOURS, paler(KIND_COLOURS, theme)])

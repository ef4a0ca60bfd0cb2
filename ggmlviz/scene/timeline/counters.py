"""Lanes of what is counted over time: bytes alive by role, resident memory, page faults of runs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ggmlviz.analysis.memory.over_time import live_bytes
from ggmlviz.analysis.time_range import END_OF_TIME, TimeRange
from ggmlviz.scene.drawing import Rectangles, Shape
from ggmlviz.scene.palette import FAMILIES
from ggmlviz.scene.timeline.frame import Frame, Hit
from ggmlviz.scene.timeline.shares import reached, stacked
from ggmlviz.scene.units import amount
from ggmlviz.trace.buffers import ROLES
from ggmlviz.trace.trace import Trace

ROLE_COLOURS = dict(
    zip(ROLES, (FAMILIES[name] for name in ("movement", "matmul", "activation", "norm", "position")), strict=True)
)
ROOM = 1.08  # above the highest value


class CounterLane:
    """Values that hold from one change to the next, and from the last one until the trace ends. A column shows the
    highest sum within it."""

    height = 34.0

    def __init__(
        self,
        key: str,
        times: np.ndarray,
        values: dict[str, np.ndarray],
        colours: list[tuple[int, int, int, int]],
        text_of: Callable[[int], str],
        until: int = END_OF_TIME,
    ):
        self.key = self.title = key
        self._until = until
        self._times, self._names, self._text_of = times, list(values), text_of
        self.values = np.stack(list(values.values()), axis=1) if len(times) else np.zeros((0, len(values)), np.int64)
        self._colours = np.array(colours, np.uint8)
        total = self.values.sum(axis=1)
        self.highest = int(total.max()) if len(total) else 0
        self.about = f"at most {text_of(self.highest)}"
        # The states by their sums, so that the highest of some is the one with the highest rank.
        self._by_rank = np.argsort(total, kind="stable")
        # One more, as bounds of columns may lie behind the last; small, as all of them may be looked at for a picture.
        self._ranks = np.zeros(len(total) + 1, np.int32)
        self._ranks[self._by_rank] = np.arange(len(total))

    def in_columns(self, edges: np.ndarray) -> np.ndarray:
        """int64 [columns, names]; zeros before the first change."""
        result = np.zeros((len(edges) - 1, len(self._names)), np.int64)
        if not len(self._times):
            return result
        before = np.searchsorted(self._times, edges)
        last = before[1:]  # not included: what changes at the edge is of the next column
        first = before[:-1].copy()
        exact = (self._times[np.minimum(first, len(self._times) - 1)] == edges[:-1]).nonzero()[0]
        first[exact] = np.searchsorted(self._times, edges[exact], "right")
        bounds = np.empty((len(last), 2), np.intp)
        np.maximum(first - 1, 0, out=bounds[:, 0])
        np.maximum(last, bounds[:, 0] + 1, out=bounds[:, 1])
        highest = np.maximum.reduceat(self._ranks, np.minimum(bounds.ravel(), len(self._by_rank)))[::2]
        there = last > 0
        result[there] = self.values[self._by_rank[highest[there]]]
        if edges[-1] > self._until:  # another program went on
            result[edges[:-1] >= self._until] = 0
        return result

    def draw(self, frame: Frame, top: float, bottom: float) -> list[Shape]:
        if not self.highest:
            return []
        view = frame.look.view
        # Most of what is looked at closely does not change: no picture has to be made of it.
        if not self._changes(view) and view.end <= self._until:
            return self._level(frame, self.in_columns(np.array(view)), top, bottom)
        box = (frame.left, top, frame.left + frame.columns, bottom)
        return [stacked(self.in_columns(frame.edges), self.highest * ROOM, self._colours, box)]

    def _changes(self, view: TimeRange) -> bool:
        first, last = np.searchsorted(self._times, view).tolist()
        return first < last

    def _level(self, frame: Frame, values: np.ndarray, top: float, bottom: float) -> list[Shape]:
        """One box for each name, as high as the columns would be."""
        height = max(1, round(bottom - top))
        (tops,) = reached(values, self.highest * ROOM, height)
        some = np.flatnonzero(np.diff(tops))
        box = np.empty((len(some), 4), np.float32)
        box[:, 0], box[:, 2] = frame.left, frame.left + frame.columns
        box[:, 1], box[:, 3] = top + height - tops[some + 1], top + height - tops[some]
        return [Rectangles(box, self._colours[some])] if len(some) else []

    def at(self, frame: Frame, x: float, part: float) -> Hit | None:
        if frame.time.time(x) >= self._until:
            return None
        moments = np.array([frame.time.time(x), max(frame.time.time(x) + 1, frame.time.time(x + 1))])
        values = self.in_columns(moments)[0].tolist()
        lines = [f"{name}: {self._text_of(value)}" for name, value in zip(self._names, values, strict=True) if value]
        if len(lines) > 1:
            lines.append(f"together: {self._text_of(sum(values))}")
        return Hit("counter", self.key, "\n".join(lines or [f"{self._names[0]}: {self._text_of(0)}"]))


def counter_lanes(trace: Trace, until: int) -> list[CounterLane]:
    """`until`: when the trace ends."""
    found = []
    times, by_role = live_bytes(trace)
    by_role = {role: by_role[role] for role in ROLES if role in by_role}
    if len(times):
        found.append(CounterLane("memory", times, by_role, [ROLE_COLOURS[role] for role in by_role], amount, until))
    runs = trace.runs[np.argsort(trace.runs["end"], kind="stable")]
    told = runs[runs["resident"] >= 0]
    if len(told):
        resident = {"resident": told["resident"].astype(np.int64)}
        found.append(CounterLane("RSS", told["end"].copy(), resident, [FAMILIES["attention"]], amount, until))
    told = runs[runs["minor_faults"] >= 0]
    if len(told):
        faults = {"minor": told["minor_faults"], "major": told["major_faults"]}
        colours = [FAMILIES["norm"], FAMILIES["routing"]]
        found.append(CounterLane("page faults", *_during(told, faults), colours, lambda count: f"{count:,}", until))
    return found


def _during(runs: np.ndarray, values: dict[str, np.ndarray]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """What is told of each run, for as long as it went on; of runs side by side, together."""
    times = np.concatenate([runs["end"], runs["begin"]])
    order = np.argsort(times, kind="stable")
    return times[order], {name: np.cumsum(np.concatenate([-told, told])[order]) for name, told in values.items()}

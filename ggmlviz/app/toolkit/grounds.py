"""What panels lie on. Side by side they need no ground of their own: the program's window has the same colour, and to
paint it again would take half of every frame where graphics are computed in software. One that floats above another
gets its own, and so do all then."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations

import dearpygui.dearpygui as dpg

from ggmlviz.app.toolkit.themes import SEE_THROUGH


class Grounds:
    def __init__(self, windows: Iterable[int | str]):
        self._windows = list(windows)
        self._see_through: bool | None = None

    def frame(self, in_sight: Iterable[int | str]) -> None:
        boxes = [(*dpg.get_item_pos(window), *dpg.get_item_rect_size(window)) for window in in_sight]
        see_through = not any(_overlap(*pair) for pair in combinations(boxes, 2))
        if see_through != self._see_through:
            self._see_through = see_through
            for window in self._windows:
                dpg.bind_item_theme(window, SEE_THROUGH if see_through else 0)


def _overlap(one: tuple, other: tuple) -> bool:
    """More than the line between neighbours."""
    return all(
        min(one[axis] + one[axis + 2], other[axis] + other[axis + 2]) - max(one[axis], other[axis]) > 2
        for axis in (0, 1)
    )

"""Paints a drawing with items that are kept: what is drawn anew is only changed, and only where it differs.

Each shape of a drawing has a slot, so that the order of painting holds; a slot has a pool of items for each kind of
shape it ever showed. What a smaller shape does not need is hidden.
"""

from __future__ import annotations

import dearpygui.dearpygui as dpg

from ggmlviz.app.toolkit.pools import POOLS, Pool
from ggmlviz.scene.drawing import Colour, Drawing, Shape


class Slot:
    def __init__(self, parent: int):
        self._parent = parent
        self._end = dpg.add_draw_layer(parent=parent)  # always empty; layers cannot lie in layers
        self._pools: dict[type, Pool] = {}
        self._shown: Pool | None = None

    def show(self, shape: Shape | None) -> None:
        pool = self._pool(type(shape)) if shape is not None else None
        if self._shown is not pool and self._shown:
            self._shown.hide()
        self._shown = pool
        if pool:
            pool.show(shape)

    def _pool(self, kind: type) -> Pool:
        if kind not in self._pools:
            self._pools[kind] = POOLS[kind](dpg.add_draw_layer(parent=self._parent, before=self._end))
        return self._pools[kind]


class Painting:
    """All slots of one canvas."""

    def __init__(self, drawlist: int):
        self._drawlist = drawlist
        self._background = dpg.draw_rectangle((0, 0), (0, 0), color=(0, 0, 0, 0), fill=(0, 0, 0, 0), parent=drawlist)
        self._slots: list[Slot] = []
        self._last: Drawing | None = None

    def show(self, drawing: Drawing, ground: Colour | None = None) -> None:
        """`ground` is what lies there already: to paint a whole canvas once more costs as much as all that is on it."""
        if drawing is self._last:
            return
        last, self._last = self._last, drawing
        size, other = (drawing.width, drawing.height), drawing.background != ground
        dpg.configure_item(self._background, show=other, pmax=size, fill=drawing.background)
        while len(self._slots) < len(drawing.shapes):
            self._slots.append(Slot(self._drawlist))
        for index, slot in enumerate(self._slots):
            shape = drawing.shapes[index] if index < len(drawing.shapes) else None
            before = last.shapes[index] if last and index < len(last.shapes) else None
            if shape is not before:
                slot.show(shape)

"""Paints a drawing with items that are kept: what is drawn anew is only changed, and only where it differs.

Each shape of a drawing has a slot, so that the order of painting holds; a slot has a pool of items for each kind of
shape it ever showed. What a smaller shape does not need is hidden.
"""

from __future__ import annotations

from collections.abc import Sequence

import dearpygui.dearpygui as dpg

from ggmlviz.app.toolkit.pools import POOLS, Pool, RasterPool
from ggmlviz.app.toolkit.texture import Shelf
from ggmlviz.scene.drawing import Colour, Drawing, Raster, Shape


class Slot:
    def __init__(self, parent: int, shelf: Shelf):
        self._parent, self._shelf = parent, shelf
        self._end = dpg.add_draw_layer(parent=parent)  # always empty; layers cannot lie in layers
        self._pools: dict[type, Pool | RasterPool] = {}
        self._shown: Pool | RasterPool | None = None

    def show(self, shape: Shape | None, name: str) -> None:
        pool = self._pool(type(shape)) if shape is not None else None
        if self._shown is not pool and self._shown:
            self._shown.hide()
        self._shown = pool
        if isinstance(pool, RasterPool):
            pool.show(shape, name)
        elif pool:
            pool.show(shape)

    def _pool(self, kind: type) -> Pool | RasterPool:
        if kind not in self._pools:
            layer = dpg.add_draw_layer(parent=self._parent, before=self._end)
            self._pools[kind] = RasterPool(layer, self._shelf) if kind is Raster else POOLS[kind](layer)
        return self._pools[kind]


class Painting:
    """All slots of one canvas."""

    def __init__(self, drawlist: int):
        self._drawlist = drawlist
        self._background = dpg.draw_rectangle((0, 0), (0, 0), color=(0, 0, 0, 0), fill=(0, 0, 0, 0), parent=drawlist)
        self._slots: list[Slot] = []
        self._shelf = Shelf()
        self._last: Drawing | None = None

    def show(self, drawing: Drawing, ground: Colour | None = None) -> None:
        """`ground` is what lies there already: to paint a whole canvas once more costs as much as all that is on it."""
        if drawing is self._last:
            return
        last, self._last = self._last, drawing
        size, other = (drawing.width, drawing.height), drawing.background != ground
        dpg.configure_item(self._background, show=other, pmax=size, fill=drawing.background)
        while len(self._slots) < len(drawing.shapes):
            self._slots.append(Slot(self._drawlist, self._shelf))
        names = names_of(drawing.shapes)
        for index, slot in enumerate(self._slots):
            shape = drawing.shapes[index] if index < len(drawing.shapes) else None
            before = last.shapes[index] if last and index < len(last.shapes) else None
            if shape is not before:
                slot.show(shape, names.get(index, ""))
        self._shelf.keep(set(names.values()))


def names_of(shapes: Sequence[Shape]) -> dict[int, str]:
    """Of the pictures among these, each its own; what has none, or one that was taken, is called by its place."""
    names: dict[int, str] = {}
    for index, shape in enumerate(shapes):
        if isinstance(shape, Raster):
            taken = not shape.name or shape.name in names.values()
            names[index] = f"at {index}" if taken else shape.name
    return names

"""Items of one kind, as many as were ever needed at once."""

from __future__ import annotations

import dearpygui.dearpygui as dpg
import numpy as np

from ggmlviz.app.toolkit.fonts import BOLD_FONT, toolkit_size
from ggmlviz.app.toolkit.texture import Shelf
from ggmlviz.scene.drawing import Lines, Raster, Rectangles, Texts, Triangles
from ggmlviz.scene.lettering import text_width

NOTHING = (0, 0, 0, 0)
_ANCHORS = {"left": 0.0, "centre": 0.5, "right": 1.0}  # what part of a text lies left of its place


class Pool:
    """Remembers the values of each item, as rows of numbers, and tells the toolkit only of those that differ."""

    def __init__(self, layer: int):
        self.layer = layer
        self._items: list[int] = []
        self._visible = 0
        self._values = np.empty((0, 0), np.float32)

    def hide(self) -> None:
        dpg.configure_item(self.layer, show=False)

    def show(self, shape) -> None:
        dpg.configure_item(self.layer, show=True)
        values = np.ascontiguousarray(self.values(shape), np.float32)
        changed = self._changed(values, shape)
        count = len(values)
        items = self._items
        while len(items) < count:
            items.append(self.make())
        for item in items[self._visible : count]:
            dpg.configure_item(item, show=True)
        for item in items[count : self._visible]:
            dpg.configure_item(item, show=False)
        self._visible = count
        self._remember(values)
        if len(changed):
            self.change([items[at] for at in changed.tolist()], changed, shape)

    def _changed(self, values: np.ndarray, shape) -> np.ndarray:
        """Indices. Hidden items keep what they were, so what is remembered of them still holds."""
        if self._values.shape[1] != values.shape[1]:
            return np.arange(len(values))
        differ = np.ones(len(values), bool)
        both = min(len(values), len(self._values))
        differ[:both] = (values[:both] != self._values[:both]).any(axis=1)
        return np.flatnonzero(differ)

    def _remember(self, values: np.ndarray) -> None:
        if self._values.shape[1] != values.shape[1] or len(values) >= len(self._values):
            self._values = values
        else:
            self._values[: len(values)] = values

    def values(self, shape) -> np.ndarray:
        """All that items of this kind are told of, a row for each."""
        raise NotImplementedError

    def make(self) -> int:
        raise NotImplementedError

    def change(self, items: list[int], at: np.ndarray, shape) -> None:
        """Tells these items their values."""
        raise NotImplementedError


class RectanglePool(Pool):
    def values(self, shape: Rectangles) -> np.ndarray:
        edge = shape.edge if shape.edge is not None else np.zeros_like(shape.fill)
        rounding = np.full((len(shape.box), 1), shape.rounding)
        return np.concatenate([shape.box, shape.fill, edge, rounding], axis=1)

    def make(self) -> int:
        return dpg.draw_rectangle((0, 0), (0, 0), color=NOTHING, fill=NOTHING, parent=self.layer)

    def change(self, items: list[int], at: np.ndarray, shape: Rectangles) -> None:
        boxes, fills = shape.box[at].tolist(), shape.fill[at].tolist()
        edges = shape.edge[at].tolist() if shape.edge is not None else [NOTHING] * len(at)
        for item, box, fill, edge in zip(items, boxes, fills, edges, strict=True):
            dpg.configure_item(item, pmin=box[:2], pmax=box[2:], fill=fill, color=edge, rounding=shape.rounding)


class LinePool(Pool):
    def values(self, shape: Lines) -> np.ndarray:
        return np.concatenate([shape.ends, shape.colour, np.full((len(shape.ends), 1), shape.width)], axis=1)

    def make(self) -> int:
        return dpg.draw_line((0, 0), (0, 0), parent=self.layer)

    def change(self, items: list[int], at: np.ndarray, shape: Lines) -> None:
        for item, ends, colour in zip(items, shape.ends[at].tolist(), shape.colour[at].tolist(), strict=True):
            dpg.configure_item(item, p1=ends[:2], p2=ends[2:], color=colour, thickness=shape.width)


class TrianglePool(Pool):
    def values(self, shape: Triangles) -> np.ndarray:
        return np.concatenate([shape.corners, shape.fill], axis=1)

    def make(self) -> int:
        return dpg.draw_triangle((0, 0), (0, 0), (0, 0), color=NOTHING, fill=NOTHING, parent=self.layer)

    def change(self, items: list[int], at: np.ndarray, shape: Triangles) -> None:
        for item, of, fill in zip(items, shape.corners[at].tolist(), shape.fill[at].tolist(), strict=True):
            dpg.configure_item(item, p1=of[:2], p2=of[2:4], p3=of[4:], fill=fill)


class TextPool(Pool):
    """The words of an item are compared apart from its numbers."""

    def __init__(self, layer: int):
        super().__init__(layer)
        self._texts: list[str] = []
        self._bold = False

    def values(self, shape: Texts) -> np.ndarray:
        style = np.tile([shape.size, _ANCHORS[shape.anchor], shape.bold], (len(shape.texts), 1))
        return np.concatenate([shape.at, shape.colour, style], axis=1)

    def _changed(self, values: np.ndarray, shape: Texts) -> np.ndarray:
        kept = self._texts
        other = np.array([at >= len(kept) or kept[at] != text for at, text in enumerate(shape.texts)], bool)
        other[super()._changed(values, shape)] = True
        self._texts[: len(shape.texts)] = shape.texts
        return np.flatnonzero(other)

    def make(self) -> int:
        item = dpg.draw_text((0, 0), "", parent=self.layer)
        if self._bold:
            dpg.bind_item_font(item, BOLD_FONT)
        return item

    def show(self, shape: Texts) -> None:
        if shape.bold != self._bold:
            self._bold = shape.bold
            for item in self._items:
                dpg.bind_item_font(item, BOLD_FONT if shape.bold else 0)
        super().show(shape)

    def change(self, items: list[int], at: np.ndarray, shape: Texts) -> None:
        size, part = toolkit_size(shape.size), _ANCHORS[shape.anchor]
        rows = zip(items, at.tolist(), shape.at[at].tolist(), shape.colour[at].tolist(), strict=True)
        for item, index, (x, y), colour in rows:
            text = shape.texts[index]
            if part:
                x -= part * text_width(text, shape.size, shape.bold)
            dpg.configure_item(item, pos=(x, y - size / 2), text=text, color=colour, size=size)


class RasterPool:
    """One picture, with the texture that goes by its name."""

    def __init__(self, layer: int, shelf: Shelf):
        self.layer = layer
        self._shelf = shelf
        self._image = 0

    def hide(self) -> None:
        dpg.configure_item(self.layer, show=False)

    def show(self, shape: Raster, name: str) -> None:
        left, top, right, bottom = (round(edge) for edge in shape.box)
        width, height = right - left, bottom - top
        if width <= 0 or height <= 0 or not shape.pixels.size:
            self.hide()
            return
        dpg.configure_item(self.layer, show=True)
        texture = self._shelf.texture(name, width, height)
        part = texture.fill(shape.pixels, width, height)
        place = {"pmin": (left, top), "pmax": (right, bottom), "uv_max": part}
        if not self._image:
            self._image = dpg.draw_image(texture.item, parent=self.layer, **place)
        else:
            dpg.configure_item(self._image, texture_tag=texture.item, **place)


POOLS = {
    Rectangles: RectanglePool,
    Lines: LinePool,
    Triangles: TrianglePool,
    Texts: TextPool,
}

"""A picture on the graphics card that is written again and again without being made again.

The toolkit sends all of them to the card for every frame, shown or not. So there are no more than are needed: what one
picture no longer needs is kept for the next one, or given up.
"""

from __future__ import annotations

import dearpygui.dearpygui as dpg
import numpy as np

WIDE, HIGH = 64, 16  # pixels by which it grows, so that a changing size does not make a new one each frame
MOST_SPARE = 2  # while one picture takes the place of another
REGISTRY = "textures"  # the window makes it


class Texture:
    def __init__(self, width: int, height: int):
        wide, high = -(-width // WIDE) * WIDE, -(-height // HIGH) * HIGH
        # The toolkit reads this memory again for every frame it draws.
        self._pixels = np.zeros((high, wide, 4), np.float32)
        self.item = dpg.add_raw_texture(wide, high, self._pixels, format=dpg.mvFormat_Float_rgba, parent=REGISTRY)

    @property
    def area(self) -> int:
        return self._pixels.shape[0] * self._pixels.shape[1]

    def has_room(self, width: int, height: int) -> bool:
        """And not more than twice what is needed."""
        high, wide = self._pixels.shape[:2]
        return width <= wide and height <= high and self.area <= 2 * max(width, WIDE) * max(height, HIGH)

    def fill(self, pixels: np.ndarray, width: int, height: int) -> tuple[float, float]:
        """Scaled to so many pixels without smoothing. What part of the texture that is, in both directions."""
        if pixels.shape[:2] != (height, width):
            rows = np.arange(height) * pixels.shape[0] // height
            columns = np.arange(width) * pixels.shape[1] // width
            pixels = pixels[rows[:, None], columns]
        np.multiply(pixels, np.float32(1 / 255), out=self._pixels[:height, :width], casting="unsafe")
        return width / self._pixels.shape[1], height / self._pixels.shape[0]


class Textures:
    def __init__(self) -> None:
        self._spare: list[Texture] = []

    def build(self) -> None:
        dpg.add_texture_registry(tag=REGISTRY)
        self._spare.clear()

    def take(self, width: int, height: int) -> Texture:
        fitting = [texture for texture in self._spare if texture.has_room(width, height)]
        if not fitting:
            return Texture(width, height)
        texture = min(fitting, key=lambda it: it.area)
        self._spare.remove(texture)
        return texture

    def give(self, texture: Texture) -> None:
        self._spare.append(texture)
        if len(self._spare) > MOST_SPARE:
            dpg.delete_item(self._spare.pop(0).item)


TEXTURES = Textures()


class Shelf:
    """The textures of one canvas, by what they show.

    The toolkit sends pixels to the card a frame or two after they were written. A picture that is painted from another
    place among the shapes must take its texture along: in that of its new place, that one's pixels would be seen.
    """

    def __init__(self) -> None:
        self._of: dict[str, Texture] = {}

    def texture(self, name: str, width: int, height: int) -> Texture:
        found = self._of.get(name)
        if found is None or not found.has_room(width, height):
            self._give(name)
            found = self._of[name] = TEXTURES.take(width, height)
        return found

    def keep(self, names: set[str]) -> None:
        """And give up all others."""
        for name in [name for name in self._of if name not in names]:
            self._give(name)

    def _give(self, name: str) -> None:
        if (texture := self._of.pop(name, None)) is not None:
            TEXTURES.give(texture)

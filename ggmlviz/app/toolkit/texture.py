"""A picture on the graphics card that is written again and again without being made again."""

from __future__ import annotations

import dearpygui.dearpygui as dpg
import numpy as np

STEP = 64  # pixels by which it grows, so that a changing size does not make a new one each frame
REGISTRY = "textures"  # the window makes it


class Texture:
    def __init__(self) -> None:
        self.item = 0
        self._pixels = np.empty((0, 0, 4), np.float32)

    def fill(self, pixels: np.ndarray, width: int, height: int) -> tuple[float, float]:
        """Scaled to so many pixels without smoothing. What part of the texture that is, in both directions."""
        if pixels.shape[:2] != (height, width):
            rows = np.arange(height) * pixels.shape[0] // height
            columns = np.arange(width) * pixels.shape[1] // width
            pixels = pixels[rows[:, None], columns]
        if height > self._pixels.shape[0] or width > self._pixels.shape[1]:
            self._grow(width, height)
        np.multiply(pixels, np.float32(1 / 255), out=self._pixels[:height, :width], casting="unsafe")
        return width / self._pixels.shape[1], height / self._pixels.shape[0]

    def _grow(self, width: int, height: int) -> None:
        wide = max(-(-width // STEP) * STEP, self._pixels.shape[1])
        high = max(-(-height // STEP) * STEP, self._pixels.shape[0])
        if self.item:
            dpg.delete_item(self.item)
        # The toolkit reads this memory again for every frame it draws.
        self._pixels = np.zeros((high, wide, 4), np.float32)
        self.item = dpg.add_raw_texture(wide, high, self._pixels, format=dpg.mvFormat_Float_rgba, parent=REGISTRY)

"""Boxes as pixels, for when there are more than can be drawn one by one."""

from __future__ import annotations

import numpy as np

from ggmlviz.scene.drawing import Raster

MOST_PIXELS = 300_000  # of a larger place, squares of four are one


def raster(boxes: np.ndarray, fills: np.ndarray, width: int, height: int) -> Raster:
    """Only as large as what is in it."""
    if not len(boxes):
        return Raster((0, 0, 0, 0), np.zeros((1, 1, 4), np.uint8))
    left, top = np.maximum(np.floor(boxes[:, :2].min(axis=0)), 0)
    right, bottom = np.minimum(np.ceil(boxes[:, 2:].max(axis=0)) + 1, [width, height])
    step = 1 if (right - left) * (bottom - top) <= MOST_PIXELS else 2
    wide, high = (max(int(-(-length // step)), 1) for length in (right - left, bottom - top))
    pixels = painted((boxes - np.array([left, top, left, top])) / step, fills, wide, high)
    return Raster((float(left), float(top), float(left + wide * step), float(top + high * step)), pixels)


def painted(boxes: np.ndarray, fills: np.ndarray, width: int, height: int) -> np.ndarray:
    """uint8 [height, width, 4]; where boxes share a pixel, it has their mean colour."""
    if not len(boxes):
        return np.zeros((height, width, 4), np.uint8)
    left = np.clip(np.floor(boxes[:, 0]), 0, width).astype(np.int64)
    top = np.clip(np.floor(boxes[:, 1]), 0, height).astype(np.int64)
    right = np.clip(np.maximum(np.ceil(boxes[:, 2]), left + 1), 0, width).astype(np.int64)
    bottom = np.clip(np.maximum(np.ceil(boxes[:, 3]), top + 1), 0, height).astype(np.int64)
    wide, size = width + 1, (width + 1) * (height + 1)
    corners = [(top, left, 1), (top, right, -1), (bottom, left, -1), (bottom, right, 1)]
    places = np.concatenate([y * wide + x for y, x, _ in corners])
    signs = np.repeat([sign for *_, sign in corners], len(boxes))
    sums = [
        np.bincount(places, signs * np.tile(values, 4), size)
        .reshape(height + 1, wide)
        .cumsum(axis=0)
        .cumsum(axis=1)[:height, :width]
        for values in (np.ones(len(boxes)), *(fills[:, channel].astype(np.float64) for channel in range(3)))
    ]
    covered = sums[0] > 0.5
    pixels = np.zeros((height, width, 4), np.uint8)
    for channel in range(3):
        np.divide(sums[channel + 1], sums[0], out=sums[channel + 1], where=covered)
        pixels[..., channel] = np.where(covered, np.clip(sums[channel + 1] + 0.5, 0, 255), 0)
    pixels[..., 3] = np.where(covered, 255, 0)
    return pixels

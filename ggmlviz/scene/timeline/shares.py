"""Columns of pixels, filled from below: what is too dense for boxes, shown by what it shares of each column's time.

Heights are proportional, and every column holds the whole of its time, so that nothing disappears between pixels. A
column in which anything happened shows at least one pixel of it.
"""

from __future__ import annotations

import numpy as np

from ggmlviz.scene.drawing import Raster


def stacked(amounts: np.ndarray, full: float, colours: np.ndarray, box: tuple[float, float, float, float]) -> Raster:
    """`amounts` [columns, kinds], the first lowest, of which `full` fills the height.

    `colours`: uint8 [kinds, 4], or [columns, kinds, 4] where each column has its own.
    """
    some = amounts.max(axis=0).nonzero()[0]
    amounts, colours = amounts.take(some, axis=1), colours.take(some, axis=-2)
    columns, height = len(amounts), max(1, round(box[3] - box[1]))
    tops = reached(amounts, full, height)
    # Every pixel of a column after the other: each colour as often as it is high, then nothing up to the top.
    counts = np.empty((columns, len(some) + 1), np.intp)
    np.subtract(tops[:, 1:], tops[:, :-1], out=counts[:, :-1])
    np.subtract(height, tops[:, -1], out=counts[:, -1])
    painted = np.zeros((columns, len(some) + 1, 4), np.uint8)
    painted[:, :-1] = colours
    pixels = painted.view(np.uint32).ravel().repeat(counts.ravel())
    pixels = np.ascontiguousarray(pixels.reshape(columns, height).T[::-1])
    return Raster(box, pixels.view(np.uint8).reshape(height, columns, 4))


def reached(amounts: np.ndarray, full: float, height: int) -> np.ndarray:
    """int32 [columns, kinds + 1]: from how many pixels above the bottom to how many each is shown."""
    tops = np.zeros((len(amounts), amounts.shape[1] + 1), np.int32)
    sums = amounts.cumsum(axis=1)
    np.minimum(np.rint(sums * (height / full)), height, out=tops[:, 1:], casting="unsafe")
    if sums.shape[1]:
        bare = ((tops[:, -1] == 0) & (sums[:, -1] > 0)).nonzero()[0]
        if len(bare):  # something is shown of it
            tops[bare, 1:] = np.arange(amounts.shape[1]) >= amounts[bare].argmax(axis=1)[:, None]
    return tops

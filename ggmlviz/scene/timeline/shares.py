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
    some = np.flatnonzero(amounts.any(axis=0))
    amounts, colours = amounts[:, some], colours[..., some, :]
    columns, height = amounts.shape[0], max(1, round(box[3] - box[1]))
    tops = np.zeros((columns, len(some) + 2), np.int32)
    reached = np.cumsum(amounts, axis=1) * (height / full)
    tops[:, 1:-1] = np.minimum(np.rint(reached), height)
    if len(some):
        _show_something(tops, amounts)
    tops[:, -1] = height
    # Every pixel of a column after the other: each colour as often as it is high.
    painted = np.zeros((columns, len(some) + 1, 4), np.uint8)
    painted[:, :-1] = colours
    pixels = np.repeat(painted.view(np.uint32).ravel(), np.diff(tops, axis=1).ravel())
    pixels = np.ascontiguousarray(pixels.reshape(columns, height).T[::-1])
    return Raster(box, pixels.view(np.uint8).reshape(height, columns, 4))


def _show_something(tops: np.ndarray, amounts: np.ndarray) -> None:
    bare = np.flatnonzero((tops[:, -2] == 0) & (amounts.sum(axis=1) > 0))
    if len(bare):
        tops[bare, 1:-1] = np.arange(amounts.shape[1]) >= amounts[bare].argmax(axis=1)[:, None]

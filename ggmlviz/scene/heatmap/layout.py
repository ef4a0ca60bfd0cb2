"""Widths for things that lie in a row: as their sizes are, but none narrower than it can be seen and hit.

What is too narrow is given its least width, which the wide ones pay for. Where there is not even room for that,
neighbours are put together.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Layout(NamedTuple):
    edges: np.ndarray  # float64, one more than there are groups: pixels
    first: np.ndarray  # for each group the first of its things, and behind the last how many things there are

    @property
    def groups(self) -> int:
        return len(self.edges) - 1

    def members(self, group: int) -> slice:
        return slice(int(self.first[group]), int(self.first[group + 1]))

    def at(self, x: float) -> int | None:
        """The group at a pixel."""
        group = int(np.searchsorted(self.edges, x, "right")) - 1
        return group if 0 <= group < self.groups else None

    @property
    def group_of(self) -> np.ndarray:
        return np.repeat(np.arange(self.groups), np.diff(self.first))


def laid_out(sizes: np.ndarray, least: np.ndarray, left: float, width: float) -> Layout:
    """`least`: how many pixels each should have at least; 0 for what need not be seen."""
    first = _groups(sizes, least, width)
    group_sizes = np.add.reduceat(sizes, first[:-1]) if len(sizes) else np.empty(0)
    group_least = np.maximum.reduceat(least, first[:-1]) if len(sizes) else np.empty(0)
    widths = widths_of(group_sizes, group_least, width)
    return Layout(left + np.concatenate([[0.0], np.cumsum(widths)]), first)


def widths_of(sizes: np.ndarray, least: np.ndarray, width: float) -> np.ndarray:
    """`least` fits in `width` together."""
    if not len(sizes):
        return np.empty(0)
    sizes = np.maximum(sizes.astype(np.float64), 1e-9)
    order = np.argsort(-least / sizes, kind="stable")  # those that need it most are given their least first
    taken = np.concatenate([[0.0], np.cumsum(least[order])])[:-1]
    left = np.cumsum(sizes[order][::-1])[::-1]
    scale = (width - taken) / left  # of the others, if so many have got their least
    enough = least[order] <= sizes[order] * scale * (1 + 1e-12)
    given = int(np.argmax(enough)) if enough.any() else len(sizes)
    widths = np.empty(len(sizes))
    widths[order[:given]] = least[order[:given]]
    widths[order[given:]] = sizes[order[given:]] * (scale[given] if given < len(sizes) else 0.0)
    return widths


def _groups(sizes: np.ndarray, least: np.ndarray, width: float) -> np.ndarray:
    """Where each group begins, and how many things there are."""
    count = len(sizes)
    if least.sum() <= width or not least.any():
        return np.arange(count + 1)
    wanted = float(least.max())
    middles = (np.cumsum(sizes) - sizes / 2) / max(float(sizes.sum()), 1e-9) * width
    narrow = sizes / max(float(sizes.sum()), 1e-9) * width < wanted
    bucket, only_narrow = wanted / 32, True
    while True:
        step = (middles // bucket).astype(np.int64)
        new = np.diff(step) != 0
        if only_narrow:
            new |= ~narrow[1:] | ~narrow[:-1]
        first = np.concatenate([[0], np.flatnonzero(new) + 1])
        if np.maximum.reduceat(least, first).sum() <= width or len(first) == 1:
            return np.append(first, count)
        bucket *= 1.25
        if bucket > 8 * wanted and only_narrow:  # so many are just wide enough that they must be put together, too
            bucket, only_narrow = wanted / 32, False

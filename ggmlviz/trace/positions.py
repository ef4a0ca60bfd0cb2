"""Sets of positions in a lane: whole ranges of them, and what begins with what ends it."""

from __future__ import annotations

import numpy as np


def ranges(begins: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """begin, begin + 1, … of each, count by count."""
    offsets = np.cumsum(counts) - counts
    return np.arange(int(counts.sum())) + np.repeat(begins - offsets, counts)


def pair(begins: np.ndarray, ends: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each begin with the end that comes before the next begin; begins without one are left out."""
    if not len(begins) or not len(ends):
        return begins[:0], ends[:0]
    after = np.searchsorted(ends, begins, "right")
    following = np.append(begins[1:], np.iinfo(begins.dtype).max)
    candidate = ends[np.minimum(after, len(ends) - 1)]
    good = (after < len(ends)) & (candidate < following)
    return begins[good], candidate[good]

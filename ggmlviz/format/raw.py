"""Records as bytes: numpy copies them field by field, and what has no fields twenty times faster."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def raw(table: np.ndarray) -> np.ndarray:
    """The same memory without fields."""
    return table.view(np.dtype((np.void, table.dtype.itemsize))) if table.dtype.names else table


def copied(table: np.ndarray) -> np.ndarray:
    return raw(table).copy().view(table.dtype)


def chosen(table: np.ndarray, which: np.ndarray) -> np.ndarray:
    """A copy of the records with these indices, or of those where it is true."""
    return raw(table)[which].view(table.dtype)


def joined(tables: Sequence[np.ndarray], dtype: np.dtype | type) -> np.ndarray:
    """A copy of all one after the other."""
    dtype = np.dtype(dtype)
    return np.concatenate([raw(np.empty(0, dtype)), *map(raw, tables)]).view(dtype)

"""Arrays that arrive in pieces, each piece with the id of the array it belongs to."""

from __future__ import annotations

import numpy as np


class Pieces:
    def __init__(self, dtype: np.dtype):
        self.dtype = dtype
        self._pieces: dict[int, list[np.ndarray]] = {}
        self._lengths: dict[int, int] = {}

    def add(self, owner: int, piece: np.ndarray, announced: int) -> bool:
        """Unless the array would become longer than was announced."""
        length = self._lengths.get(owner, 0) + len(piece)
        if length > announced:
            return False
        self._pieces.setdefault(owner, []).append(piece)
        self._lengths[owner] = length
        return True

    def still(self) -> Pieces:
        """As they are now, whatever is added later."""
        copied = Pieces(self.dtype)
        copied._pieces = {owner: list(pieces) for owner, pieces in self._pieces.items()}
        copied._lengths = dict(self._lengths)
        return copied

    def joined(self, owner: int) -> np.ndarray:
        pieces = self._pieces.get(owner, [])
        if len(pieces) == 1:
            return pieces[0]
        return np.concatenate(pieces) if pieces else np.empty(0, self.dtype)

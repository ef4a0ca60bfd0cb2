"""What each byte of a model file is: regions that follow each other without a gap or an overlap."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

import numpy as np

REGION = np.dtype(
    [
        ("file", "i4"),
        ("begin", "i8"),  # from the start of its file
        ("size", "i8"),
        ("kind", "u1"),  # RegionKind
        ("tensor", "i8"),  # index of the tensor, -1: none
    ]
)


class RegionKind(IntEnum):
    HEADER = 0
    METADATA = 1
    TENSOR_TABLE = 2
    FRONT = 3  # all of these three, where only a trace tells of the file
    TENSOR = 4
    ALIGNMENT = 5  # so that the next tensor begins where it must
    UNUSED = 6  # more than any alignment asks for

    @property
    def label(self) -> str:
        return self.name.lower().replace("_", " ")


GAPS = (RegionKind.ALIGNMENT, RegionKind.UNUSED)
NO_TENSOR = -1


class Piece(NamedTuple):
    begin: int
    size: int
    kind: RegionKind
    tensor: int = NO_TENSOR


def cover(file: int, size: int, pieces: list[Piece], alignment: int) -> np.ndarray:
    """These pieces of a file of that size, in their order, and what lies between them and behind the last."""
    rows, end = [], 0
    for piece in [*sorted(pieces), Piece(size, 0, RegionKind.UNUSED)]:
        if piece.begin > end:
            gap = piece.begin - end
            rows.append((file, end, gap, RegionKind.ALIGNMENT if gap < alignment else RegionKind.UNUSED, NO_TENSOR))
        if piece.size or piece.tensor != NO_TENSOR:
            rows.append((file, *piece))
        end = piece.begin + piece.size
    return np.array(rows, REGION)

"""One computed node as the formulas of its costs see it."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from typing import NamedTuple

from ggmlviz.analysis.model.ggml_types import block_of_type


class Operand(NamedTuple):
    """A tensor that a node reads or writes; views are given by their own shape, not by the tensor they view."""

    type: str | int
    ne: tuple[int, int, int, int]
    nb: tuple[int, int, int, int]
    bytes: int  # ggml_nbytes: from the first byte to the last, with the gaps of a view
    address: int = 0  # tells operands that share memory; 0 where it is not known

    @property
    def elements(self) -> int:
        return self.ne[0] * self.rows

    @property
    def rows(self) -> int:
        return self.ne[1] * self.ne[2] * self.ne[3]

    @property
    def row_bytes(self) -> int:
        block = block_of_type(self.type)
        if block is not None:
            return self.ne[0] // block.elements * block.bytes
        # A type newer than our table: its row is what ggml's own count leaves when all steps to other rows are taken.
        return self.bytes - sum((self.ne[axis] - 1) * self.nb[axis] for axis in (1, 2, 3)) if self.elements else 0

    @property
    def touched(self) -> int:
        """Its bytes without the gaps of a view; rows that overlap, or that are one row again and again, once."""
        return self.some_rows(self.rows)

    def some_rows(self, count: int) -> int:
        """The bytes of so many of its rows, or of all of them where it has no more."""
        return min(min(count, self.rows) * self.row_bytes, self.bytes)


class Work(NamedTuple):
    flops: int
    read: int  # bytes
    written: int


class Node(NamedTuple):
    op: str
    description: str
    result: Operand
    sources: Sequence[Operand | None]
    op_params: Sequence[int]

    def has(self, slot: int) -> bool:
        return slot < len(self.sources) and self.sources[slot] is not None

    @property
    def read_whole(self) -> int:
        return sum(source.touched for source in self.sources if source is not None)

    def parameter(self, index: int) -> int:
        """ggml leaves those that an op does not have at zero."""
        return int(self.op_params[index]) if index < len(self.op_params) else 0

    def real_parameter(self, index: int) -> float:
        return struct.unpack("<f", struct.pack("<I", self.parameter(index) & 0xFFFFFFFF))[0]


class Formula(NamedTuple):
    needs: int  # how many sources, from the first on, it cannot do without
    work: Callable[[Node], Work | None]

"""Where the `gguf` package says that tensors lie in their files."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from gguf import GGUFReader


class Placed(NamedTuple):
    type: int
    ne: tuple[int, ...]
    offset: int
    bytes: int

    @property
    def end(self) -> int:
        return self.offset + self.bytes


def tensors_of(path: Path) -> dict[str, Placed]:
    return {
        tensor.name: Placed(
            int(tensor.tensor_type), tuple(map(int, tensor.shape)), int(tensor.data_offset), int(tensor.n_bytes)
        )
        for tensor in GGUFReader(path).tensors
    }


def gaps(placed: list[Placed], file_bytes: int) -> list[int]:
    """The bytes between each tensor and the next, and behind the last; an overlap is a negative gap."""
    in_order = sorted(placed, key=lambda tensor: tensor.offset)
    begins = [tensor.offset for tensor in in_order[1:]] + [file_bytes]
    return [begin - tensor.end for tensor, begin in zip(in_order, begins, strict=True)]

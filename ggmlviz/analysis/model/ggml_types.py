"""How many bytes the elements of a ggml type take: the numbers are those of the `gguf` package."""

from __future__ import annotations

from typing import NamedTuple

from gguf import GGML_QUANT_SIZES


class Block(NamedTuple):
    """Types are stored in blocks, and a row is a whole number of them; a plain type is a block of one element."""

    elements: int
    bytes: int


_BY_NUMBER = {int(type_): Block(*sizes) for type_, sizes in GGML_QUANT_SIZES.items()}
_BY_NAME = {type_.name.lower(): Block(*sizes) for type_, sizes in GGML_QUANT_SIZES.items()}


def block_of_type(type_: str | int) -> Block | None:
    """By the number of the type or by its name in either spelling (q4_K, Q4_K); None for one that is not known."""
    return _BY_NAME.get(type_.lower()) if isinstance(type_, str) else _BY_NUMBER.get(type_)

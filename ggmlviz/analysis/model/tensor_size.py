"""How many bytes a tensor takes, as ggml stores it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from gguf import GGMLQuantizationType

from ggmlviz.analysis.model.ggml_types import block_of_type

MOST_ELEMENTS = 2**63 - 1


class ImpossibleTensor(ValueError):
    """No tensor can have this type and shape; the text says why."""


def type_name(number: int) -> str:
    return GGMLQuantizationType(number).name


def is_known(number: int) -> bool:
    return block_of_type(number) is not None


def bytes_of(number: int, ne: Sequence[int]) -> int:
    """Of a tensor of a known type; `ne` are its dimensions, the innermost first."""
    block, block_bytes = block_of_type(number)
    # A zero makes any product small, so each is looked at by itself.
    if max(ne, default=1) > MOST_ELEMENTS or math.prod(ne) > MOST_ELEMENTS:
        raise ImpossibleTensor(f"has the shape {'×'.join(map(str, ne))}, which no memory can hold")
    row = ne[0] if ne else 1
    if row % block:
        raise ImpossibleTensor(f"has rows of {row}, and {type_name(number)} comes in blocks of {block}")
    return math.prod(ne) // block * block_bytes

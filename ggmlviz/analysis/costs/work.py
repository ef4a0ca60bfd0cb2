"""How much arithmetic a computed node takes and how many bytes, from shapes, types and op parameters alone.

It is the work that the op asks for, not what a backend makes of it: neither the conversion of operands on the way, nor
padding, nor reading anything twice because a cache is small.

Arithmetic: +, −, ×, ÷, min, max, a comparison, |x|, rounding, and any function such as exp, log, √, sin, tanh or erf
count 1 each, so a fused multiply-add counts 2. Adding up n numbers counts n, and a dot product of n elements 2n.
Conversion between types, quantised or not, counts nothing. Where the data choose between two branches, the longer one
counts.

Bytes: each operand counts once, however often it is used: a smaller operand that is broadcast, weights that many rows
are multiplied with. It counts with the bytes of its rows (`Operand.touched`), not with those of the buffer behind a
view. An op in place reads and writes as any other. Where ids pick rows or experts, as many different ones count as
there can be: an upper bound, since the ids are not known here.
"""

from __future__ import annotations

from collections.abc import Sequence

from ggmlviz.analysis.costs import element_formulas, movement_formulas, product_formulas, row_formulas
from ggmlviz.analysis.nodes import Node, Operand, Work

__all__ = ["Operand", "Work", "fused", "work"]

_FORMULAS = {
    **element_formulas.FORMULAS,
    **row_formulas.FORMULAS,
    **product_formulas.FORMULAS,
    **movement_formulas.FORMULAS,
}


def work(
    op: str, description: str, result: Operand, sources: Sequence[Operand | None], op_params: Sequence[int]
) -> Work | None:
    """None where it is not modelled: there is no formula, or a source is missing that the formula needs.

    `op` and `description` are the words of ggml_op_name and ggml_op_desc; `sources` are by slot.
    """
    formula = _FORMULAS.get(op)
    if formula is None or len(sources) < formula.needs or None in sources[: formula.needs]:
        return None
    if not result.elements:
        return Work(0, 0, 0)  # ggml leaves such a node out
    return formula.work(Node(op, description, result, sources, op_params))


def fused(first: Work, second: Work, intermediate_bytes: int) -> Work:
    """Two nodes in one kernel: what the first would have written and the second read stays in registers."""
    return Work(
        first.flops + second.flops,
        first.read + second.read - intermediate_bytes,
        first.written + second.written - intermediate_bytes,
    )

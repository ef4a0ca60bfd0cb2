"""How many of the bytes that a node reads are of which of its sources: the formulas give only the sum."""

from __future__ import annotations

from collections.abc import Sequence

from ggmlviz.analysis.costs.work import Operand, work


def reads_by_slot(
    op: str, description: str, result: Operand, sources: Sequence[Operand | None], op_params: Sequence[int]
) -> tuple[int, ...] | None:
    """Bytes by slot; their sum is what `work` gives. None where that is not modelled.

    Every source is emptied, and they are filled again one by one: what the formula then reads more is of that one.
    The last is the first, since ids come behind the rows that they pick.
    """
    filled = [source and _emptied(source) for source in sources]
    done = work(op, description, result, filled, op_params)
    if done is None:
        return None
    reads, before = [0] * len(sources), done.read
    for slot in reversed(range(len(sources))):
        filled[slot] = sources[slot]
        read = work(op, description, result, filled, op_params).read
        reads[slot], before = read - before, read
    return tuple(reads)


def _emptied(operand: Operand) -> Operand:
    return operand._replace(ne=(0, *operand.ne[1:]), bytes=0)

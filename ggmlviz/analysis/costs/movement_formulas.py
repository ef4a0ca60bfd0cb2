"""Ops that bring data to another place, order or type: bytes, and no arithmetic.

Sorting is among them: how many comparisons it takes, the data decide.
"""

from __future__ import annotations

from ggmlviz.analysis.nodes import Formula, Node, Work

FILLED_IN_PLACE = 1


def _nothing(node: Node) -> Work:
    return Work(0, 0, 0)


def _copy(node: Node) -> Work:
    """From the first source; the second, if there is one, is where the result goes."""
    return Work(0, node.sources[0].touched, node.result.touched)


def _concat(node: Node) -> Work:
    return Work(0, node.read_whole, node.result.touched)


def _fill(node: Node) -> Work:
    return Work(0, 0, node.result.touched)


def _get_rows(node: Node) -> Work:
    table, ids = node.sources[:2]
    return Work(0, table.some_rows(node.result.rows) + ids.touched, node.result.touched)


def _set_rows(node: Node) -> Work:
    """The result is the whole table; only the rows that are set are written."""
    rows, ids = node.sources[:2]
    return Work(0, rows.touched + ids.touched, node.result.some_rows(rows.rows))


def _im2col(node: Node) -> Work:
    """Of the kernel only the shape is looked at. A step longer than the kernel skips data."""
    data = node.sources[1]
    element = data.row_bytes // max(1, data.ne[0])
    return Work(0, min(data.touched, node.result.elements * element), node.result.touched)


def _diag_mask(node: Node) -> Work:
    """Row i is masked behind element past + i. In place nothing else is touched; else all is copied before."""
    result, past = node.result, node.parameter(0)
    if node.parameter(1) != FILLED_IN_PLACE:
        return _copy(node)
    longest = max(0, result.ne[0] - past - 1)
    rows = min(longest, result.ne[1])
    masked = rows * (2 * longest - rows + 1) // 2 * result.ne[2] * result.ne[3]
    return Work(0, 0, masked * (result.row_bytes // max(1, result.ne[0])))


FORMULAS = {
    **{op: Formula(0, _nothing) for op in ("NONE", "VIEW", "RESHAPE", "PERMUTE", "TRANSPOSE")},
    **{op: Formula(1, _copy) for op in ("DUP", "CONT", "CPY", "REPEAT", "PAD", "PAD_REFLECT_1D", "ROLL", "DIAG")},
    **{op: Formula(1, _copy) for op in ("ARGSORT", "TOP_K")},
    "CONCAT": Formula(2, _concat),
    "FILL": Formula(0, _fill),
    "GET_ROWS": Formula(2, _get_rows),
    "SET_ROWS": Formula(2, _set_rows),
    "IM2COL": Formula(2, _im2col),
    "IM2COL_3D": Formula(2, _im2col),
    "DIAG_MASK_INF": Formula(1, _diag_mask),
    "DIAG_MASK_ZERO": Formula(1, _diag_mask),
}

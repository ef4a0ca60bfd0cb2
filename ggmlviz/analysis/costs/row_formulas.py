"""Ops that take a row, or a group, of elements together: sums, norms, softmax; and rotation by position."""

from __future__ import annotations

from ggmlviz.analysis.nodes import Formula, Node, Operand, Work

VISION_ROPE = 24  # a mode in which all pairs of a row turn, whatever the number of dimensions says

SOFTMAX_OF_SCORE = 4  # max, −, exp, +
SOFTMAX_OF_SINK = 4  # one score more in every row, which nothing is weighted with


def _reduced(node: Node) -> Work:
    return Work(node.sources[0].elements, node.read_whole, node.result.touched)


def _mean(node: Node) -> Work:
    return Work(node.sources[0].elements + node.result.elements, node.read_whole, node.result.touched)


def _of_groups(node: Node, groups: int, per_element: int, per_group: int) -> Work:
    flops = per_element * node.result.elements + per_group * groups
    return Work(flops, node.read_whole, node.result.touched)


def _rms_norm(node: Node) -> Work:
    """x × 1 ÷ √(Σx² ÷ n + ε)"""
    return _of_groups(node, node.result.rows, per_element=2 + 1, per_group=4)


def _l2_norm(node: Node) -> Work:
    """x × 1 ÷ max(√Σx², ε)"""
    return _of_groups(node, node.result.rows, per_element=2 + 1, per_group=3)


def _norm(node: Node) -> Work:
    """m = Σx ÷ n; d = x − m; d × 1 ÷ √(Σd² ÷ n + ε)"""
    return _of_groups(node, node.result.rows, per_element=1 + 1 + 2 + 1, per_group=1 + 4)


def _group_norm(node: Node) -> Work:
    """NORM over each of so many groups of channels."""
    return _of_groups(node, node.parameter(0) * node.result.ne[3], per_element=5, per_group=5)


def before_softmax(node: Node, scale: float, slopes: float, mask: bool) -> int:
    """Of every score: × scale, + mask, the mask × a slope; a scale of 0 is of a time when there was none."""
    return (scale not in (0.0, 1.0)) + mask * (1 + (slopes > 0))


def mask_bytes(mask: Operand | None, queries: int) -> int:
    """Masks are padded to more rows than there are queries."""
    return mask.some_rows(min(mask.ne[1], queries) * mask.ne[2] * mask.ne[3]) if mask is not None else 0


def _soft_max(node: Node) -> Work:
    scores, mask, sinks = (*node.sources, None, None)[:3]
    each = before_softmax(node, node.real_parameter(0), node.real_parameter(1), node.has(1)) + SOFTMAX_OF_SCORE + 1
    each_row = 1 + SOFTMAX_OF_SINK * node.has(2)  # 1 ÷ the sum
    read = scores.touched + mask_bytes(mask, scores.ne[1]) + (sinks.touched if sinks is not None else 0)
    return Work(each * scores.elements + each_row * scores.rows, read, node.result.touched)


def _cross_entropy_loss(node: Node) -> Work:
    """Σ labels × (x − max − log Σ exp(x − max)), summed up over all rows, ÷ their number."""
    logits = node.sources[0]
    return Work(7 * logits.elements + 2 * logits.rows + 1, node.read_whole, node.result.touched)


def _rope(node: Node) -> Work:
    """Pairs turn by an angle: 4 × and 2 +; all heads share the angles of a position: each a product, a sine, a cosine.

    Whatever is the same for all positions (frequencies, their factors, YaRN's blend) is not counted.
    """
    result = node.result
    pairs = result.ne[0] // 2 if node.parameter(2) == VISION_ROPE else node.parameter(1) // 2
    return Work(pairs * (6 * result.rows + 3 * result.ne[2]), node.read_whole, result.touched)


FORMULAS = {
    "SUM": Formula(1, _reduced),
    "SUM_ROWS": Formula(1, _reduced),
    "CUMSUM": Formula(1, _reduced),
    "ARGMAX": Formula(1, _reduced),
    "MEAN": Formula(1, _mean),
    "RMS_NORM": Formula(1, _rms_norm),
    "L2_NORM": Formula(1, _l2_norm),
    "NORM": Formula(1, _norm),
    "GROUP_NORM": Formula(1, _group_norm),
    "SOFT_MAX": Formula(1, _soft_max),
    "CROSS_ENTROPY_LOSS": Formula(2, _cross_entropy_loss),
    "ROPE": Formula(2, _rope),
    "ROPE_BACK": Formula(2, _rope),
}

"""Ops whose work is multiplying and adding up: matrices, attention, convolutions, state spaces."""

from __future__ import annotations

from ggmlviz.analysis.costs.row_formulas import SOFTMAX_OF_SCORE, SOFTMAX_OF_SINK, before_softmax, mask_bytes
from ggmlviz.analysis.nodes import Formula, Node, Operand, Work

POOL_MAX, POOL_AVERAGE = 0, 1


def _products(node: Node, count: int) -> Work:
    return Work(2 * count, node.read_whole, node.result.touched)


def _mul_mat(node: Node) -> Work:
    """Every result is the product of two rows. A first operand with fewer matrices is used again, and counts once."""
    return _products(node, node.sources[0].ne[0] * node.result.elements)


def _mul_mat_id(node: Node) -> Work:
    """Rows times the experts that the ids pick: at most one expert for each row, and no more than there are."""
    experts, rows, ids = node.sources[:3]
    used = min(experts.ne[2], node.result.rows)
    read = experts.some_rows(used * experts.ne[1]) + rows.touched + ids.touched
    return Work(2 * experts.ne[0] * node.result.elements, read, node.result.touched)


def _out_prod(node: Node) -> Work:
    return _products(node, node.sources[0].ne[1] * node.result.elements)


def _flash_attn_ext(node: Node) -> Work:
    """Every query meets every key and value in the tensors, also the masked ones and those that pad the cache."""
    query, key, value, mask, sinks = (*node.sources, None, None)[:5]
    softcap = 2 if node.real_parameter(2) else 0  # tanh, and × the cap; ÷ the cap is part of the scale
    each_score = before_softmax(node, node.real_parameter(0), node.real_parameter(1), mask is not None) + softcap
    each_score += 2 * key.ne[0] + SOFTMAX_OF_SCORE + 2 * value.ne[0]
    each_query = 1 + value.ne[0] + SOFTMAX_OF_SINK * (sinks is not None)  # 1 ÷ the sum, × each value
    read = query.touched + key.touched + mask_bytes(mask, query.ne[1]) + (sinks.touched if sinks is not None else 0)
    if not _begins_the_rows_of(value, key):
        read += value.touched
    return Work((each_score * key.ne[1] + each_query) * query.rows, read, node.result.touched)


def _begins_the_rows_of(value: Operand, key: Operand) -> bool:
    """Multi-head latent attention: the values are the first elements of the keys, so they are read once."""
    return (
        bool(key.address)
        and value.address == key.address
        and (value.type, value.ne[1:], value.nb) == (key.type, key.ne[1:], key.nb)
        and value.ne[0] <= key.ne[0]
    )


def _conv_2d(node: Node) -> Work:
    """All taps count, also those that fall on the padding; the same in the ops below."""
    width, height, channels, _ = node.sources[0].ne
    return _products(node, width * height * channels * node.result.elements)


def _conv_3d(node: Node) -> Work:
    width, height, depth, _ = node.sources[0].ne
    channels = node.parameter(9)
    return _products(node, width * height * depth * channels * node.result.elements)


def _conv_transpose_1d(node: Node) -> Work:
    """Every input meets every tap of every output channel."""
    width, channels_out, _, _ = node.sources[0].ne
    return _products(node, width * channels_out * node.sources[1].elements)


def _conv_transpose_2d(node: Node) -> Work:
    width, height, channels_out, _ = node.sources[0].ne
    return _products(node, width * height * channels_out * node.sources[1].elements)


def _pool(node: Node) -> Work | None:
    kind, taps = node.parameter(0), node.parameter(1)
    if node.op == "POOL_2D":
        taps *= node.parameter(2)
    if kind not in (POOL_MAX, POOL_AVERAGE):
        return None
    return Work((taps + (kind == POOL_AVERAGE)) * node.result.elements, node.read_whole, node.result.touched)


def _ssm_conv(node: Node) -> Work:
    return _products(node, node.sources[1].ne[0] * node.result.elements)


def _ssm_scan(node: Node) -> Work:
    """dt = softplus(dt); state = state × exp(dt × A) + B × (x × dt); y = Σ state × C

    A has one number for every head (Mamba 2), or one for every element of a state (Mamba 1).
    """
    states, x, dt, decay, b, c, ids = node.sources[:7]
    states_at_once = states.ne[0] * states.ne[1] * states.ne[2]
    steps = x.ne[2] * x.ne[3]
    decays = x.ne[1] if decay.ne[0] == 1 else states_at_once
    softplus_of_dt = 3 * dt.elements  # a comparison, exp, log1p
    flops = softplus_of_dt + 2 * decays * steps + x.elements + 5 * states_at_once * steps
    read = states.some_rows(states.ne[1] * states.ne[2] * ids.elements)
    read += sum(operand.touched for operand in (x, dt, decay, b, c, ids))
    return Work(flops, read, node.result.touched)


FORMULAS = {
    "MUL_MAT": Formula(2, _mul_mat),
    "MUL_MAT_ID": Formula(3, _mul_mat_id),
    "OUT_PROD": Formula(2, _out_prod),
    "FLASH_ATTN_EXT": Formula(3, _flash_attn_ext),
    "CONV_2D": Formula(2, _conv_2d),
    "CONV_2D_DW": Formula(2, _conv_2d),  # one channel for each output
    "CONV_3D": Formula(2, _conv_3d),
    "CONV_TRANSPOSE_1D": Formula(2, _conv_transpose_1d),
    "CONV_TRANSPOSE_2D": Formula(2, _conv_transpose_2d),
    "POOL_1D": Formula(1, _pool),
    "POOL_2D": Formula(1, _pool),
    "SSM_CONV": Formula(2, _ssm_conv),
    "SSM_SCAN": Formula(7, _ssm_scan),
}

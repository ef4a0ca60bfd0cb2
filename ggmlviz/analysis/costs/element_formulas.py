"""Ops that do the same with every element."""

from __future__ import annotations

from ggmlviz.analysis.nodes import Formula, Node, Work

# ADD1 and ADD … read a smaller second operand again for every part of the first: it counts once.
BINARY = {"ADD": 1, "ADD1": 1, "SUB": 1, "MUL": 1, "DIV": 1}

PLAIN = {
    "SQR": 1,
    "SQRT": 1,
    "LOG": 1,
    "SIN": 1,
    "COS": 1,
    "CLAMP": 2,  # min, max
    "LEAKY_RELU": 4,  # max(x, 0) + slope × min(x, 0)
}

UNARY = {
    "ABS": 1,
    "NEG": 1,
    "STEP": 1,  # a comparison
    "SGN": 2,  # two comparisons
    "RELU": 1,  # max
    "TANH": 1,
    "EXP": 1,
    "EXPM1": 1,
    "FLOOR": 1,
    "CEIL": 1,
    "ROUND": 1,
    "TRUNC": 1,
    "ELU": 2,  # a comparison; expm1(x)
    "SIGMOID": 4,  # 1 ÷ (1 + exp(−x))
    "SILU": 4,  # x ÷ (1 + exp(−x))
    "SOFTPLUS": 4,  # a comparison; log(1 + exp(x))
    "HARDSIGMOID": 4,  # min(1, max(0, (x + 3) ÷ 6))
    "HARDSWISH": 5,  # x × hardsigmoid(x)
    "GELU": 9,  # 0.5 × x × (1 + tanh(c × x × (1 + a × x × x)))
    "GELU_QUICK": 5,  # x × (1 ÷ (1 + exp(c × x)))
    "GELU_ERF": 5,  # 0.5 × x × (1 + erf(x × c))
    "XIELU": 7,  # a comparison; (expm1(min(x, ε)) − x) × a + b × x
}

# The function of one half, times the other.
GATED = {
    "REGLU": UNARY["RELU"] + 1,
    "GEGLU": UNARY["GELU"] + 1,
    "GEGLU_ERF": UNARY["GELU_ERF"] + 1,
    "GEGLU_QUICK": UNARY["GELU_QUICK"] + 1,
    "SWIGLU": UNARY["SILU"] + 1,
    "SWIGLU_OAI": 10,  # x = min(x, l), y = max(−l, min(y, l)), x ÷ (1 + exp(a × −x)) × (y + 1)
}


def _each(node: Node, flops: int | None) -> Work | None:
    if flops is None:
        return None
    return Work(flops * node.result.elements, node.read_whole, node.result.touched)


def _by_op(node: Node) -> Work | None:
    return _each(node, BINARY.get(node.op) or PLAIN[node.op])


def _unary(node: Node) -> Work | None:
    return _each(node, UNARY.get(node.description))


def _glu(node: Node) -> Work | None:
    """Both halves are in one tensor, or there are two."""
    return _each(node, GATED.get(node.description))


def _scale(node: Node) -> Work | None:
    return _each(node, 2 if node.real_parameter(1) else 1)


def _arange(node: Node) -> Work:
    return Work(2 * node.result.elements, 0, node.result.touched)


def _add_id(node: Node) -> Work:
    """Adds to every row one that the ids pick; of these at most as many as there are."""
    values, table, ids = node.sources[:3]
    read = values.touched + table.some_rows(node.result.rows) + ids.touched
    return Work(node.result.elements, read, node.result.touched)


FORMULAS = {
    **{op: Formula(2, _by_op) for op in BINARY},
    **{op: Formula(1, _by_op) for op in PLAIN},
    "UNARY": Formula(1, _unary),
    "GLU": Formula(1, _glu),
    "SCALE": Formula(1, _scale),
    "ARANGE": Formula(0, _arange),
    "ADD_ID": Formula(3, _add_id),
}

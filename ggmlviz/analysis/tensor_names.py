"""What the names of GGUF tensors tell: the layer, and what part of a model it is."""

from __future__ import annotations

import re

NO_LAYER = -1
CATEGORIES = ("other", "embedding", "attention", "ffn", "moe", "norm", "output")

# Six digits are more layers than any model has, and fit every integer.
_LAYER = re.compile(r"(?:^|\.)blk\.(\d{1,6})\.")
# The first that matches counts: blk.0.attn_norm is a norm, blk.0.attn_output is attention.
_RULES = tuple(
    (category, re.compile(pattern))
    for category, pattern in (
        ("norm", r"norm|(?:^|[._])ln(?:\d|_|\.|$)"),
        ("moe", r"_(?:exps|shexp|chexps)\b|ffn_gate_inp|exp_probs|ffn_(?:gate|up|down)\.\d"),
        ("attention", r"attn"),
        ("ffn", r"ffn|mlp"),
        ("embedding", r"(?<!un)embd|token_types|embed_tokens"),
        ("output", r"^(?:output|cls)(?:\.|$)"),
    )
)


def layer_of(name: str) -> int:
    match = _LAYER.search(name)
    return int(match[1]) if match else NO_LAYER


def category_of(name: str) -> str:
    return next((category for category, pattern in _RULES if pattern.search(name)), "other")

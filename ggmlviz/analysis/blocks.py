"""Which layer and which part of a model a node or a weight belongs to, told by names as llama.cpp, whisper.cpp and
model files give them.

A name is made of parts that say nothing about the block, around one that does: `blk.3.ffn_up.weight`, `ffn_out-3`,
`cache_k_l3 (view)`, `encoder.blocks.3.mlp.0.weight`, `CUDA0#l_out-3#0` (a copy that the scheduler made). That one is
looked up in WORDS, where the first line that fits decides; if none does, without what is before its first dot:

- "moe": the router, the experts, shared ones too, and all that is named ffn_moe_…;
- "norm": normalisations wherever they are, the last one of the model too;
- "attention": projections, rotation, cache, scores, and ffn_inp, the sum that ends this half of a layer;
- "ffn": everything else between ffn_inp and the sum that ends the layer, l_out, with that sum. Both l_out and
  ffn_out are "moe" where experts feed them;
- "output": the choice of rows that are asked for, and the logits;
- "embedding": from token ids, or sound, to the input of the first layer.

A node without such a name is told by the weights it reads, else by ops that occur in one block only, else, if it just
moves data, by what it moves. What is left is "other": whisper.cpp names neither its nodes nor its weights, so that of
its graphs only attention, norms and the first steps of an embedding are told so; `residual_layers` tells more.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

CATEGORIES = ("other", "embedding", "attention", "ffn", "moe", "norm", "output")

# Six digits are more layers than any model has, and fit every integer.
_NUMBER, _END = r"(\d{1,6})", r"(?=[ )#]|$)"
_LAYER = re.compile(
    rf"(?:^|[.#])(?:blk|blocks|layers)\.{_NUMBER}\.|-{_NUMBER}{_END}|(?:^|[ #])cache_\w+_l{_NUMBER}{_END}"
)

_COPY_FOR_A_BACKEND = re.compile(r"[^#]+#(.*)#\d+$")
_AROUND = tuple(
    re.compile(pattern)
    for pattern in (
        r" \(.*$",  # (view), (reshaped), (copy of …)
        r"\.(?:weight|bias)\b.*$",
        r"^(?:\w+\.)*?(?:\w+_)?(?:blk|blocks|layers)\.\d+\.",
        r"-\d+$",  # the layer of a node
    )
)
_WEIGHT = re.compile(r"\.(?:weight|bias)\b")

WORDS = (
    (
        "moe",
        r"ffn_moe|ffn_(?!norm)\w*(?:exps?|shexp)(?:_|$)|ffn_gate_inp|shared_expert|exp_probs_b|"
        r"ffn_(?:gate|up|down)\.\d",
    ),
    ("norm", r"(?:.*[._])?(?:[eh]?norm(?:ed)?\d?(?:_(?:\w|conv|embd|exps|mid|pre))?|ln\d?(?:_(?:pre|post|kv|q))?)$"),
    (
        "attention",
        r"(?:self_|cross_|vis_)?attn|[qkv](?:cur)?(?:_|$)|kqv?(?:_|$)|kv_|[wb]?qkv|wo$|sa_out|cache_[kv]_|ffn_inp$",
    ),
    ("ffn", r"ffn|mlp|l_out$"),
    ("output", r"result|output|(?:inp_)?out_ids|logits|lm_head|cls(?:\.|$)"),
    (
        "embedding",
        r"(?:per_layer_)?tok(?:en)?_|(?:pos(?:ition)?(?:al)?|patch|class)_emb|embed_tokens|position$|embd|"
        r"inp_(?!gate)|inpl$|mel$|encoder\.conv[12]$",
    ),
)
_WORDS = tuple((block, re.compile(pattern)) for block, pattern in WORDS)

_SUMS = {"ffn_out", "l_out"}
_OP_BLOCKS = {
    "FLASH_ATTN_EXT": "attention",
    "SOFT_MAX": "attention",
    "ROPE": "attention",
    "DIAG_MASK_INF": "attention",
    "MUL_MAT_ID": "moe",
    "NORM": "norm",
    "RMS_NORM": "norm",
    "GROUP_NORM": "norm",
    "L2_NORM": "norm",
    "GLU": "ffn",
}
_MOVES = {"GET_ROWS", "SET_ROWS", "DUP", "CPY", "CONT", "CONCAT", "IM2COL"}


def layer_of(name: str) -> int | None:
    """The number in a name that says which layer it is of; encoder and decoder count from 0 each."""
    found = _LAYER.search(name)
    return int(found[found.lastindex]) if found else None


def block_of(name: str, op: str, source_names: Sequence[str]) -> str:
    """The part of the model that a node is in; `source_names` are of all that it reads, in the order of their slots."""
    block = _named(name)
    if block == "ffn" and _word(name) in _SUMS and any(_named(source) == "moe" for source in source_names):
        return "moe"
    block = block or _by_weights(op, source_names) or _OP_BLOCKS.get(op) or _by_what_is_moved(op, source_names)
    return block or "other"


def category_of(name: str) -> str:
    """The part of the model that a tensor of its file is of."""
    return _named(name) or "other"


def _word(name: str) -> str:
    copy = _COPY_FOR_A_BACKEND.match(name)
    word = copy[1] if copy else name
    for pattern in _AROUND:
        word = pattern.sub("", word, count=1)
    return word.lower()


def _named(name: str) -> str | None:
    word, more = _word(name), "."
    while more:
        if block := next((block for block, pattern in _WORDS if pattern.match(word)), None):
            return block
        _, more, word = word.partition(".")
    return None


def _by_weights(op: str, source_names: Sequence[str]) -> str | None:
    for source in source_names:
        if _WEIGHT.search(source) and (block := _named(source)):
            # Models without weights of their own for the output use those of the embedding.
            return "output" if block == "embedding" and op == "MUL_MAT" else block
    return None


def _by_what_is_moved(op: str, source_names: Sequence[str]) -> str | None:
    """The last source first: the ids of rows tell more than the table."""
    if op not in _MOVES:
        return None
    return next((block for source in reversed(source_names) if (block := _named(source))), None)

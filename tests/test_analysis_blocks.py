"""Layers and blocks of nodes as llama.cpp and whisper.cpp name them."""

from __future__ import annotations

import pytest

from ggmlviz.analysis.blocks import block_of, layer_of


@pytest.mark.parametrize(
    ("name", "layer"),
    [
        ("blk.5.attn_q.weight", 5),
        ("blk.31.ffn_gate_exps.weight", 31),
        ("v.blk.7.ln1.weight", 7),
        ("Qcur-5", 5),
        ("Qcur-5 (reshaped)", 5),
        ("Qcur-12 (view) (permuted)", 12),
        ("ffn_moe_weights_sum_clamped-0", 0),
        ("cache_k_l5", 5),
        ("cache_v_l21 (view)", 21),
        ("cache_k_l5 (view) (permuted)", 5),
        ("cache_k_l5 (view) (copy of Kcur-5 (view))", 5),
        ("leaf_8 (view) (copy of Kcur-3)", 3),
        ("CUDA0#l_out-9#0", 9),
        ("CUDA0#blk.4.attn_norm.weight#0", 4),
        ("encoder.blocks.3.attn.query.weight", 3),
        ("decoder.blocks.2.cross_attn.out.bias", 2),
    ],
)
def test_names_with_a_layer(name, layer):
    assert layer_of(name) == layer


@pytest.mark.parametrize(
    "name",
    [
        "",
        " (view)",
        "node_24",
        "leaf_5 (view) (copy of )",
        "embd",
        "norm",
        "result_output",
        "token_embd.weight",
        "output_norm.weight",
        "encoder.conv1.weight",
        "embd_conv (view) (transposed) (cont)",
        "KQ_mask (copy)",
        "attn_inp_k_idxs",
        "all_l2",
        "blk." + "9" * 5000 + ".ffn_up.weight",
    ],
)
def test_names_without_a_layer(name):
    assert layer_of(name) is None


# Name, op and the names of the sources as they are in traces.
LLAMA = [
    ("embd", "GET_ROWS", ["token_embd.weight", "inp_tokens"], "embedding"),
    ("node_1", "GET_ROWS", ["token_embd.weight", "inp_mixed_tokens"], "embedding"),
    ("node_2", "DUP", ["inp_mixed_embd"], "embedding"),
    (" (view)", "SET_ROWS", ["node_1", "inp_mixed_slots", "node_2"], "embedding"),
    ("norm-0", "RMS_NORM", ["embd"], "norm"),
    ("attn_norm-0", "MUL", ["norm-0", "blk.0.attn_norm.weight"], "norm"),
    ("Qcur-0", "MUL_MAT", ["blk.0.attn_q.weight", "attn_norm-0"], "attention"),
    ("Qcur-0", "ROPE", ["Qcur-0", "inp_pos"], "attention"),
    ("Kcur-0 (view)", "VIEW", ["Kcur-0"], "attention"),
    ("cache_k_l0 (view)", "SET_ROWS", ["Kcur-0 (view)", "attn_inp_k_idxs", "cache_k_l0"], "attention"),
    ("node_24", "FLASH_ATTN_EXT", ["Qcur-0 (view) (permuted)", "cache_k_l0 (view) (permuted)"], "attention"),
    ("kqv_out-0", "RESHAPE", ["node_24"], "attention"),
    ("attn_out-0", "MUL_MAT", ["blk.0.attn_output.weight", "kqv_out-0"], "attention"),
    ("node_86", "GET_ROWS", ["attn_out-1", "out_ids"], "output"),
    ("ffn_inp-0", "ADD", ["attn_out-0", "embd"], "attention"),
    ("ffn_norm-0", "MUL", ["norm-0", "blk.0.ffn_norm.weight"], "norm"),
    ("ffn_gate-0", "MUL_MAT", ["blk.0.ffn_gate.weight", "ffn_norm-0"], "ffn"),
    ("ffn_swiglu-0", "GLU", ["ffn_gate-0", "ffn_up-0"], "ffn"),
    ("ffn_out-0", "MUL_MAT", ["blk.0.ffn_down.weight", "ffn_swiglu-0"], "ffn"),
    ("l_out-0", "ADD", ["ffn_out-0", "ffn_inp-0"], "ffn"),
    ("norm", "RMS_NORM", ["l_out-1"], "norm"),
    ("result_norm", "MUL", ["norm", "output_norm.weight"], "norm"),
    ("result_output", "MUL_MAT", ["output.weight", "result_norm"], "output"),
]
EXPERTS = [
    ("ffn_moe_logits-0", "MUL_MAT", ["blk.0.ffn_gate_inp.weight", "ffn_norm-0"], "moe"),
    ("ffn_moe_probs-0", "SOFT_MAX", ["ffn_moe_logits-0"], "moe"),
    ("ffn_moe_argsort-0", "ARGSORT", ["ffn_moe_probs-0"], "moe"),
    ("ffn_moe_weights-0", "GET_ROWS", ["ffn_moe_probs-0 (reshaped)", "ffn_moe_topk-0"], "moe"),
    ("ffn_moe_weights_norm-0", "DIV", ["ffn_moe_weights-0 (reshaped)", "ffn_moe_weights_sum_clamped-0"], "moe"),
    ("ffn_moe_gate-0", "MUL_MAT_ID", ["blk.0.ffn_gate_exps.weight", "ffn_norm-0 (reshaped)"], "moe"),
    ("ffn_moe_swiglu-0", "GLU", ["ffn_moe_gate-0", "ffn_moe_up-0"], "moe"),
    ("ffn_moe_out-0", "ADD", ["ffn_moe_weighted-0 (view)", "ffn_moe_weighted-0 (view)"], "moe"),
    ("l_out-0", "ADD", ["ffn_moe_out-0", "ffn_inp-0"], "moe"),
    ("ffn_out-0", "ADD", ["ffn_moe_out-0", "ffn_shexp-0"], "moe"),
]
# whisper.cpp names hardly anything, so that little can be told.
WHISPER = [
    ("node_0", "IM2COL", ["leaf_1", "mel"], "embedding"),
    ("node_3", "MUL_MAT", [" (reshaped)", "leaf_1 (reshaped)"], "other"),
    ("embd_conv", "UNARY", ["node_12"], "embedding"),
    ("embd_conv (view) (transposed) (cont)", "CONT", ["embd_conv (view) (transposed)"], "embedding"),
    ("node_4", "NORM", ["node_3"], "norm"),
    ("node_5", "MUL", ["node_4", "leaf_3"], "other"),
    ("leaf_5 (view) (copy of )", "CPY", ["node_7", "leaf_5 (view)"], "other"),
    ("node_20", "FLASH_ATTN_EXT", [" (reshaped) (permuted)", "leaf_5 (view)", "leaf_8 (view)"], "attention"),
    ("node_0", "GET_ROWS", ["leaf_0", "embd"], "embedding"),
    ("node_1", "GET_ROWS", ["leaf_2", "position"], "embedding"),
    ("KQ_mask (copy)", "CPY", ["KQ_mask", ""], "attention"),
    ("node_30", "UNARY", ["node_29"], "other"),
]


@pytest.mark.parametrize(("name", "op", "sources", "block"), LLAMA + EXPERTS + WHISPER)
def test_blocks_of_real_nodes(name, op, sources, block):
    assert block_of(name, op, sources) == block


@pytest.mark.parametrize(
    ("weight", "block"),
    [
        ("blk.0.attn_q.weight", "attention"),
        ("blk.0.attn_k.bias", "attention"),
        ("blk.0.attn_q_norm.weight", "norm"),
        ("blk.0.ffn_up.weight", "ffn"),
        ("blk.0.ffn_down_shexp.weight", "moe"),
        ("blk.0.ffn_gate.3.weight", "moe"),
        ("blk.0.ssm_in.weight", "other"),
        ("encoder.conv1.weight", "embedding"),
        ("encoder.blocks.3.attn.query.weight", "attention"),
        ("encoder.blocks.3.attn_ln.weight", "norm"),
        ("decoder.blocks.2.cross_attn.out.bias", "attention"),
        ("decoder.blocks.2.cross_attn_ln.bias", "norm"),
        ("decoder.blocks.0.mlp.0.weight", "ffn"),
        ("decoder.blocks.0.mlp_ln.weight", "norm"),
        ("encoder.ln_post.weight", "norm"),
        ("decoder.ln.weight", "norm"),
        ("CUDA0#blk.0.ffn_up.weight#0", "ffn"),
    ],
)
def test_a_node_without_a_name_is_told_by_its_weights(weight, block):
    assert block_of("node_7", "ADD", ["node_6", weight]) == block


@pytest.mark.parametrize("embedding", ["token_embd.weight", "decoder.token_embedding.weight"])
def test_weights_of_the_embedding_may_be_those_of_the_output(embedding):
    assert block_of("node_0", "GET_ROWS", [embedding, "inp_tokens"]) == "embedding"
    assert block_of("node_900", "MUL_MAT", [embedding, "node_899"]) == "output"


def test_a_copy_to_another_backend_is_of_the_block_of_its_original():
    assert block_of("CUDA0#l_out-3#0", "CPY", []) == "ffn"
    assert block_of("CUDA0#attn_norm-3#0", "CPY", []) == "norm"


def test_what_is_unknown_stays_other():
    assert block_of("", "ADD", []) == "other"
    assert block_of("node_3", "MUL_MAT", ["node_1", "Qcur-0"]) == "other"
    assert block_of("something_new-4", "MUL_MAT", ["leaf_1", "leaf_2"]) == "other"

"""The work of each op against cases worked out by hand; the working stands beside each number."""

from __future__ import annotations

import struct
from math import prod

import pytest

from ggmlviz.analysis.costs.work import Operand, Work, fused, work

BLOCKS = {"f32": (1, 4), "f16": (1, 2), "i32": (1, 4), "i64": (1, 8), "q4_0": (32, 18), "q8_0": (32, 34)}
BLOCKS["q4_K"] = (256, 144)
ONE = struct.unpack("<i", struct.pack("<f", 1.0))[0]
HALF = struct.unpack("<i", struct.pack("<f", 0.5))[0]


def tensor(type_: str, *ne: int, address: int = 0) -> Operand:
    """Contiguous, as ggml_new_tensor makes it."""
    ne = (*ne, 1, 1, 1)[:4]
    elements, size = BLOCKS[type_]
    nb = [size, ne[0] // elements * size]
    nb += [nb[1] * ne[1], nb[1] * ne[1] * ne[2]]
    return Operand(type_, ne, tuple(nb), prod(ne) // elements * size, address)


def f32(*ne: int) -> Operand:
    return tensor("f32", *ne)


def of(op: str, result: Operand, *sources: Operand | None, params=(), kind: str | None = None) -> Work | None:
    return work(op, kind or op, result, sources, params)


# Operands: which bytes count


@pytest.mark.parametrize(
    ("type_", "row_of_256"),
    # Q4_0: 32 × 4 bits and an f16 = 18 bytes, 8 blocks; Q8_0: 32 bytes and an f16 = 34, 8 blocks;
    # Q4_K: one superblock of 256 × 4 bits, two f16 and 12 bytes of scales = 144.
    [("f32", 1024), ("f16", 512), ("q4_0", 144), ("q8_0", 272), ("q4_K", 144)],
)
def test_row_bytes_of_types(type_, row_of_256):
    assert tensor(type_, 256, 3).row_bytes == row_of_256
    assert tensor(type_, 256, 3).touched == 3 * row_of_256


def test_types_by_number_are_those_by_name():
    for number, name in ((0, "f32"), (1, "f16"), (2, "q4_0"), (8, "q8_0"), (12, "q4_K"), (26, "i32")):
        by_name = Operand(name, (256, 1, 1, 1), (0, 0, 0, 0), 10_000)
        assert by_name._replace(type=number).row_bytes == by_name.row_bytes


def test_gaps_of_a_view_do_not_count():
    # The first 2 of 4 numbers in each of 3 rows: 3 × 2 × 4 bytes, though they span 2 × 16 + 8.
    assert Operand("i32", (2, 3, 1, 1), (4, 16, 48, 48), 40).touched == 24


def test_transposed_rows_count_by_element():
    # A 2 × 3 matrix of f32 seen as 3 × 2.
    assert Operand("f32", (3, 2, 1, 1), (8, 4, 24, 24), 24).touched == 24


def test_a_row_that_is_shown_again_and_again_counts_once():
    assert Operand("f32", (4, 100, 1, 1), (4, 0, 0, 0), 16).touched == 16


def test_overlapping_rows_count_once():
    # Windows of 4 numbers that move by one: 4 of them lie in 7 numbers.
    assert Operand("f32", (4, 4, 1, 1), (4, 4, 16, 16), 28).touched == 28


def test_a_type_newer_than_the_table_is_taken_at_its_strides():
    # 5 rows of 96 bytes, each 128 bytes after the one before: ggml says 4 × 128 + 96 bytes.
    view = Operand(999, (64, 5, 1, 1), (48, 128, 640, 640), 608)
    assert (view.row_bytes, view.touched) == (96, 480)
    assert Operand("no such type", (64, 0, 1, 1), (48, 128, 0, 0), 0).touched == 0


def test_an_empty_tensor_is_no_work():
    assert of("ADD", f32(4, 0), f32(4, 0), f32(4)) == Work(0, 0, 0)
    assert of("MUL_MAT", f32(8, 0), f32(4, 8), f32(4, 0)) == Work(0, 0, 0)


# Nothing, and what is not modelled


@pytest.mark.parametrize("op", ["NONE", "VIEW", "RESHAPE", "PERMUTE", "TRANSPOSE"])
def test_empty_ops_are_no_work(op):
    assert of(op, f32(8, 8), f32(64)) == Work(0, 0, 0)


def test_unknown_ops_and_kinds_are_not_modelled():
    assert of("MAP_CUSTOM1", f32(4), f32(4)) is None
    assert of("AN_OP_OF_TOMORROW", f32(4), f32(4)) is None
    assert of("UNARY", f32(4), f32(4), kind="A_KIND_OF_TOMORROW") is None
    assert of("GLU", f32(4), f32(4), f32(4), kind="A_KIND_OF_TOMORROW") is None
    assert of("POOL_1D", f32(4), f32(8), params=(2, 2, 2, 0)) is None


def test_without_the_sources_it_needs_an_op_is_not_modelled():
    assert of("MUL_MAT", f32(4), f32(4)) is None
    assert of("MUL_MAT", f32(4), None, f32(4)) is None
    assert of("FLASH_ATTN_EXT", f32(4), f32(4), f32(4), None) is None


def test_a_fused_pair_neither_writes_nor_reads_what_is_between():
    x, weight = f32(128, 2), f32(128)
    first, second = of("RMS_NORM", x, x), of("MUL", x, x, weight)
    # 1024 bytes come in, 512 bytes of weights, 1024 go out; 3 × 256 + 2 × 4 and 256.
    assert fused(first, second, x.touched) == Work(776 + 256, 1024 + 512, 1024)


# Elements


@pytest.mark.parametrize("op", ["ADD", "SUB", "MUL", "DIV"])
def test_two_operands(op):
    assert of(op, f32(4, 3), f32(4, 3), f32(4, 3)) == Work(12, 96, 48)


def test_a_broadcast_operand_is_read_once():
    # 4 × 3 × 2 sums; 24 numbers and 4 numbers are read.
    assert of("ADD", f32(4, 3, 2), f32(4, 3, 2), f32(4)) == Work(24, 112, 96)
    assert of("ADD1", f32(4, 3), f32(4, 3), f32(1)) == Work(12, 52, 48)


@pytest.mark.parametrize(
    ("op", "each"), [("SQR", 1), ("SQRT", 1), ("LOG", 1), ("SIN", 1), ("COS", 1), ("CLAMP", 2), ("LEAKY_RELU", 4)]
)
def test_one_operand(op, each):
    assert of(op, f32(5, 2), f32(5, 2)) == Work(10 * each, 40, 40)


def test_scale_with_and_without_something_to_add():
    assert of("SCALE", f32(5, 2), f32(5, 2), params=(HALF, 0)) == Work(10, 40, 40)
    assert of("SCALE", f32(5, 2), f32(5, 2), params=(HALF, ONE)) == Work(20, 40, 40)


@pytest.mark.parametrize(
    ("kind", "each"),
    [
        *[(kind, 1) for kind in ("ABS", "NEG", "STEP", "RELU", "TANH", "EXP", "EXPM1", "FLOOR", "CEIL", "ROUND")],
        ("TRUNC", 1),
        ("SGN", 2),
        ("ELU", 2),
        ("SIGMOID", 4),  # −x, exp, 1 +, 1 ÷
        ("SILU", 4),  # −x, exp, 1 +, x ÷
        ("SOFTPLUS", 4),  # >, exp, 1 +, log
        ("HARDSIGMOID", 4),  # + 3, ÷ 6, max, min
        ("HARDSWISH", 5),  # the same, and x ×
        ("GELU", 9),  # a × x, × x, 1 +; c × x, ×; tanh; 1 +; 0.5 × x, ×
        ("GELU_QUICK", 5),  # c × x, exp, 1 +, 1 ÷, x ×
        ("GELU_ERF", 5),  # x × c, erf, 1 +; 0.5 × x, ×
        ("XIELU", 7),  # >; min, expm1, − x, × a; b × x, +
    ],
)
def test_unary_kinds(kind, each):
    assert of("UNARY", f32(5, 2), f32(5, 2), kind=kind) == Work(10 * each, 40, 40)


@pytest.mark.parametrize(
    ("kind", "each"),
    [
        ("REGLU", 2),  # max, ×
        ("SWIGLU", 5),  # the 4 of SILU, ×
        ("GEGLU", 10),  # the 9 of GELU, ×
        ("GEGLU_ERF", 6),
        ("GEGLU_QUICK", 6),
        ("SWIGLU_OAI", 10),  # min; min, max; −x, a ×, exp, 1 +, x ÷; y + 1, ×
    ],
)
def test_glu_kinds_with_both_halves_in_one_tensor_or_in_two(kind, each):
    # 6 results of 6 numbers and 6 more: 48 bytes in, 24 out.
    assert of("GLU", f32(3, 2), f32(3, 2), f32(3, 2), kind=kind) == Work(6 * each, 48, 24)
    assert of("GLU", f32(3, 2), f32(6, 2), kind=kind) == Work(6 * each, 48, 24)


def test_arange():
    # start + i × step, 10 times; nothing is read.
    assert of("ARANGE", f32(10)) == Work(20, 0, 40)


def test_add_id_reads_the_rows_it_can_pick():
    # 3 tokens, 2 experts each, rows of 4: 24 sums. Of 16 rows at most 6 are picked: 6 × 16 bytes; 6 ids.
    assert of("ADD_ID", f32(4, 2, 3), f32(4, 2, 3), f32(4, 16), tensor("i32", 2, 3)) == Work(24, 96 + 96 + 24, 96)
    # Of 5 rows no more than 5: 80 bytes.
    assert of("ADD_ID", f32(4, 2, 3), f32(4, 2, 3), f32(4, 5), tensor("i32", 2, 3)) == Work(24, 96 + 80 + 24, 96)


# Rows


def test_sums_and_means():
    assert of("SUM", f32(1), f32(10, 3)) == Work(30, 120, 4)
    assert of("SUM_ROWS", f32(1, 3), f32(10, 3)) == Work(30, 120, 12)
    assert of("CUMSUM", f32(10, 3), f32(10, 3)) == Work(30, 120, 120)
    assert of("ARGMAX", tensor("i32", 3), f32(10, 3)) == Work(30, 120, 12)
    # One division for each of the 3 rows.
    assert of("MEAN", f32(1, 3), f32(10, 3)) == Work(33, 120, 12)


def test_norms():
    # 2 rows of 128. RMS: 256 squares, 256 sums, 256 products; for each row ÷, + ε, √, 1 ÷.
    assert of("RMS_NORM", f32(128, 2), f32(128, 2)) == Work(776, 1024, 1024)
    # L2: the same 768; for each row √, max, 1 ÷.
    assert of("L2_NORM", f32(128, 2), f32(128, 2)) == Work(774, 1024, 1024)
    # NORM: 256 sums, 256 differences, 256 squares, 256 sums, 256 products; for each row ÷, ÷, + ε, √, 1 ÷.
    assert of("NORM", f32(128, 2), f32(128, 2)) == Work(1290, 1024, 1024)
    # GROUP_NORM: 4 × 4 × 6 × 2 = 192 elements, 5 for each; 3 groups in each of 2 batches, 5 for each.
    assert of("GROUP_NORM", f32(4, 4, 6, 2), f32(4, 4, 6, 2), params=(3,)) == Work(990, 768, 768)


def test_soft_max():
    scores = f32(8, 2, 3)  # 48 scores in 6 rows
    # max, −, exp, +, × for each score; 1 ÷ for each row.
    assert of("SOFT_MAX", scores, scores, params=(ONE, 0)) == Work(246, 192, 192)
    # × scale and + mask: 96 more. The mask has 64 rows, of which 2 are used: 2 × 8 × 2 bytes.
    mask = tensor("f16", 8, 64)
    assert of("SOFT_MAX", scores, scores, mask, params=(HALF, 0)) == Work(342, 192 + 32, 192)
    # Slopes: 48 products more.
    assert of("SOFT_MAX", scores, scores, mask, params=(HALF, ONE)) == Work(390, 192 + 32, 192)
    # A sink in each of the 6 rows: max, −, exp, +.
    assert of("SOFT_MAX", scores, scores, None, f32(3), params=(ONE, 0)) == Work(270, 192 + 12, 192)


def test_cross_entropy_loss():
    # 2 rows of 10: max, −, exp, +, − log, × label, + for each; log and + for each row; one ÷ for all.
    assert of("CROSS_ENTROPY_LOSS", f32(1), f32(10, 2), f32(10, 2)) == Work(145, 160, 4)


def test_rope():
    x, positions = f32(32, 4, 2), tensor("i32", 2)  # 4 heads of 32, 2 tokens
    # 16 pairs × 8 heads = 128 × 6; 16 angles × 2 positions = 32 × 3.
    assert of("ROPE", x, x, positions, params=(0, 32, 0)) == Work(864, 1024 + 8, 1024)
    # Half of each head turns, the rest is copied: 8 pairs.
    assert of("ROPE", x, x, positions, params=(0, 16, 2)) == Work(432, 1024 + 8, 1024)
    # Factors of the frequencies are read.
    assert of("ROPE", x, x, positions, f32(16), params=(0, 32, 0)) == Work(864, 1024 + 8 + 64, 1024)
    # In the vision mode all 16 pairs turn though it says 16 dimensions; 4 positions for every token.
    assert of("ROPE", x, x, tensor("i32", 8), params=(0, 16, 24)) == Work(864, 1024 + 32, 1024)


# Products


def test_mul_mat():
    # 256 results for each of 2 tokens, 128 products and 128 sums each.
    weights, x = tensor("f16", 128, 256), f32(128, 2)
    assert of("MUL_MAT", f32(256, 2), weights, x) == Work(131_072, 65_536 + 1024, 2048)


@pytest.mark.parametrize(
    ("type_", "weight_bytes"),
    # 64 rows of 512: 16 blocks of 18 bytes, 16 of 34, 2 of 144.
    [("q4_0", 64 * 288), ("q8_0", 64 * 544), ("q4_K", 64 * 288)],
)
def test_mul_mat_of_quantised_weights(type_, weight_bytes):
    # 64 × 512 products and as many sums; 2048 bytes of f32 in, 256 out.
    assert of("MUL_MAT", f32(64), tensor(type_, 512, 64), f32(512)) == Work(65_536, weight_bytes + 2048, 256)


def test_mul_mat_broadcasts_its_first_operand():
    # 2 × 1 matrices of 8 × 4, each for 3 of 6 heads and both of 2 batches: 4 × 5 × 12 results, 8 products each.
    # The matrices have 64 numbers, read once; the others 8 × 5 × 12 = 480; 240 results.
    assert of("MUL_MAT", f32(4, 5, 6, 2), f32(8, 4, 2), f32(8, 5, 6, 2)) == Work(3840, 256 + 1920, 960)


def test_mul_mat_of_a_view_of_the_cache():
    # 2 heads of 32 out of rows of 64 f16, 16 positions, permuted: all 16 × 64 × 2 bytes of them, not of the 512 rows.
    keys = Operand("f16", (32, 16, 2, 1), (2, 128, 64, 65_536), 2048)
    # 16 scores for 4 heads, 32 products each.
    assert of("MUL_MAT", f32(16, 1, 4), keys, f32(32, 1, 4)) == Work(4096, 2048 + 512, 256)


def test_mul_mat_id_reads_the_experts_it_can_use():
    # 1 token, 2 of 8 experts of 64 × 32 in Q4_0 (32 rows of 36 bytes): 2 × 1152 bytes; 256 of f32; 2 ids.
    experts = tensor("q4_0", 64, 32, 8)
    one = of("MUL_MAT_ID", f32(32, 2), experts, f32(64), tensor("i32", 2))
    assert one == Work(8192, 2304 + 256 + 8, 256)
    # 5 tokens could use 10, but there are 8: 9216 bytes. 320 results, 64 products each.
    five = of("MUL_MAT_ID", f32(32, 2, 5), experts, f32(64, 1, 5), tensor("i32", 2, 5))
    assert five == Work(40_960, 9216 + 1280 + 40, 1280)


def test_out_prod():
    # Columns of 3 and 5 numbers, 7 of each, multiplied and added up: 15 × 7 products.
    assert of("OUT_PROD", f32(3, 5), f32(3, 7), f32(5, 7)) == Work(210, 84 + 140, 60)


def attention(query, key, value, *more, params=(HALF,), result=None):
    result = result or f32(value.ne[0], query.ne[2], query.ne[1], query.ne[3])
    return of("FLASH_ATTN_EXT", result, query, key, value, *more, params=params)


def test_flash_attention_with_grouped_heads():
    # 4 heads of 32 ask, 2 have keys: 2 tokens, 256 positions. 8 queries × 256 = 2048 scores.
    query, key, value = f32(32, 2, 4), tensor("f16", 32, 256, 2), tensor("f16", 32, 256, 2)
    # Of each score: 64 to get it, × scale, + mask, 4 of the softmax, 64 to weight the value = 134: 274 432.
    # Of each query: 1 ÷, 32 × = 33: 264.
    # Queries 1024 bytes, keys and values 32 768 each, 2 of 64 rows of the mask 1024; 1024 bytes out.
    mask = tensor("f16", 256, 64)
    assert attention(query, key, value, mask) == Work(274_696, 1024 + 65_536 + 1024, 1024)
    # Without a mask 2048 sums and its bytes less.
    assert attention(query, key, value) == Work(272_648, 1024 + 65_536, 1024)


def test_flash_attention_with_softcap_slopes_and_sinks():
    query, key, value, mask = f32(32, 1, 2), tensor("q8_0", 32, 8, 2), tensor("q8_0", 32, 8, 2), tensor("f16", 8, 1)
    # 2 queries × 8 = 16 scores: 64 + scale + mask + slope + 4 + tanh and × + 64 = 137: 2192.
    # Of each query 33, and 4 for the sink: 74. Q8_0 rows of 32 have 34 bytes: 16 of them for each of keys and values.
    work_done = attention(query, key, value, mask, f32(2), params=(HALF, ONE, ONE))
    assert work_done == Work(2266, 256 + 544 + 544 + 16 + 8, 256)


def test_flash_attention_with_heads_of_two_sizes_that_share_their_memory():
    # Multi-head latent attention: 2 heads ask with 96 numbers, one key of 96 for all, its first 64 are the value.
    query, key = f32(96, 1, 2), tensor("f16", 96, 4, address=4096)
    value = Operand("f16", (64, 4, 1, 1), key.nb, 3 * 192 + 128, 4096)
    # 2 × 4 = 8 scores: 192 + scale + 4 + 128 = 325: 2600. Of each query 1 + 64: 130.
    assert attention(query, key, value) == Work(2730, 768 + 768, 512)
    # Values of their own are read as well: 4 × 128 bytes.
    assert attention(query, key, value._replace(address=8192)) == Work(2730, 768 + 768 + 512, 512)


def test_convolutions():
    # 3 × 3 taps in 2 channels = 18 for each of 4 × 4 × 5 results.
    assert of("CONV_2D", f32(4, 4, 5), f32(3, 3, 2, 5), f32(6, 6, 2)) == Work(2880, 360 + 288, 320)
    # One channel each: 9 taps for 4 × 4 × 5.
    assert of("CONV_2D_DW", f32(4, 4, 5), f32(3, 3, 1, 5), f32(6, 6, 5)) == Work(1440, 180 + 720, 320)
    # 2 × 2 × 2 taps in 3 channels = 24 for each of 2 × 2 × 2 × 4 results.
    kernel, params = f32(2, 2, 2, 12), (1, 1, 1, 0, 0, 0, 1, 1, 1, 3, 1, 4)
    assert of("CONV_3D", f32(2, 2, 2, 4), kernel, f32(3, 3, 3, 3), params=params) == Work(1536, 384 + 324, 128)
    # 10 inputs in 4 channels, each to 3 taps of 2 channels: 240 products. (10 − 1) × 2 + 3 = 21 results of 2 channels.
    assert of("CONV_TRANSPOSE_1D", f32(21, 2), f32(3, 2, 4), f32(10, 4)) == Work(480, 96 + 160, 168)
    # 3 × 3 inputs in 4 channels, each to 2 × 2 taps of 5 channels: 720 products.
    assert of("CONV_TRANSPOSE_2D", f32(6, 6, 5), f32(2, 2, 5, 4), f32(3, 3, 4)) == Work(1440, 320 + 144, 720)


def test_pooling():
    # 4 results, max of 3 each; the average divides once more.
    assert of("POOL_1D", f32(4), f32(12), params=(0, 3, 3, 0)) == Work(12, 48, 16)
    assert of("POOL_1D", f32(4), f32(12), params=(1, 3, 3, 0)) == Work(16, 48, 16)
    # 2 × 2 results of 2 × 3.
    assert of("POOL_2D", f32(2, 2), f32(4, 6), params=(1, 2, 3, 2, 3, 0, 0)) == Work(28, 96, 16)


def test_ssm_conv():
    # 6 channels, 5 tokens after 3 of before, 4 taps: 30 results.
    assert of("SSM_CONV", f32(6, 5), f32(8, 6), f32(4, 6)) == Work(240, 192 + 96, 120)


def test_ssm_scan():
    # States of 16 for 8 numbers in each of 2 heads = 256; 3 tokens in one sequence; memory for 4 sequences.
    states, x, dt = f32(16, 8, 2, 4), f32(8, 2, 3), f32(2, 3)
    b, ids = f32(16, 1, 3), tensor("i32", 1)
    result = f32(48 + 256)
    # dt: 6 × 3 (>, exp, log1p). x × dt: 48. Of each state and token 768 × 5 (×, ×, +; ×, +). Out: 48 and 256 numbers.
    # Decay of a head: 2 × 3 tokens × (×, exp) = 12. In: 1024 of the states, 192, 24, A 8, B and C 192 each, one id.
    heads = of("SSM_SCAN", result, states, x, dt, f32(1, 2), b, b, ids)
    assert heads == Work(18 + 12 + 48 + 3840, 1024 + 192 + 24 + 8 + 384 + 4, 1216)
    # Decay of each state: 768 × 2; A has 16 × 2 numbers.
    each = of("SSM_SCAN", result, states, x, dt, f32(16, 2), b, b, ids)
    assert each == Work(18 + 1536 + 48 + 3840, 1024 + 192 + 24 + 128 + 384 + 4, 1216)
    # As it was before ids: not modelled.
    assert of("SSM_SCAN", result, states, x, dt, f32(16, 2), b, b) is None


# Movement


@pytest.mark.parametrize("op", ["DUP", "CONT", "CPY"])
def test_copies_that_change_the_type(op):
    assert of(op, tensor("f16", 10), f32(10)) == Work(0, 40, 20)


def test_a_copy_does_not_read_where_it_goes():
    assert of("CPY", tensor("f16", 10), f32(10), tensor("f16", 10)) == Work(0, 40, 20)
    # Into a quantised cache: 2 rows of 64 are 2 × 68 bytes in Q8_0.
    assert of("CPY", tensor("q8_0", 64, 2), f32(64, 2), tensor("q8_0", 64, 2)) == Work(0, 512, 136)


def test_rearrangements():
    assert of("CONCAT", f32(4, 5), f32(4, 2), f32(4, 3)) == Work(0, 80, 80)
    assert of("REPEAT", f32(4, 6), f32(4, 1), f32(4, 6)) == Work(0, 16, 96)
    assert of("PAD", f32(8, 2), f32(6, 2)) == Work(0, 48, 64)
    assert of("PAD_REFLECT_1D", f32(8, 2), f32(6, 2)) == Work(0, 48, 64)
    assert of("ROLL", f32(8), f32(8)) == Work(0, 32, 32)
    assert of("DIAG", f32(5, 5), f32(5)) == Work(0, 20, 100)
    assert of("FILL", f32(5), f32(5)) == Work(0, 0, 20)


def test_sorting():
    assert of("ARGSORT", tensor("i32", 4, 2), f32(4, 2)) == Work(0, 32, 32)
    assert of("TOP_K", tensor("i32", 3, 2), f32(100, 2)) == Work(0, 800, 24)


def test_get_rows_reads_the_rows_asked_for():
    # 2 of 1024 rows of 128 f16: 512 bytes, and 2 ids.
    assert of("GET_ROWS", f32(128, 2), tensor("f16", 128, 1024), tensor("i32", 2)) == Work(0, 512 + 8, 1024)
    # A row of 256 in Q4_K has 144 bytes.
    assert of("GET_ROWS", f32(256), tensor("q4_K", 256, 1024), tensor("i32", 1)) == Work(0, 144 + 4, 1024)
    # 6 out of 2 rows: there are only 2 to read.
    assert of("GET_ROWS", f32(4, 6), f32(4, 2), tensor("i32", 6)) == Work(0, 32 + 24, 96)


def test_set_rows_writes_the_rows_it_sets():
    # 2 rows of 64 f32 into a cache of 512 rows of f16; ids of 8 bytes.
    cache, ids = tensor("f16", 64, 512), tensor("i64", 2)
    assert of("SET_ROWS", cache, f32(64, 2), ids, cache) == Work(0, 512 + 16, 256)
    # Into Q8_0: 2 × 2 blocks of 34 bytes. Before it named the table among its sources.
    assert of("SET_ROWS", tensor("q8_0", 64, 512), f32(64, 2), ids) == Work(0, 512 + 16, 136)


def test_im2col():
    # The first convolution of whisper: 3000 × 80 f32 to 3000 × (3 × 80) f16; the kernel is not read.
    kernel = tensor("f16", 3, 80, 64)
    assert of("IM2COL", tensor("f16", 240, 3000), kernel, f32(3000, 80)) == Work(0, 960_000, 1_440_000)
    # Every tenth of 100 numbers: 10 of them are read.
    assert of("IM2COL", f32(1, 10), f32(1), f32(100)) == Work(0, 40, 40)


@pytest.mark.parametrize("op", ["DIAG_MASK_INF", "DIAG_MASK_ZERO"])
def test_diagonal_masks(op):
    # 5 numbers in each of 3 rows after 1 of the past: 3, 2 and 1 are masked in each of 2 heads: 12.
    scores = f32(5, 3, 2)
    assert of(op, scores, scores, params=(1, 1)) == Work(0, 0, 48)
    assert of(op, scores, scores, params=(1, 0)) == Work(0, 120, 120)
    # More rows than there is to mask: 1 and nothing.
    assert of(op, f32(3, 4), f32(3, 4), params=(1, 1)) == Work(0, 0, 4)

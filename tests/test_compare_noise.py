"""How often a comparison is wrong on noise as nasty as that of shared machines, and how often it is right."""

import math

import numpy as np
import pytest

from ggmlviz.analysis.comparison.compare import LEAST_NS, SETTLED_NS, compare_times
from ggmlviz.analysis.comparison.noise_tests import (
    _scale,
    holm,
    outstanding,
    shift_of_process,
    signed_rank,
    spread_of,
    stands_out,
)
from ggmlviz.analysis.comparison.paired_times import Paired
from ggmlviz.analysis.comparison.run_times import Identity

LAYERS, RUNS, PAIRS = 12, 60, 200
KINDS = {
    "MUL_MAT": 40e3,
    "FLASH_ATTN_EXT": 15e3,
    "RMS_NORM": 2e3,
    "ROPE": 3e3,
    "ADD": 2e3,
    "GLU": 4e3,
    "SET_ROWS": 1.5e3,
}
NODES = [Identity(f"{op.lower()}-{layer}", op, (64, 1, 1, 1), ()) for layer in range(LAYERS) for op in KINDS]
TINY = {"GET_ROWS": 250, "RMS_NORM": 150, "MUL_MAT": 2000, "ROPE": 250, "FLASH_ATTN_EXT": 7000, "GLU": 200, "ADD": 100}
TINY_LAYER = ("RMS_NORM", *["MUL_MAT"] * 7, "ROPE", "ROPE", "FLASH_ATTN_EXT", "GLU", "ADD", "ADD")
TINY_NODES = [Identity("embd", "GET_ROWS", (64, 1, 1, 1), ())] + [
    Identity(f"{op.lower()}{index}-{layer}", op, (64, 1, 1, 1), ())
    for layer in range(3)
    for index, op in enumerate(TINY_LAYER)
]


def capture(chance: np.random.Generator, slower: str = "", factor: float = 1.0, load: float = 0.1) -> np.ndarray:
    """ns [node, run]: drift, interruptions, and what every process has of its own, as pages that lie elsewhere."""
    usual = np.array([KINDS[node.op] for node in NODES])[:, None]
    process = chance.lognormal(0, load) * chance.lognormal(0, 0.01, (len(NODES), 1))
    drift = np.exp(np.cumsum(chance.normal(0, 0.01, RUNS)))
    busy = np.where(chance.random(RUNS) < 0.1, 1 + chance.pareto(1.5, RUNS), 1.0)
    own = np.exp(0.05 * chance.standard_t(3, (len(NODES), RUNS)))
    interrupted = np.where(chance.random((len(NODES), RUNS)) < 0.002, 4e6 * chance.random((len(NODES), RUNS)), 0)
    grown = np.array([node.op == "FLASH_ATTN_EXT" for node in NODES])[:, None] * np.arange(RUNS) / RUNS
    slow = np.array([factor if node.op == slower else 1.0 for node in NODES])[:, None]
    return usual * process * drift * busy * own * (1 + grown) * slow + interrupted


def compared(chance: np.random.Generator, slower: str = "", factor: float = 1.0, load: float = 0.1):
    """`load` is by how much one capture's machine is busier than another's."""
    a, b = capture(chance, load=load), capture(chance, slower, factor, load)
    return compare_times("generation", Paired(NODES, a, b))


def test_the_same_build_is_hardly_ever_accused():
    chance = np.random.default_rng(3)
    accused = sum(any(change.significant for change in compared(chance).changes) for _ in range(PAIRS))
    assert accused <= 0.05 * PAIRS


def short_capture(chance: np.random.Generator, slower: str = "", factor: float = 1.0) -> np.ndarray:
    """As of a tiny model on a virtual machine: its core is its own or shared, for longer than many runs, which slows
    each node by another factor in each process; every node has a little of its own in each, and the first has much.
    """
    nodes, runs = len(TINY_NODES), 200
    usual = np.array([TINY[node.op] for node in TINY_NODES])[:, None]
    shared = np.cumsum(chance.random(runs) < 1 / 100) + chance.integers(2) & 1
    slowed = chance.lognormal(0.4, 0.07, (nodes, 1)) ** shared
    own = np.exp(0.01 * chance.standard_t(3, (nodes, 1)))
    noise = np.exp(0.04 * chance.standard_t(3, (nodes, runs)))
    cold = np.zeros((nodes, 1))
    cold[0] = 1000 * chance.random()
    slow = np.array([factor if node.op == slower else 1.0 for node in TINY_NODES])[:, None]
    clock = chance.integers(-10, 11, (nodes, runs))
    return np.maximum(usual * slowed * own * noise * slow + cold + clock, 20)


def test_short_captures_of_the_same_build_are_hardly_ever_accused():
    chance = np.random.default_rng(10)
    pairs = (Paired(TINY_NODES, short_capture(chance), short_capture(chance)) for _ in range(PAIRS))
    accused = sum(any(change.significant for change in compare_times("generation", pair).changes) for pair in pairs)
    assert accused <= 0.01 * PAIRS


@pytest.mark.parametrize("op", ["MUL_MAT", "FLASH_ATTN_EXT"])
def test_short_captures_tell_an_op_that_takes_twice_as_long(op):
    chance = np.random.default_rng(11)
    named = 0
    for _ in range(20):
        pair = Paired(TINY_NODES, short_capture(chance), short_capture(chance, op, 2.0))
        significant = [change for change in compare_times("generation", pair).changes if change.significant]
        named += {change.unit for change in significant if change.level == "op"} == {op}
    assert named >= 18


@pytest.mark.parametrize("op", ["MUL_MAT", "GLU"])
def test_what_is_called_visible_is_seen(op):
    a, b = (capture(np.random.default_rng(seed), load=0.02) for seed in (12, 13))

    def found(factor):
        times = b * np.array([factor if node.op == op else 1.0 for node in NODES])[:, None]
        changes = compare_times("generation", Paired(NODES, a, times)).changes
        return next(change for change in changes if change.level == "op" and change.unit == op)

    same = found(1.0)
    assert 0.05 <= same.visible < 0.5 and not same.significant
    assert found((1 + 1.1 * same.visible) / (1 + same.relative)).significant
    assert not found((1 + 0.8 * same.visible) / (1 + same.relative)).significant


def test_what_costs_less_than_cold_caches_do_is_no_finding():
    a = capture(np.random.default_rng(14)) / 100
    b = a * np.array([3.0 if node.op == "ROPE" else 1.0 for node in NODES])[:, None]
    (rope,) = [c for c in compare_times("generation", Paired(NODES, a, b)).changes if c.unit == "ROPE"]
    assert rope.delta_ns < LEAST_NS < rope.visible * rope.a_ns * 1.01 and not rope.significant
    (rope,) = [c for c in compare_times("generation", Paired(NODES, 100 * a, 100 * b)).changes if c.unit == "ROPE"]
    assert rope.delta_ns > LEAST_NS and rope.significant


def test_threads_need_longer_captures():
    a = capture(np.random.default_rng(15))
    longer = a * 1.1 * SETTLED_NS / a.sum()
    assert compare_times("generation", Paired(NODES, a, a), threads=1).tested
    assert not compare_times("generation", Paired(NODES, a, longer), threads=2).tested
    assert compare_times("generation", Paired(NODES, longer, longer), threads=2).tested


@pytest.mark.parametrize("op", ["MUL_MAT", "FLASH_ATTN_EXT", "GLU"])
def test_an_op_that_is_slower_by_a_fifth_is_named(op):
    chance = np.random.default_rng(4)
    named = wrong = 0
    for _ in range(20):
        significant = [change for change in compared(chance, op, 1.2, load=0.02).changes if change.significant]
        named += any(change.level == "op" and change.unit == op for change in significant)
        wrong += any(change.level == "op" and change.unit != op for change in significant)
    assert named >= 15 and wrong == 0


def test_what_is_slower_as_a_whole_is_one_finding():
    chance = np.random.default_rng(5)
    a = capture(chance)
    found = compare_times("generation", Paired(NODES, a, 1.5 * a))
    assert found.common == pytest.approx(0.5, rel=0.01)
    assert not any(change.significant for change in found.changes)


def test_too_few_runs_are_not_tested():
    chance = np.random.default_rng(6)
    found = compare_times("prompt", Paired(NODES, capture(chance)[:, :2], 3 * capture(chance)[:, :2]))
    assert not found.tested and all(change.p == 1 and not change.significant for change in found.changes)


def test_nodes_that_some_runs_leave_out():
    a = capture(np.random.default_rng(7))
    a[3, ::2] = np.nan
    found = compare_times("generation", Paired(NODES, a, a.copy()))
    assert not any(change.significant for change in found.changes)
    assert all(np.isfinite(change.relative) for change in found.changes)


def test_signed_rank_by_hand():
    """All of ten positive: W = 55 of variance 385, corrected by 1."""
    values = np.array([3.0, 1, 4, 10, 5, 9, 2, 6, 8, 7])
    assert signed_rank(values) == pytest.approx(0.0059, abs=0.0002)
    assert signed_rank(-values) == signed_rank(values)
    assert signed_rank(np.zeros(9)) == 1
    assert signed_rank(np.array([1.0, -1, 2, -2])) > 0.9


def test_signed_rank_is_honest_about_noise():
    chance = np.random.default_rng(8)
    below = np.mean([signed_rank(chance.standard_t(2, 40)) < 0.05 for _ in range(1000)])
    assert 0.02 < below < 0.06


def test_tail_of_students_t():
    """With 8 freedoms, 3.355 is the two-sided 1 % point; with 4, 2.776 is the 5 % point."""
    assert stands_out(3.355, 1.0, 11) == pytest.approx(0.01, rel=0.01)
    assert stands_out(-2.776, 1.0, 6) == pytest.approx(0.05, rel=0.01)


def test_the_scatters_that_make_stand_out():
    """One chance in fifty: of 11 units, t with 8 freedoms, that is 2.896."""
    effects = np.random.default_rng(16).normal(0, 0.1, 11)
    assert outstanding(effects, np.arange(11.0)) == pytest.approx(2.896 * _scale(effects), rel=0.01)


def test_spread_is_of_what_wanders():
    chance = np.random.default_rng(17)
    wandering = np.repeat(chance.normal(0, 0.1, (3, 48)), 20, axis=1)
    shaken = wandering + 0.1 * chance.standard_t(3, wandering.shape)
    assert spread_of(shaken) == pytest.approx(0.1, rel=0.3)
    assert spread_of(shaken - wandering).max() < 0.04
    assert spread_of(np.ones((2, 12))).tolist() == [0, 0]


def test_scale_is_the_standard_deviation_of_normal_values_and_ignores_wild_ones():
    values = np.random.default_rng(9).normal(0, 2, 400)
    assert _scale(values) == pytest.approx(2, rel=0.1)
    values[:100] = 1e9
    assert _scale(values) < 4


def test_holm_by_hand():
    assert holm(np.array([0.01, 0.04, 0.03])).tolist() == pytest.approx([0.03, 0.06, 0.06])
    assert len(holm(np.empty(0))) == 0


def test_what_a_process_may_shift():
    """Of an op little more than it wanders; of a node much more, but hardly ever to more than its double."""
    spread = np.array([0.001, 0.01, 0.1, 0.2])
    assert shift_of_process("op", spread).tolist() == pytest.approx([0.004, 0.04, 0.4, 0.8])
    assert shift_of_process("node", spread).tolist() == pytest.approx([0.024, 0.24, math.log(2), 1.0])

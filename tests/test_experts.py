"""Which experts were chosen: on a real mixture of experts, and the simulated caches on hand-made choices."""

from __future__ import annotations

import numpy as np
import pytest
from support import llama, needs_llama, traced

from ggmlviz.analysis.experts import CHOICE, choices, coverage, hit_rates, use

LAYERS, EXPERTS, USED = 3, 4, 2  # of the preset tiny-moe


@pytest.fixture(scope="module")
def trace(models, tmp_path_factory):
    return traced(llama(models.experts, "--tokens", 20), tmp_path_factory.mktemp("experts") / "x.ggmlviz")[1]


@needs_llama
def test_every_token_chooses_as_many_experts_as_the_model_uses(trace):
    found = choices(trace)
    tokens = trace.phases["tokens"]
    for run in range(len(trace.runs)):
        for layer in range(LAYERS):
            part = found[(found["run"] == run) & (found["layer"] == layer)]
            # the last layer computes only those tokens whose logits are asked for
            expected = tokens[run] if layer < LAYERS - 1 else trace.phases["outputs"][run]
            assert part["tokens"].sum() == USED * expected
            assert len(np.unique(part["expert"])) == len(part)
    assert set(found["layer"]) == set(range(LAYERS))
    assert found["expert"].max() < EXPERTS


@needs_llama
def test_use_adds_up(trace):
    by_layer = use(choices(trace))
    assert by_layer[0].sum() == USED * trace.phases["tokens"].sum()


def requests(*runs: tuple[int, ...]) -> np.ndarray:
    rows = [(run, 0, expert, 1) for run, experts in enumerate(runs) for expert in experts]
    return np.array(rows, CHOICE)


def test_coverage():
    assert coverage(np.array([1, 6, 3])).tolist() == [0.6, 0.9, 1.0]


def test_caches():
    # two slots: 0 1 | 0 2 | 0 1 | 3 1
    # LRU: miss miss, hit miss, hit miss (2 went in, 1 out), miss hit -> 3 of 8
    # LFU, ties by who came first: after run 0 {0 1}: hit miss; {0 1}: hit hit; {0 1}: miss hit -> 4 of 8
    # fixed, from runs 0 and 1 {0 1}: runs 2 and 3: hit hit, miss hit -> 3 of 4
    rates = hit_rates(requests((0, 1), (0, 2), (0, 1), (3, 1)), 2)
    assert (rates.lru, rates.lfu, rates.fixed) == (3 / 8, 4 / 8, 3 / 4)


def test_a_cache_for_all_misses_only_at_first():
    assert hit_rates(requests((0, 1), (1, 0), (0, 1)), 2).lru == 4 / 6


def test_no_choices():
    rates = hit_rates(np.empty(0, CHOICE), 2)
    assert (rates.lru, rates.lfu, rates.fixed) == (0, 0, 0)

"""Which experts were chosen: on a real mixture of experts, and the simulated caches on hand-made choices."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
from support import llama, needs_llama, on_a_terminal, traced
from told_runs import ToldRuns

from ggmlviz.analysis.expert_use import expert_use
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


# `ggml-viz experts`

GGML_VIZ = [sys.executable, "-m", "ggmlviz.cli", "experts"]


def ggml_viz_experts(*arguments):
    command = [*GGML_VIZ, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


@needs_llama
def test_json(trace):
    found = json.loads(ggml_viz_experts("--json", trace.recording.path).stdout)
    assert found["experts"] == EXPERTS and found["runs"] == len(trace.runs)
    by_layer = use(choices(trace))
    assert {layer["layer"]: layer["tokens"] for layer in found["layers"]} == {
        layer: tokens.tolist() for layer, tokens in by_layer.items()
    }
    assert [cache["slots"] for cache in found["caches"]] == [1, 2, 3, 4]
    assert found["caches"][1] == hit_rates(choices(trace), 2)._asdict()


@needs_llama
def test_plain_text(trace):
    done = ggml_viz_experts(trace.recording.path)
    assert (done.returncode, done.stderr) == (0, "")
    first, layers, caches = done.stdout.split("\n\n")[0], *done.stdout.split("\n\n")[1::2]
    chosen = choices(trace)["tokens"].sum()
    assert first == f"3 layers of 4 experts, {chosen:,} choices in {len(trace.runs)} runs"
    counts = [int(line.split()[1].replace(",", "")) for line in layers.splitlines()[1:]]
    assert counts == [tokens.sum() for tokens in use(choices(trace)).values()]
    lru = hit_rates(choices(trace), 3).lru
    assert caches.splitlines()[3].split()[:3] == ["3", "75%", f"{lru:.1%}"]


@needs_llama
def test_terminal(trace):
    shown = on_a_terminal([*GGML_VIZ, str(trace.recording.path)])
    assert "\x1b[" in shown and "─" in shown and "fixed, held out" in shown


@needs_llama
def test_a_range_of_time(trace):
    last = trace.runs["begin"].max() / 1e9
    found = json.loads(ggml_viz_experts("--json", "--from", last - 1e-6, trace.recording.path).stdout)
    assert found["runs"] == 1 and sum(found["layers"][0]["tokens"]) == USED


@needs_llama
def test_the_report_tells_of_them(trace):
    command = [sys.executable, "-m", "ggmlviz.cli", "report", str(trace.recording.path)]
    text = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout
    half = expert_use(trace).coverage[1]
    assert f"experts      4 in each of 3 layers; the 2 most chosen of a layer have {half:.0%} of the choices" in text
    found = json.loads(subprocess.run([*command, "--json"], capture_output=True, check=True, timeout=120).stdout)
    assert found["experts"]["experts"] == EXPERTS and found["experts"]["caches"] == []


def test_a_trace_without_experts(tmp_path):
    told = ToldRuns()
    told.run(0)
    path = told.write(tmp_path / "told.ggmlviz")
    done = ggml_viz_experts(path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (8, "", 1)
    assert done.stderr.startswith(f"ggml-viz: {path}: no choice of experts is recorded in it; ")

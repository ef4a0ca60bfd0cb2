"""Experts and histograms: what is drawn is what was chosen and how long it took."""

from __future__ import annotations

import numpy as np
import pytest
from support import llama, needs_llama, traced

from ggmlviz.analysis.expert_use import ExpertUse, expert_use
from ggmlviz.analysis.experts import HitRates, choices, coverage, hit_rates, use
from ggmlviz.analysis.time_range import TimeRange
from ggmlviz.scene.drawing import Texts
from ggmlviz.scene.palette import DARK
from ggmlviz.scene.statistics.experts_picture import experts_picture
from ggmlviz.scene.statistics.histogram import bins_for, counts_in


@pytest.fixture(scope="module")
def trace(models, tmp_path_factory):
    path = tmp_path_factory.mktemp("capture") / "x.ggmlviz"
    return traced(llama(models.experts, "--tokens", 5), path)[1]


@needs_llama
def test_use_is_what_was_chosen(trace):
    found = expert_use(trace)
    by_layer = use(choices(trace))
    assert found.layers == sorted(by_layer) and found.experts == 4
    for line, layer in enumerate(found.layers):
        assert found.tokens[line, : len(by_layer[layer])].tolist() == by_layer[layer].tolist()
        assert found.coverage_of(line)[: len(by_layer[layer])] == pytest.approx(coverage(by_layer[layer]))
    assert found.shares.sum(axis=1) == pytest.approx(1)
    assert found.coverage[-1] == pytest.approx(1) and (np.diff(found.coverage) >= 0).all()
    assert [rates.slots for rates in found.hit_rates] == [1, 2, 3, 4]
    assert found.hit_rates[1] == hit_rates(choices(trace), 2)


@needs_llama
def test_of_a_range(trace):
    begins = np.sort(trace.runs["begin"])
    found = expert_use(trace, TimeRange(int(begins[-1]), int(begins[-1]) + 1))
    assert found.runs == 1 and found.tokens.sum() < expert_use(trace).tokens.sum()
    assert expert_use(trace, TimeRange(0, 1)) is None


@needs_llama
def test_drawn(trace):
    found = expert_use(trace)
    picture = experts_picture(found, (900, 260), DARK)
    tips = [spot.tip for spot in picture.spots if "expert" in spot.tip and "tokens," in spot.tip]
    assert len(tips) == found.tokens.size
    assert tips[0].startswith(f"layer 0, expert 0\n{found.tokens[0, 0]:,} tokens")


def test_many_are_drawn_in_a_small_place():
    tokens = np.arange(60 * 128).reshape(60, 128)
    drawing = experts_picture(
        ExpertUse(list(range(60)), 128, tokens, 9, [HitRates(1, 0.1, 0.2, 0.3), HitRates(128, 1, 1, 1)]),
        (600, 200),
        DARK,
    ).drawing
    rows = [y for shape in drawing.shapes if isinstance(shape, Texts) for y in shape.at[:, 1].tolist()]
    assert min(rows) > 0 and max(rows) <= 200


def test_none():
    drawing = experts_picture(None, (400, 200), DARK).drawing
    assert "No experts" in next(shape.texts[0] for shape in drawing.shapes if isinstance(shape, Texts))


def test_histogram_counts_every_time():
    times = np.array([100, 110, 120, 5000, 90_000])
    other = np.full(50, 105)
    edges = bins_for([times, other])
    assert np.diff(np.log(edges)) == pytest.approx(np.full(len(edges) - 1, np.log(edges[1] / edges[0])))
    assert counts_in(times, edges).sum() == 5 and counts_in(other, edges).max() == 50
    assert counts_in(np.array([1, 10**9]), edges)[[0, -1]].tolist() == [1, 1]

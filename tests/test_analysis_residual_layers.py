"""Layers that only the structure of a graph tells: whisper.cpp's, beside the order in which it places its weights."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from support import needs_whisper, python, traced

from ggmlviz.analysis.node_facts import FactsOfGraphs
from ggmlviz.analysis.residual_layers import places_of
from ggmlviz.analysis.totals import nodes_of, totals
from ggmlviz.trace.phases import PHASES

LAYERS = 4  # of the preset whisper-tiny, encoder and decoder
HALVES = {"encoder": 1, "decoder": 2}  # that attend to something, in a layer


@pytest.fixture(scope="module")
def trace(models, tmp_path_factory):
    command = python("whisper_transcribe.py", models.whisper, "--threads", 1)
    return traced(command, tmp_path_factory.mktemp("residual") / "x.ggmlviz")[1]


def graphs_of(trace, phase):
    return np.unique(trace.runs["graph"][trace.phases["phase"] == PHASES.index(phase)]).tolist()


@needs_whisper
@pytest.mark.parametrize("phase", HALVES)
def test_each_layer_has_weights_of_its_own(trace, phase):
    """The weights of a layer lie together, and behind those of the layer before."""
    facts, checked = FactsOfGraphs(trace), 0
    for graph in graphs_of(trace, phase):
        places = places_of(trace.graph(graph))
        if not places:
            continue
        checked += 1
        assert {place.layer for place in places.values()} == set(range(LAYERS))
        offsets = [[] for _ in range(LAYERS)]
        for node, place in places.items():
            found = facts.of(graph, node)
            assert found.layer == place.layer
            tensors = trace.definitions.tensors[list(found.weights)]
            offsets[place.layer] += tensors["buffer_offset"].tolist()
        assert all(max(before) < min(after) for before, after in pairwise(offsets))
        attending = [node for node in places if trace.graph(graph).ops[node] in ("FLASH_ATTN_EXT", "SOFT_MAX")]
        assert len(attending) == LAYERS * HALVES[phase]
        assert {places[node].block for node in attending} == {"attention"}
        activations = [node for node in places if trace.graph(graph).ops[node] == "UNARY"]
        assert len(activations) == LAYERS and {places[node].block for node in activations} == {"ffn"}
    assert checked


@needs_whisper
def test_keys_for_the_decoder_are_part_of_encoding(trace):
    """Three graphs encode; the third has only what fills the caches, for all layers of the decoder."""
    assert "other" not in {PHASES[phase] for phase in trace.phases["phase"]}
    *_, keys = graphs_of(trace, "encoder")
    graph = trace.graph(keys)
    assert len(graphs_of(trace, "encoder")) == 3
    copied = [node for node in range(graph.nodes) if graph.ops[node] == "CPY"]
    assert len(copied) == 2 * LAYERS and places_of(graph) == {}


@needs_whisper
def test_the_report_names_them(trace):
    layers = {total.name: total for total in totals(nodes_of(trace), "layer")}
    assert set(layers) == {"none"} | {f"{phase} {layer}" for phase in HALVES for layer in range(LAYERS)}
    blocks = {total.name: total.share for total in totals(nodes_of(trace), "block")}
    assert blocks["attention"] > 0 and blocks["ffn"] > 0

"""A real backend that is no CPU: node-llama-cpp's Vulkan, on Mesa's renderer where there is no graphics card."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import gguf
import numpy as np
import pytest
from support import Run, assert_whole, open_trace, run, succeed

from ggmlviz.analysis.devices import backend_name, devices
from ggmlviz.analysis.run_report import report_of
from ggmlviz.capture.shim import find_shim
from ggmlviz.format.layout import Transfer
from ggmlviz.trace.trace import Trace

FIRST_DEVICE = {"GGML_VK_VISIBLE_DEVICES": "0"}  # also one that is a renderer in software
TOKENS = 6


class Subject(NamedTuple):
    untraced: Run
    done: Run
    trace: Trace
    model: gguf.GGUFReader


@pytest.fixture(scope="module")
def subject(models, node_generate, tmp_path_factory) -> Subject:
    if not list(Path("/usr/share/vulkan/icd.d").glob("*.json")):
        pytest.skip("no Vulkan driver is installed")
    command = node_generate(models.tiny, "--gpu", "vulkan", "--tokens", TOKENS)
    untraced = run(command, **FIRST_DEVICE)
    if "NoBinaryFoundError" in untraced.err:
        pytest.skip("node-llama-cpp has no Vulkan backend here")
    output = tmp_path_factory.mktemp("device") / "x.ggmlviz"
    done = succeed(command, [find_shim()], GGML_VIZ_OUTPUT=output, **FIRST_DEVICE)
    return Subject(untraced, done, open_trace(output), gguf.GGUFReader(models.tiny))


def test_output_is_unchanged(subject):
    assert subject.untraced.out.strip()
    assert subject.done.out == subject.untraced.out
    assert not subject.done.lines_of_shim()


def test_trace_is_whole(subject):
    assert_whole(subject.trace)
    assert len(subject.trace.runs) == TOKENS


def test_each_split_has_its_own_backend(subject):
    """Backends that were tried while the model was loaded lay where these lie now."""
    trace = subject.trace
    splits = trace.splits[np.argsort(trace.splits["begin"])]
    told = [(backend_name(trace, one["backend"]), int(one["nodes"])) for one in splits]
    assert told == [("CPU", 1), ("Vulkan0", 98)] * TOKENS
    (device,) = devices(trace)
    assert (device.name, device.splits, device.nodes) == ("Vulkan0", TOKENS, 98 * TOKENS)


def test_the_weights_were_copied_to_the_device(subject):
    """All but the embedding, of which the CPU takes rows."""
    trace = subject.trace
    copied = trace.transfers[trace.transfers["end"] < trace.runs["begin"].min()]
    assert (copied["direction"] == Transfer.SET).all()
    expected = {tensor.name: tensor.n_bytes for tensor in subject.model.tensors if tensor.name != "token_embd.weight"}
    told = {trace.definitions.strings[one["name"]]: int(one["bytes"]) for one in copied}
    assert {name: count for name, count in told.items() if not name.startswith("inp_")} == expected


def test_what_the_device_computes_is_not_guessed(subject):
    found = report_of(subject.trace.recording)
    assert [op.name for op in found.ops] == ["GET_ROWS"]
    assert found.floor is None

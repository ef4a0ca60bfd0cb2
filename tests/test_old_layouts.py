"""Real ggmls of the past: old releases of pywhispercpp, each with another layout of ggml's structs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from support import assert_whole, needs_whisper, python, succeed, traced

from ggmlviz.trace.validate import validate


class Release(NamedTuple):
    layout: str
    tells_nodes: bool  # the CPU backend's barrier, which tells when nodes end, can be hooked since 2024-09


RELEASES = {
    "1.2.0": Release("2023-12-22", False),
    "1.3.0": Release("2024-06-26", False),
    "1.3.1": Release("2024-11-16", True),
}

pytestmark = needs_whisper


@pytest.fixture(scope="module", params=RELEASES)
def release(request, tmp_path_factory) -> tuple[str, Path]:
    """The version, and a folder with nothing but that release."""
    folder = tmp_path_factory.mktemp("old")
    wanted = ["--no-deps", "--only-binary", ":all:", "--target", str(folder), f"pywhispercpp=={request.param}"]
    done = subprocess.run(
        [sys.executable, "-m", "pip", "install", "-q", *wanted], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        pytest.skip(f"there is no pywhispercpp {request.param} for this Python: {done.stderr.strip()[-200:]}")
    return request.param, folder


def test_an_old_release_is_traced_whole_and_says_the_same(models, release, tmp_path):
    version, folder = release
    program = python("whisper_of_old.py", folder, models.whisper)
    untraced = succeed(program)
    done, trace = traced(program, tmp_path / "old.ggmlviz")
    assert done.out == untraced.out
    layouts = [trace.definitions.strings[library["layout"]] for library in trace.definitions.libraries]
    assert layouts == [RELEASES[version].layout]
    assert len(trace.runs) > 2
    if RELEASES[version].tells_nodes:
        assert_whole(trace)
    else:
        untold = f"{len(trace.sections)} CPU sections have no node times: their ggml is too old to tell them"
        verdict = validate(trace.recording)
        assert not verdict.problems
        assert [loss.partition(" (")[0] for loss in verdict.losses] == [untold]
    shapes = [trace.graph(int(number)).tensors["ne"] for number in {*trace.runs["graph"].tolist()}]
    assert all((shape >= 1).all() for shape in shapes), "a wrong layout reads shapes where there are none"

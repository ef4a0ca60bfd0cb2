"""Comparing captures of real programs: the same twice, one with something slower, one that is built otherwise."""

import json
import os
import re
import subprocess
import sys

import numpy as np
import pytest
from native_support import NATIVE, compile_program, find_ggml
from native_support import traced as traced_environment
from support import llama, needs_llama, on_a_terminal, open_trace, traced
from twin import RUN_BEGIN, Twin

from ggmlviz.analysis.comparison.compare import compare

TOKENS = 40
HALF = '{"half", MAP2, 500000, 0, 0}'  # ns; shorter than what the system gives a thread at a time
SUBJECT_RUNS = 60


def ggml_viz(*arguments):
    command = [sys.executable, "-m", "ggmlviz.cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def record_calmly(command, output):
    """Once more where other programs took the processor away from most runs: then nobody can tell a fifth."""
    for _ in range(12):
        output.unlink(missing_ok=True)
        subprocess.run(command, env=traced_environment(output), check=True, capture_output=True, timeout=60)
        runs = open_trace(output).runs
        lengths = runs["end"] - runs["begin"]
        if np.median(lengths) < 1.05 * lengths.min():
            return


@pytest.fixture(scope="module")
def subject(tmp_path_factory):
    """Traces of the program that knows its times: twice the same, and with one op that takes a fifth longer."""
    folder = tmp_path_factory.mktemp("subject")
    source = (NATIVE / "known_times.c").read_text()
    assert HALF in source
    (folder / "slower.c").write_text(source.replace(HALF, HALF.replace("500000", "600000")))
    flags = ["-I", str(NATIVE), *find_ggml().link_flags()]
    for name, program in (("same", NATIVE / "known_times.c"), ("slower", folder / "slower.c")):
        compile_program(folder / name, [str(program)], *flags)
    for name, program in (("a", "same"), ("b", "same"), ("c", "slower")):
        record_calmly([str(folder / program), "direct", "1", str(SUBJECT_RUNS)], folder / f"{name}.ggmlviz")
    return folder


def test_subject_twice(subject):
    done = ggml_viz("compare", subject / "a.ggmlviz", subject / "b.ggmlviz")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("no significant difference in time\n")


def test_subject_with_a_slower_op(subject):
    done = ggml_viz("compare", subject / "a.ggmlviz", subject / "c.ggmlviz")
    assert done.returncode == 1, done.stdout + done.stderr
    first = done.stdout.splitlines()[0]
    assert first.startswith("slower by more than 5%: half (MAP_CUSTOM2)") and first.count(",") == 0
    named = {
        change.unit
        for change in compare(open_trace(subject / "a.ggmlviz"), open_trace(subject / "c.ggmlviz")).significant
        if change.level == "node"
    }
    assert {unit.split()[0] for unit in named} == {"half"}


def test_terminal(subject):
    """Tables there, aligned text elsewhere, and the same in both."""
    command = [sys.executable, "-m", "ggmlviz.cli", "compare", *(str(subject / f"{name}.ggmlviz") for name in "ab")]
    shown = re.sub(r"\x1b\[[0-9;]*m", "", on_a_terminal(command))
    assert shown.startswith("no significant difference in time") and "─" in shown
    plain = ggml_viz(*command[3:]).stdout
    head = next(line for line in plain.splitlines() if line.startswith("WHAT "))
    assert head.split() == ["WHAT", "NODES", "A", "B", "CHANGE", "SIGNIFICANT"] and "─" not in plain
    row = next(line for line in plain.splitlines() if line.startswith("op MAP_CUSTOM2 "))
    assert row.split() in [line.split() for line in shown.splitlines()]


def test_threshold_and_direction(subject):
    a, c = subject / "a.ggmlviz", subject / "c.ggmlviz"
    assert ggml_viz("compare", "--threshold", "40", a, c).returncode == 0
    assert ggml_viz("compare", c, a).returncode == 0  # faster
    assert ggml_viz("compare", "--overall", "40", a, a).returncode == 0


def test_json(subject):
    done = ggml_viz("compare", "--json", subject / "a.ggmlviz", subject / "c.ggmlviz")
    (phase,) = json.loads(done.stdout)["phases"]
    (found,) = [change for change in phase["changes"] if change["level"] == "node" and "half (" in change["unit"]]
    assert found["significant"] and found["a_ns"] == pytest.approx(0.5e6, rel=0.05)
    assert found["relative"] == pytest.approx(0.2, abs=0.1)


@needs_llama
def test_llama_twice(models, tmp_path):
    traces = [traced(llama(models.tiny, "--tokens", TOKENS), tmp_path / f"{name}.ggmlviz")[1] for name in "ab"]
    found = compare(*traces)
    assert not found.significant and not found.differences
    assert [phase.phase for phase in found.phases if phase.tested] == ["generation"]
    assert any("prompt" in sentence and "too few" in sentence for sentence in found.not_compared)


@needs_llama
def test_fused_pairs_are_named(models, tmp_path):
    command = llama(models.tiny, "--tokens", TOKENS)
    _, on = traced(command, tmp_path / "on.ggmlviz")
    _, off = traced(command, tmp_path / "off.ggmlviz", GGML_CPU_DISABLE_FUSION=1)
    pairs = {
        difference.what: (difference.a, difference.b)
        for difference in compare(on, off).differences
        if difference.kind == "fused" and difference.phase == "generation"
    }
    if not (on.executions["flags"] & 1).any():
        pytest.skip("this llama.cpp fuses nothing")
    assert pairs["norm-0 (RMS_NORM) + attn_norm-0 (MUL)"] == ("fused", "apart")
    assert set(pairs.values()) == {("fused", "apart")}
    back = [d for d in compare(off, on).differences if d.phase == "generation"]
    assert {(d.kind, d.a, d.b) for d in back} == {("fused", "apart", "fused")}


@needs_llama
@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="needs two processors")
def test_threads_are_told(models, tmp_path):
    one, two = (
        traced(llama(models.tiny, "--tokens", TOKENS, "--threads", n), tmp_path / f"{n}.ggmlviz")[1] for n in (1, 2)
    )
    found = compare(one, two)
    threads = [d for d in found.differences if d.kind == "threads" and d.phase == "generation"]
    assert [(d.a, d.b) for d in threads] == [("1", "2")]
    assert not found.tested and any("ms of 2 threads are too short" in sentence for sentence in found.not_compared)


@needs_llama
def test_other_models_have_little_in_common(models, tmp_path):
    """Other layers and ops are named, other lengths are said."""
    _, dense = traced(llama(models.tiny, "--tokens", 20), tmp_path / "dense.ggmlviz")
    _, experts = traced(llama(models.experts, "--tokens", 25), tmp_path / "experts.ggmlviz")
    found = compare(dense, experts)
    assert any(d.kind == "added" and "MUL_MAT_ID" in d.what for d in found.differences)
    assert any(d.kind == "removed" and "GLU" in d.what for d in found.differences)
    assert any("the first" in sentence for sentence in found.not_compared)


@needs_llama
def test_traces_without_ops(models, tmp_path):
    command = llama(models.tiny, "--tokens", 16)
    for name in "ab":
        traced(command, tmp_path / f"{name}.ggmlviz", GGML_VIZ_DETAIL="graph")
    done = ggml_viz("compare", tmp_path / "a.ggmlviz", tmp_path / "b.ggmlviz")
    assert done.returncode == 2 and "A and B has no times of nodes" in done.stdout


def test_bad_input(tmp_path):
    empty, other, cut = tmp_path / "empty.ggmlviz", tmp_path / "other", tmp_path / "cut"
    twin = Twin()
    twin.row(0, 2000, RUN_BEGIN)
    empty.write_bytes(twin.close().bytes())
    other.write_bytes(b"something else, and long enough to be looked at")
    cut.write_bytes(empty.read_bytes()[:100])
    done = ggml_viz("compare", empty, empty)
    assert done.returncode == 2 and "A has no graph runs" in done.stdout
    for bad in (other, cut, tmp_path / "missing"):
        for pair in ((bad, empty), (empty, bad)):
            done = ggml_viz("compare", *pair)
            assert done.returncode == 2 and len(done.stderr.splitlines()) == 1 and not done.stdout
    assert ggml_viz("compare", empty).returncode == 2
    assert ggml_viz("compare", "--threshold", "x", empty, empty).returncode == 2

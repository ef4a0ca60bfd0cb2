"""Every graph of every real program is told as ggml itself tells it, whole, and without changing the program's output.

The oracle (native/oracle.c) runs in the same process, in front of the shim, and asks ggml's own functions.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
from oracle_text import OracleRun, differences, read_runs
from support import (
    Run,
    assert_whole,
    find_shim,
    llama,
    needs_llama,
    needs_whisper,
    open_trace,
    python,
    runs_in_order,
    succeed,
    traced,
)

from ggmlviz.format.layout import RowFlag
from ggmlviz.trace.trace import Trace


class Subject(NamedTuple):
    """One program, run untraced, and run under the oracle and the shim."""

    untraced: Run
    done: Run
    trace: Trace
    oracle: list[OracleRun]
    threads: int


def both_in_one(models, threads):
    return python("llama_and_whisper.py", models.tiny, models.whisper, "--threads", threads, "--rounds", 2)


LLAMA = {
    "one thread": lambda models: (llama(models.tiny), 1),
    "two threads": lambda models: (llama(models.tiny, "--threads", 2), 2),
    "four threads": lambda models: (llama(models.tiny, "--threads", 4), 4),
    "warm-up": lambda models: (llama(models.tiny, "--warmup"), 1),
    "experts": lambda models: (llama(models.experts, "--threads", 2), 2),
    "batch prompt": lambda models: (llama(models.tiny, "--batch-prompt", "--threads", 2), 2),
    "three sequences": lambda models: (llama(models.tiny, "--parallel", 3, "--threads", 2), 2),
    "no flash attention": lambda models: (llama(models.tiny, "--no-flash"), 1),
    "repacked": lambda models: (llama(models.quantized), 1),
    "not repacked": lambda models: (llama(models.quantized, "--no-repack"), 1),
    "not mapped": lambda models: (llama(models.tiny, "--no-mmap"), 1),
    "several files": lambda models: (llama(models.split[0]), 1),
    "generated again": lambda models: (llama(models.tiny, "--repeat", 3), 1),
}
WHISPER = {
    "whisper": lambda models: (python("whisper_transcribe.py", models.whisper), 1),
    "whisper, two threads": lambda models: (python("whisper_transcribe.py", models.whisper, "--threads", 2), 2),
}
BOTH = {"llama and whisper": lambda models: (both_in_one(models, 2), 2)}


def cases():
    for subjects, marks in ((LLAMA, [needs_llama]), (WHISPER, [needs_whisper]), (BOTH, [needs_llama, needs_whisper])):
        yield from (pytest.param(make, id=name, marks=marks) for name, make in subjects.items())
    yield pytest.param(None, id="node")


@pytest.fixture(scope="module", params=cases())
def subject(request, models, oracle, tmp_path_factory) -> Subject:
    if request.param:
        command, threads = request.param(models)
    else:
        command, threads = request.getfixturevalue("node_generate")(models.tiny, "--threads", 2), 2
    folder = tmp_path_factory.mktemp("subject")
    output, told = folder / "x.ggmlviz", folder / "oracle.txt"
    untraced = succeed(command)
    done = succeed(command, [oracle, find_shim()], GGML_VIZ_OUTPUT=output, ORACLE_OUTPUT=told)
    return Subject(untraced, done, open_trace(output), read_runs(told), threads)


def test_output_is_unchanged(subject):
    assert subject.untraced.out.strip()
    assert subject.done.out == subject.untraced.out
    assert not subject.done.lines_of_shim()


def test_trace_is_whole(subject):
    assert_whole(subject.trace)


def test_every_run_is_recorded(subject):
    assert len(subject.oracle) > 1
    assert runs_in_order(subject.trace)["number"].tolist() == list(range(len(subject.oracle)))


def test_graphs_are_those_that_ggml_tells(subject):
    compared = set()
    for recorded, told in zip(runs_in_order(subject.trace), subject.oracle, strict=True):
        if (int(recorded["graph"]), id(told)) in compared:
            continue
        compared.add((int(recorded["graph"]), id(told)))
        assert list(differences(subject.trace, int(recorded["graph"]), told)) == []


def test_every_thread_is_recorded(subject):
    sections, parts = subject.trace.sections, subject.trace.parts
    assert sections["threads"].max() == subject.threads
    of_section = np.bincount(parts["section"], minlength=len(sections))
    # a section's own lane is thread 0; the others' parts tell themselves
    assert (of_section[sections["timed"]] >= sections["threads"][sections["timed"]] - 1).all()


def test_nodes_are_computed_in_full(subject):
    """Every node that ggml wants computed has a time of its own or was fused with the one before it."""
    trace = subject.trace
    empty = {"NONE", "RESHAPE", "TRANSPOSE", "VIEW", "PERMUTE"}
    timed = executed_nodes(trace)
    for recorded, told in zip(runs_in_order(trace), subject.oracle, strict=True):
        nodes = [told.tensors[node] for node in timed[int(recorded["number"])]]
        assert not empty & {node.op for node in nodes}
        work = [node for node in (told.tensors[i] for i in range(told.nodes)) if node.op not in empty]
        assert [node.name for node in nodes] == [node.name for node in work if is_computed(node, work)]


def is_computed(node, nodes):
    """Since 2026-01 ggml marks the nodes it means to compute; before, no node has the mark."""
    return node.flags & 16 or not any(other.flags & 16 for other in nodes)


def executed_nodes(trace: Trace, pairs_in_full: bool = True) -> dict[int, list[int]]:
    """By the number of the run: its nodes in the order of computing."""
    nodes: dict[int, list[int]] = {int(number): [] for number in trace.runs["number"]}
    for execution in trace.executions[["section", "node", "flags"]].tolist():
        section, node, flags = execution
        of_run = nodes[int(trace.runs["number"][trace.sections["run"][section]])]
        of_run.append(node)
        if flags & RowFlag.NODE_FUSED and pairs_in_full:
            of_run.append(node + 1)
    return nodes


@needs_llama
def test_fusion_changes_no_sequence(models, tmp_path):
    """The fused pairs of one run are two nodes each in the other."""
    command = llama(models.tiny, "--threads", 2)
    fused_output, fused = traced(command, tmp_path / "fused.ggmlviz")
    apart_output, apart = traced(command, tmp_path / "apart.ggmlviz", GGML_CPU_DISABLE_FUSION=1)
    assert_whole(fused)
    assert_whole(apart)
    pairs = int((fused.executions["flags"] & RowFlag.NODE_FUSED != 0).sum())
    if not pairs:
        pytest.skip("this ggml fuses nothing")
    assert apart_output.out == fused_output.out
    assert not (apart.executions["flags"] & RowFlag.NODE_FUSED).any()
    assert executed_nodes(fused) == executed_nodes(apart, pairs_in_full=False)
    assert len(apart.executions) == len(fused.executions) + pairs
    for ours, theirs in zip(runs_in_order(fused), runs_in_order(apart), strict=True):
        assert fused.graph(int(ours["graph"])).names == apart.graph(int(theirs["graph"])).names


@needs_llama
@pytest.mark.parametrize("detail", ["graph", "op"])
def test_less_detail_tells_the_same_graphs(models, tmp_path, detail):
    command = llama(models.tiny, "--threads", 2)
    _, full = traced(command, tmp_path / "thread.ggmlviz")
    _, less = traced(command, tmp_path / "less.ggmlviz", GGML_VIZ_DETAIL=detail)
    assert_whole(less)
    assert [less.graph(int(run["graph"])).names for run in runs_in_order(less)] == [
        full.graph(int(run["graph"])).names for run in runs_in_order(full)
    ]
    assert executed_nodes(less) == (
        executed_nodes(full) if detail == "op" else {number: [] for number in range(len(full.runs))}
    )

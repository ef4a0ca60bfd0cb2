"""One node in every run, its slowest time, and how threads shared it."""

from __future__ import annotations

import numpy as np
import pytest
from support import llama, needs_llama, traced
from told_runs import ToldRuns

from ggmlviz.analysis.execution_times import durations_at, span_of
from ggmlviz.analysis.executions_of_node import executions_of_node, same_in_graphs
from ggmlviz.analysis.longest_execution import longest_execution
from ggmlviz.analysis.threads_of_execution import threads_of_execution
from ggmlviz.analysis.time_range import TimeRange


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """A prompt, and three runs that generate, in two graphs; the third run is slow."""
    told = ToldRuns()
    at = told.run(100, tokens=7)
    at = told.run(at + 50)
    at = told.run(at + 50, arrivals=((70, 900), (30, 40)))
    told.run(at + 50, cells=512)
    return told.trace(tmp_path_factory.mktemp("told"))


@pytest.fixture(scope="module")
def capture(models, tmp_path_factory):
    path = tmp_path_factory.mktemp("capture") / "x.ggmlviz"
    return traced(llama(models.tiny, "--tokens", 4, "--threads", 2), path)[1]


def test_in_every_run(told):
    times = executions_of_node(told, told.graph(0), 0)
    assert times.duration.tolist() == [100, 100, 910, 100]
    assert (np.diff(told.runs["begin"][times.run]) > 0).all()
    assert same_in_graphs(told, told.graph(0), 1) == {0: 1, 1: 1, 2: 1}
    assert same_in_graphs(told, told.graph(0), 2) == {}  # a leaf


def test_longest(told):
    slow = longest_execution(told, lambda graph, node, fused: node == 0)
    assert told.ops.duration[slow] == 910
    before = TimeRange(0, int(told.runs["begin"][2]))
    assert told.ops.duration[longest_execution(told, lambda graph, node, fused: node == 0, before)] == 100
    assert longest_execution(told, lambda graph, node, fused: False) is None


def test_threads(told):
    slow = longest_execution(told, lambda graph, node, fused: node == 0)
    main, helper = threads_of_execution(told, slow)
    assert (main.work, main.wait, helper.work, helper.wait) == (70, 840, 900, 10)
    main, helper = threads_of_execution(told, slow + 1)
    assert (main.work, main.wait, helper.work, helper.wait) == (30, 20, 40, 10)


@needs_llama
def test_single_times_are_those_of_the_columns(capture):
    ops = capture.ops
    some = np.arange(len(ops))[::-7]
    assert (durations_at(capture, some) == ops.duration[some]).all()
    for execution in some[:50].tolist():
        span = span_of(capture, execution)
        assert (span.begin, span.end) == (ops.begin[execution], ops.end[execution])


@needs_llama
def test_threads_add_up_to_their_parts(capture):
    section = capture.sections[-1]
    first = int(section["first_execution"])
    sums = {}
    for execution in range(first, first + int(section["executions"])):
        for part in threads_of_execution(capture, execution):
            so_far = sums.setdefault(part.lane, [0, 0])
            so_far[0] += part.work
            so_far[1] += part.wait
    for part in capture.parts[capture.parts["section"] == len(capture.sections) - 1]:
        work, wait = sums[int(part["lane"])]
        # Each wait is rounded to whole nanoseconds by itself.
        assert wait == pytest.approx(int(part["wait"]), abs=int(section["executions"]))
        assert work == pytest.approx(int(part["work"]), abs=int(section["executions"]))


@needs_llama
def test_every_run_that_computed_a_node(capture):
    graph = capture.graph(int(capture.runs["graph"][-1]))
    node = graph.names.index("ffn_out-1")
    times = executions_of_node(capture, graph, node)
    assert times.count == len(capture.runs)
    names = [capture.graph(int(capture.runs["graph"][run])) for run in times.run]
    nodes = capture.ops.node[times.execution].tolist()
    assert {one.names[at] for one, at in zip(names, nodes, strict=True)} == {"ffn_out-1"}
    assert (times.duration == capture.ops.duration[times.execution]).all()

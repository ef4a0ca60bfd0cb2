"""Reported times against known ones: a program whose operations note on the same clock when they began and ended.

What must hold without exception follows from cause and effect, however busy the machine is. Between two operations
there is one barrier, and its end is a node's end; so that end lies after the last thread's own reading at the end of
the operation and before thread 0's reading at the begin of the next one. The same goes for every thread's wait.

How close a reported time is to the operation's own can only be asked where the program itself saw nothing come between:
where a thread loses its processor between an operation and the barrier, or in it, the node truly takes longer than its
operation, and the program's readings before and after show that. Such nodes are left out, and counted.
"""

from __future__ import annotations

import numpy as np
import pytest
from native_support import compile_program, find_ggml
from truth_subject import run_traced, run_untraced

from ggmlviz.format.layout import Status
from ggmlviz.trace.validate import Verdict, validate

NODES = ["fifth", "one", "three", "twentieth", "rising", "first is last", "nothing", "ten microseconds", "half", "last"]
VIEWS = {"square", "flat", "square again", "turned", "turned back", "flat again"}
CLOCK_NS = 2_000  # two readings of two clocks, and the line drawn between them
TOLERANCE, TOLERANCE_NS = 0.02, 20_000
UNDISTURBED_NS = 10_000  # from an operation to the next one, if nothing comes between
LEAST_UNDISTURBED = 0.1  # with one thread, of all; beside other programs a machine may be too busy for more threads
RUNS = {1: 20, 2: 30, 4: 10}
SETUPS = [(mode, threads) for mode in ("direct", "sched") for threads in RUNS] + [("pair", 1), ("pair", 2)]


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    target = tmp_path_factory.mktemp("native") / "known_times"
    return compile_program(target, ["known_times.c"], "-O2", *find_ggml().link_flags())


@pytest.fixture(scope="module", params=SETUPS, ids=lambda setup: f"{setup[0]}-{setup[1]}")
def told(request, program, tmp_path_factory):
    """The program's runs and the report of its trace, for each way of computing and each number of threads."""
    mode, threads = request.param
    return run_traced(program, tmp_path_factory.mktemp("truth") / "trace.ggmlviz", mode, threads, RUNS[threads])


def within_tolerance(reported, known):
    return np.abs(reported - known) <= np.maximum(TOLERANCE * known, TOLERANCE_NS)


def test_the_trace_is_whole(told):
    _, report = told
    assert validate(report.trace.recording) == Verdict()


def test_every_computed_node_is_named_and_every_view_skipped(told):
    runs, report = told
    for run in runs:
        section = report.section_of(run)
        names, _, _ = report.nodes(section)
        graph = report.trace.graph(int(report.trace.runs["graph"][report.trace.sections["run"][section]]))
        assert names == NODES == [op.name for op in run.ops]
        assert set(graph.names[: graph.nodes]) - set(names) == VIEWS
        assert report.trace.sections["status"][section] == Status.SUCCESS


def test_a_node_ends_after_its_operation_and_before_the_next(told):
    runs, report = told
    for run in runs:
        _, _, ends = report.nodes(report.section_of(run))
        done = np.array([op.done for op in run.ops])
        next_begin = np.array([run.begins_after(k)[0] for k in range(len(run.ops))])
        assert (ends >= done - CLOCK_NS).all()
        assert (ends <= next_begin + CLOCK_NS).all()


def test_a_node_takes_as_long_as_its_operation(told):
    """Where the program went from the operation before to this one and on to the next undisturbed."""
    runs, report = told
    reported, known = [], []
    for run in runs:
        _, begins, ends = report.nodes(report.section_of(run))
        for k, op in enumerate(run.ops[:-1]):
            came = run.ops[k - 1].done if k else begins[0]
            left = run.begins_after(k).max()
            if op.begin.max() - came <= UNDISTURBED_NS and left - op.done <= UNDISTURBED_NS:
                reported.append(ends[k] - begins[k])
                known.append(op.done - op.begin.min())
    if len(runs[0].ops[0].tid) == 1:
        assert len(reported) > len(runs) * len(NODES) * LEAST_UNDISTURBED
    assert within_tolerance(np.array(reported), np.array(known)).all()


def test_each_thread_waits_from_its_end_to_the_last_ones(told):
    runs, report = told
    for run in runs:
        section = report.section_of(run)
        for i, tid in enumerate(run.ops[0].tid.tolist()):
            barriers = report.barriers(section, tid)
            for k, op in enumerate(run.ops):
                # the barrier at the end of the operation: one that this thread entered between it and the next
                begins_after = run.begins_after(k)[i]
                mine = (barriers.enter >= op.end[i] - CLOCK_NS) & (barriers.leave <= begins_after + CLOCK_NS)
                assert mine.any(), f"thread {i} waited for {op.name} at no time"
                wait = (barriers.leave - barriers.enter)[mine].sum()
                assert barriers.leave[mine].max() >= op.done - CLOCK_NS
                assert wait <= begins_after - op.end[i] + CLOCK_NS


def test_work_and_wait_of_each_thread_are_what_the_program_measured(told):
    """Sums over a run, where the thread itself was undisturbed between its operations and its barriers."""
    runs, report = told
    compared = 0
    for run in runs:
        section = report.section_of(run)
        for i, tid in enumerate(run.ops[0].tid.tolist()):
            part = report.part(section, tid)
            barriers = report.barriers(section, tid)
            last = barriers.leave[-1] - report.trace.sections["begin"][section] - report.zero
            assert abs(part["work"] + part["wait"] - last) <= CLOCK_NS
            least = sum(op.done - op.end[i] for op in run.ops)
            most = sum(run.begins_after(k)[i] - op.end[i] for k, op in enumerate(run.ops))
            assert part["wait"] <= most + CLOCK_NS * len(run.ops)
            if most - least <= UNDISTURBED_NS * len(run.ops):
                compared += 1
                assert part["wait"] >= least - max(TOLERANCE * least, TOLERANCE_NS)
    if len(runs[0].ops[0].tid) == 1:
        assert compared > len(runs) * LEAST_UNDISTURBED


def the_same(runs, others):
    told = [[(run.status, run.calls, [op.name for op in run.ops]) for run in which] for which in (runs, others)]
    return told[0] == told[1]


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("stopped_at", [1, 4, len(NODES)])
@pytest.mark.parametrize("mode", ["direct", "sched"])
def test_an_abort_is_the_programs_own(program, tmp_path, mode, threads, stopped_at):
    """Its callback is called as often as without us, the graph ends where it said, and what was computed has times."""
    arguments = (mode, threads, 4, stopped_at, 1)
    runs, report = run_traced(program, tmp_path / "trace.ggmlviz", *arguments)
    assert the_same(runs, run_untraced(program, *arguments))
    assert [run.calls for run in runs] == [len(NODES), stopped_at, stopped_at, stopped_at]
    trace = report.trace
    for run, status in zip(runs, [Status.SUCCESS] + [Status.ABORTED] * 3, strict=True):
        section = report.section_of(run)
        names, _, ends = report.nodes(section)
        assert trace.sections["status"][section] == status
        assert trace.runs["status"][trace.sections["run"][section]] == status
        assert names == NODES[: run.calls]
        assert (ends >= np.array([op.done for op in run.ops]) - CLOCK_NS).all()
    assert validate(trace.recording) == Verdict()


@pytest.mark.parametrize("stopped_at", [1, 4, len(NODES)])
def test_nodes_are_not_guessed_where_no_run_ever_finished(program, tmp_path, stopped_at):
    runs, report = run_traced(program, tmp_path / "trace.ggmlviz", "direct", 1, 3, stopped_at, 0)
    for run in runs:
        names, _, _ = report.nodes(report.section_of(run))
        assert len(names) == stopped_at
        assert all(name in ("?", node) for name, node in zip(names, NODES, strict=False))
    assert validate(report.trace.recording).problems == []


def test_a_callback_that_never_stops_is_called_for_every_node(program, tmp_path):
    arguments = ("direct", 2, 3, 1000, 0)
    runs, report = run_traced(program, tmp_path / "trace.ggmlviz", *arguments)
    assert the_same(runs, run_untraced(program, *arguments))
    assert [run.calls for run in runs] == [len(NODES)] * 3
    assert set(report.trace.sections["status"]) == {Status.SUCCESS}

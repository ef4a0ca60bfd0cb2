"""Traces whose every time is chosen, so that every answer is known to the last digit."""

import pytest
from told_runs import COMPUTE, ToldRuns

from ggmlviz.analysis.balance import balance, waits_by_op
from ggmlviz.analysis.bounds import bounds
from ggmlviz.analysis.ceilings import Ceiling, Ceilings
from ggmlviz.analysis.critical_path import critical_path
from ggmlviz.analysis.memory.over_time import kv_cache, live_bytes, memory
from ggmlviz.analysis.node_times import node_times, percentiles_of
from ggmlviz.analysis.time_range import TimeRange, seconds_covered
from ggmlviz.analysis.tokens import token_times
from ggmlviz.analysis.totals import nodes_of, thread_totals, totals
from ggmlviz.analysis.work_done import share_not_modelled, weights_floor, work_done

# A run: MUL_MAT 0..100 (main waits 30, helper 10), ADD 100..150 (main waits 20, helper 10), then 20 more.
RUN_NS, MUL_MAT_NS, ADD_NS = 170, 100, 50


@pytest.fixture
def told():
    return ToldRuns()


def test_node_times(told, tmp_path):
    told.run(0)
    told.run(1000, arrivals=((170, 190), (30, 40)))
    times = node_times(told.trace(tmp_path))
    assert times["node"].tolist() == [0, 1]
    assert times["count"].tolist() == [2, 2]
    assert times["time"].tolist() == [300, 100]
    assert times["wait"].tolist() == [60, 40]
    assert times["shortest"].tolist() == [100, 50] and times["longest"].tolist() == [200, 50]


def test_many_runs_between_others(told, tmp_path):
    """Long stretches of a graph, short ones, and other graphs between them."""
    begin, expected = 0, {1: [], 7: []}
    for number in range(60):
        tokens, length = (7 if number in (0, 20, 21, 40) else 1), 50 + number
        told.run(begin, tokens=tokens, arrivals=((length, 1), (30, 40)))
        expected[tokens].append(length + 10)
        begin += 1000
    trace = told.trace(tmp_path)
    graphs = {tokens: told.graph(tokens) for tokens in expected}
    times = {(time["graph"], time["node"]): time for time in node_times(trace)}
    for tokens, lengths in expected.items():
        time = times[graphs[tokens], 0]
        assert (time["count"], time["time"], time["shortest"], time["longest"]) == (
            len(lengths),
            sum(lengths),
            min(lengths),
            max(lengths),
        )
        assert percentiles_of(trace, graphs[tokens], 0, (100,)) == {100: max(lengths)}
    assert percentiles_of(trace, 99, 0) == {}


def test_totals(told, tmp_path):
    told.run(0, tokens=5)
    told.run(1000)
    nodes = nodes_of(told.trace(tmp_path))
    mul_mat, add = totals(nodes, "op")
    assert mul_mat == ("MUL_MAT", 2, 200, 60, 200 / 300) and add == ("ADD", 2, 100, 40, 100 / 300)
    assert [total.name for total in totals(nodes, "tensor")] == ["MUL_MAT ffn_out-3", "ADD l_out-3"]
    assert totals(nodes, "layer") == [("3", 4, 300, 100, 1.0)]
    assert totals(nodes, "block") == [("ffn", 4, 300, 100, 1.0)]
    assert {total.name: total.time for total in totals(nodes, "phase")} == {"prompt": 150, "generation": 150}


def test_what_nobody_described(told, tmp_path):
    told.run(0)
    told.run(1000, described=False)
    nodes = nodes_of(told.trace(tmp_path))
    assert {total.name: total.time for total in totals(nodes, "op")}["(unattributed)"] == 150
    assert sum(total.share for total in totals(nodes, "op")) == pytest.approx(1)
    assert share_not_modelled(nodes) == {"(unattributed)": 0.5}


def test_threads(told, tmp_path):
    told.run(0)
    told.run(1000)
    trace = told.trace(tmp_path)
    main, helper = thread_totals(trace)
    assert main == ("main (100)", 0, 2, 200, 100)
    assert helper == ("helper (101)", 1, 2, 260, 40)
    shared = balance(trace)
    assert (shared.threads, shared.work, shared.wait, shared.section_time) == (2, 460, 140, 300)
    assert shared.wait_share == 140 / 600
    assert (shared.savable, shared.savable_share) == (70, 70 / 300)
    mul_mat, add = waits_by_op(nodes_of(trace))
    assert (mul_mat.op, mul_mat.wait, mul_mat.share) == ("MUL_MAT", 60, 0.3)
    assert (add.op, add.wait, add.share) == ("ADD", 40, 0.4)
    assert balance(trace, phase="prompt") is None


def test_critical_path(told, tmp_path):
    told.run(0)
    path = critical_path(told.trace(tmp_path), 0)
    assert (path.whole, path.slowest, path.shared, path.barriers, path.outside) == (170, 90 + 40, 80 + 35, 20, 20)


def test_tokens(told, tmp_path):
    told.run(0, tokens=2)  # a warm-up: nobody waits for it
    told.run(1000, tokens=512, outputs=0)  # the first batch of a prompt: its logits are not asked for
    ended = told.run(2000, tokens=30)
    for token in range(4):
        ended = told.run(ended + 330)
        assert ended == 2000 + RUN_NS + (token + 1) * 500
    found = token_times(told.trace(tmp_path))
    assert found.replies == 1
    assert found.first_token_ms == [pytest.approx((1000 + RUN_NS) / 1e6)]
    assert (found.prompt.runs, found.prompt.tokens) == (3, 544)
    assert (found.generation.tokens, found.generation.seconds) == (4, pytest.approx(2000e-9))
    assert found.generation.run_seconds == pytest.approx(4 * RUN_NS / 1e9)
    assert found.generation.tokens_per_second == pytest.approx(4 / 2000e-9)
    assert found.per_token_ms["p50"] == pytest.approx(500e-6)


def test_tokens_against_context(told, tmp_path):
    ended = told.run(0, tokens=8)
    for cells, pause in ((256, 330), (256, 330), (512, 830)):
        ended = told.run(ended + pause, cells=cells)
    shallow, deep = token_times(told.trace(tmp_path)).against_context
    assert (shallow.attended_to, shallow.tokens, shallow.tokens_per_second) == (256, 2, pytest.approx(2e6))
    assert (deep.attended_from, deep.tokens, deep.tokens_per_second) == (512, 1, pytest.approx(1e6))


def test_no_tokens(told, tmp_path):
    found = token_times(told.trace(tmp_path))
    assert (found.replies, found.prompt, found.generation, found.per_token_ms, found.against_context) == (
        0,
        None,
        None,
        {},
        [],
    )


def test_range(told, tmp_path):
    for begin in (0, 1000, 2000, 3000):
        told.run(begin)
    trace = told.trace(tmp_path)
    range = TimeRange(1000, 3000)
    assert node_times(trace, range)["count"].tolist() == [2, 2]
    assert token_times(trace, range).generation.tokens == 2
    assert seconds_covered(trace, range) == pytest.approx(1170e-9)
    assert [one.sections for one in thread_totals(trace, range)] == [2, 2]
    assert len(node_times(trace, TimeRange(4000, 5000))) == 0


def test_work(told, tmp_path):
    told.run(0)
    trace = told.trace(tmp_path)
    nodes = nodes_of(trace)
    mul_mat, add = work_done(nodes, "op")
    assert mul_mat.flops == 2 * 16 * 100
    assert mul_mat.bytes == 4 * (16 * 100 + 16 + 100)
    assert mul_mat.gflops == 3200 / 100 and mul_mat.gbytes == pytest.approx(6864 / 100)
    assert add.flops == 100
    floor = weights_floor(trace, nodes, "generation")
    assert (floor.bytes_per_run, floor.seconds_per_run) == (6400, pytest.approx(RUN_NS / 1e9))
    assert floor.times_the_floor(6400 / 85e-9) == pytest.approx(2)
    assert weights_floor(trace, nodes, "prompt") is None


def test_memory(told, tmp_path):
    first = told.buffer(100, "CPU", 1000, COMPUTE)
    told.free(first, 200)
    second = told.buffer(200, "CPU_REPACK", 3000, COMPUTE)
    told.free(second, 300)
    told.buffer(400, "CPU", 500)
    trace = told.trace(tmp_path)
    found = memory(trace)
    assert (found.peak, found.peak_at) == (6400 + 1000 + 3000, 200)
    assert found.peak_by_role == {"weights": 6400, "compute": 4000}
    assert [buffer.size for buffer in found.alive_at_peak] == [6400, 3000, 1000]
    assert (found.allocated, found.freed) == (10900, 4000)
    assert [buffer.size for buffer in found.never_freed] == [6400, 500]
    times, by_type = live_bytes(trace, "type")
    assert times.tolist() == [0, 100, 200, 200, 300, 400]
    assert by_type["CPU_REPACK"].tolist() == [0, 0, 3000, 3000, 0, 0]
    assert by_type["CPU"].tolist() == [6400, 7400, 7400, 6400, 6400, 6900]
    assert memory(trace, TimeRange(310, 390)).peak == 6400
    assert memory(trace, TimeRange(310, 500)).peak == 6900
    assert kv_cache(trace) is None


@pytest.fixture
def machine():
    """So slow that everything is at its limits."""

    def of(copy: float, multiply: float) -> Ceilings:
        return Ceilings("told CPU", 2, [Ceiling(1, copy / 2, multiply / 2), Ceiling(2, copy, multiply)])

    return of


LARGE = {"arrivals": ((900_000, 890_000), (50_000, 49_000))}


@pytest.mark.parametrize(
    ("copy", "multiply", "by"),
    [
        (8e6, 1e12, "memory"),
        (1e12, 4e6, "compute"),
        (9e6, 1e6, "memory"),  # nearly all of the copy bandwidth, whatever the peak rate
        (1e12, 1e6, "compute"),
        (1e12, 1e12, "unknown"),
        (1e6, 1e12, "unknown"),  # more than memory can give: caches do
    ],
)
def test_bounds_by_ceilings(told, tmp_path, machine, copy, multiply, by):
    told.run(0, **LARGE)
    trace = told.trace(tmp_path)
    (bound,) = bounds(trace, nodes_of(trace), machine(copy, multiply))
    assert (bound.phase, bound.by) == ("generation", by)
    assert "%" in bound.sentence and bound.sentence.startswith("Generation: ") and bound.sentence.endswith(".")


def test_bounds_without_ceilings(told, tmp_path):
    told.run(0, **LARGE)
    trace = told.trace(tmp_path)
    (bound,) = bounds(trace, nodes_of(trace), None)
    assert bound.by == "unknown" and "cannot tell" in bound.sentence and "ggml-viz ceilings" in bound.sentence


def test_bound_by_waiting(told, tmp_path):
    told.run(0, arrivals=((900_000, 100), (50_000, 100)))
    trace = told.trace(tmp_path)
    (bound,) = bounds(trace, nodes_of(trace), None)
    assert bound.by == "waiting" and "50%" in bound.sentence


def test_bound_by_small_ops(told, tmp_path):
    told.run(0, arrivals=((100, 100), (100, 100)), barrier=900)
    trace = told.trace(tmp_path)
    (bound,) = bounds(trace, nodes_of(trace), None)
    assert bound.by == "small ops" and "1.0 µs" in bound.sentence


def test_bound_by_what_is_between(told, tmp_path):
    ended = told.run(0, tokens=4)
    for _ in range(20):
        ended = told.run(ended + 3 * RUN_NS)
    trace = told.trace(tmp_path)
    (bound,) = bounds(trace, nodes_of(trace), None)
    assert bound.by == "between runs" and "75%" in bound.sentence


def test_bound_by_page_faults(told, tmp_path):
    ended = told.run(0, arrivals=((100_000, 100_000), (100, 100)), major_faults=12)
    for _ in range(4):
        ended = told.run(ended)
    trace = told.trace(tmp_path)
    (bound,) = bounds(trace, nodes_of(trace), None)
    assert bound.by == "page faults" and ": 12" in bound.sentence


def test_bound_by_disturbed_runs(told, tmp_path):
    ended = told.run(0, tokens=4)
    for number in range(12):
        slow = number % 6 == 5
        ended = told.run(ended, arrivals=((1_000_000, 900_000) if slow else (100_000, 90_000), (100, 100)))
    trace = told.trace(tmp_path)
    (bound,) = bounds(trace, nodes_of(trace), None)
    assert bound.by == "slow runs" and "53% of the time" in bound.sentence  # 2 × 800 of 3000 µs


def test_faults_of_another_graph_prove_nothing(told, tmp_path):
    told.run(0, tokens=4, major_faults=1, **LARGE)
    told.run(10_000_000, tokens=9)
    trace = told.trace(tmp_path)
    assert [bound.by for bound in bounds(trace, nodes_of(trace), None)] == ["unknown"]


def test_bound_of_what_has_no_times(told, tmp_path):
    told.run(0, computed=False)
    trace = told.trace(tmp_path)
    (bound,) = bounds(trace, nodes_of(trace), None)
    assert bound.by == "unknown" and "0% of the run time" in bound.sentence

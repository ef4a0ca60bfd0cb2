"""Every number of a real capture against what the slow oracle makes of its dump."""

from collections import Counter, defaultdict
from itertools import pairwise
from statistics import median

import numpy as np
import pytest
from dump_oracle import DumpOracle
from support import assert_whole, llama, needs_llama, traced

from ggmlviz.analysis.balance import balance, waits_by_op
from ggmlviz.analysis.critical_path import critical_path
from ggmlviz.analysis.memory.over_time import live_bytes, memory
from ggmlviz.analysis.node_times import durations_of, node_times, percentiles_of
from ggmlviz.analysis.time_range import TimeRange
from ggmlviz.analysis.tokens import token_times
from ggmlviz.analysis.totals import backend_totals, nodes_of, thread_totals, totals
from ggmlviz.analysis.work_done import share_not_modelled, weights_floor, work_done
from ggmlviz.format.text import dump

pytestmark = needs_llama
ROUNDING = 2.0  # ns, of one duration: both of its ends were rounded


@pytest.fixture(scope="module", params=["tiny", "quantized", "experts"])
def capture(request, models, tmp_path_factory):
    output = tmp_path_factory.mktemp("capture") / "x.ggmlviz"
    model = getattr(models, request.param)
    _, trace = traced(llama(model, "--tokens", 8, "--threads", 2, "--repeat", 2), output)
    assert_whole(trace)
    return trace, DumpOracle(dump(trace.recording))


def close(value, expected, count=1):
    return value == pytest.approx(expected, abs=ROUNDING * max(count, 1), rel=1e-9)


def test_node_times(capture):
    trace, oracle = capture
    expected = defaultdict(list)
    waits = Counter()
    for run in oracle.runs:
        for done in run.done:
            expected[done.graph, done.node, done.fused].append(done.ns)
            waits[done.graph, done.node, done.fused] += done.wait
    times = node_times(trace)
    assert [tuple(key) for key in times[["graph", "node", "fused"]].tolist()] == sorted(expected)
    for time in times:
        key = time[["graph", "node", "fused"]].item()
        durations = expected[key]
        assert time["count"] == len(durations)
        assert close(time["time"], sum(durations), len(durations))
        assert close(time["wait"], waits[key], 4 * len(durations))
        assert close(time["shortest"], min(durations)) and close(time["longest"], max(durations))


def test_distribution_of_one_node(capture):
    trace, oracle = capture
    graph, node = node_times(trace)[["graph", "node"]][-1].item()
    expected = sorted(done.ns for run in oracle.runs for done in run.done if (done.graph, done.node) == (graph, node))
    assert sorted(durations_of(trace, graph, node).tolist()) == pytest.approx(expected, abs=ROUNDING)
    assert percentiles_of(trace, graph, node, (0, 50, 100)) == pytest.approx(
        {0: expected[0], 50: median(expected), 100: expected[-1]}, abs=ROUNDING
    )


@pytest.mark.parametrize("by", ["op", "layer"])
def test_totals(capture, by):
    trace, oracle = capture
    expected, counts = Counter(), Counter()
    for run in oracle.runs:
        for done in run.done:
            name = getattr(oracle, by)(done)
            expected[name] += done.ns
            counts[name] += 1
    found = totals(nodes_of(trace), by)
    assert {total.name: total.count for total in found} == counts
    for total in found:
        assert close(total.time, expected[total.name], total.count)
        assert total.share == pytest.approx(expected[total.name] / expected.total(), rel=1e-3)
    assert [total.time for total in found] == sorted((total.time for total in found), reverse=True)


def test_every_grouping_adds_up(capture):
    trace, oracle = capture
    nodes, count = nodes_of(trace), sum(len(run.done) for run in oracle.runs)
    for by in ("op", "tensor", "layer", "block", "phase"):
        found = totals(nodes, by)
        assert sum(total.count for total in found) == count
        assert sum(total.share for total in found) == pytest.approx(1)
    assert all(total.name in ("prompt", "generation") for total in totals(nodes, "phase"))


def test_threads_and_balance(capture):
    trace, oracle = capture
    sections = [section for run in oracle.runs for section in run.sections]
    expected = defaultdict(lambda: [0.0, 0.0])
    savable, barriers = 0.0, 0
    for section in sections:
        for lane, passed in section.barriers.items():
            wait = sum(leave - enter for enter, leave in passed)
            expected[lane][0] += passed[-1][1] - section.begin - wait
            expected[lane][1] += wait
            savable += wait / len(section.barriers)
            barriers += len(passed)
    found = {str(trace.lanes[one.lane].number): one for one in thread_totals(trace)}
    assert set(found) == set(expected)
    for lane, (work, wait) in expected.items():
        assert close(found[lane].work, work, barriers) and close(found[lane].wait, wait, barriers)
    shared = balance(trace)
    assert shared.threads == 2
    assert close(shared.savable, savable, barriers)
    assert close(shared.section_time, sum(section.end - section.begin for section in sections), len(sections))
    whole = sum(sum(times) for times in expected.values())
    assert shared.wait_share == pytest.approx(sum(wait for _, wait in expected.values()) / whole, rel=1e-3)


def test_waits_by_op(capture):
    trace, oracle = capture
    expected = Counter()
    for run in oracle.runs:
        for done in run.done:
            expected[oracle.op(done)] += done.wait
    found = waits_by_op(nodes_of(trace))
    count = sum(len(run.done) for run in oracle.runs)
    assert {op.op: op.wait for op in found} == pytest.approx(expected, abs=4 * ROUNDING * count)


def test_critical_path(capture):
    trace, oracle = capture
    for index in np.argsort(trace.runs["number"])[[0, -1]].tolist():
        run = oracle.runs[int(trace.runs["number"][index])]
        (section,) = run.sections
        came = dict.fromkeys(section.barriers, section.begin)
        slowest = shared = 0.0
        for n in range(len(next(iter(section.barriers.values())))):
            works = [max(0.0, passed[n][0] - came[lane]) for lane, passed in section.barriers.items()]
            came = {lane: passed[n][1] for lane, passed in section.barriers.items()}
            slowest += max(works)
            shared += sum(works) / len(works)
        path = critical_path(trace, index)
        count = 2 * len(run.done)
        assert close(path.slowest, slowest, count) and close(path.shared, shared, count)
        assert close(path.whole, run.end - run.begin)
        assert path.slowest + path.barriers + path.outside == path.whole
        assert path.outside >= 0 and path.barriers >= 0


def test_tokens(capture):
    trace, oracle = capture
    replies, current = [], []
    for run in oracle.runs:
        if oracle.tokens(run) > 1 and current and any(oracle.tokens(one) == 1 for one in current):
            replies.append(current)
            current = []
        current.append(run)
    replies.append(current)
    assert len(replies) == 2
    first, periods, prompt_runs = [], [], [run for run in oracle.runs if oracle.tokens(run) > 1]
    for reply in replies:
        prompt = [run for run in reply if oracle.tokens(run) > 1]
        generated = [run for run in reply if oracle.tokens(run) == 1]
        first.append((prompt[-1].end - prompt[-1].begin) / 1e6)
        ends = [prompt[-1].end, *(run.end for run in generated)]
        periods += [(after - before) / 1e6 for before, after in pairwise(ends)]
    found = token_times(trace)
    assert found.replies == 2
    assert found.first_token_ms == pytest.approx(first, abs=ROUNDING / 1e6)
    assert found.generation.tokens == len(periods)
    assert found.generation.tokens_per_second == pytest.approx(len(periods) * 1e3 / sum(periods), rel=1e-4)
    assert found.per_token_ms["mean"] == pytest.approx(sum(periods) / len(periods), rel=1e-4)
    assert found.per_token_ms["p50"] == pytest.approx(median(periods), rel=1e-4)
    assert found.prompt.tokens == sum(map(oracle.tokens, prompt_runs))
    seconds = sum(run.end - run.begin for run in prompt_runs) / 1e9
    assert found.prompt.tokens_per_second == pytest.approx(found.prompt.tokens / seconds, rel=1e-4)
    assert sum(band.tokens for band in found.against_context) == len(periods)


def test_memory(capture):
    trace, oracle = capture
    found = memory(trace)
    assert found.peak == oracle.peak_bytes() == sum(found.peak_by_role.values())
    assert found.peak == sum(buffer.size for buffer in found.alive_at_peak)
    assert found.allocated == sum(int(buffer["size"]) for buffer in oracle.definitions["buffer"])
    freed = {free["buffer"] for free in oracle.definitions["buffer_free"]}
    kept = [b for b in oracle.definitions["buffer"] if b["id"] not in freed and int(b["size"])]
    assert {buffer.number for buffer in found.never_freed} == {int(buffer["id"]) for buffer in kept}
    for by in ("role", "type"):
        times, alive = live_bytes(trace, by)
        assert len(times) and sum(alive.values()).max() == found.peak


def test_products_and_weights(capture):
    trace, oracle = capture
    flops, mapped = 0, Counter()
    for run in oracle.runs:
        for done in run.done:
            node = oracle.members[done.graph][done.node]
            sources = oracle.sources(done.graph, done.node)
            if node["op"] == "MUL_MAT":
                elements = np.prod([int(n) for n in node["ne"].split(",")])
                flops += 2 * int(sources[0]["ne"].split(",")[0]) * int(elements)
    found = {done.name: done for done in work_done(nodes_of(trace), "op")}
    assert found["MUL_MAT"].flops == flops
    assert found["MUL_MAT"].gflops == pytest.approx(flops / found["MUL_MAT"].modelled_time)
    assert all(done.share_not_modelled in (0, 1) for done in found.values())
    missed = {name: done.time for name, done in found.items() if done.share_not_modelled}
    whole = sum(done.time for done in found.values())
    assert share_not_modelled(nodes_of(trace)) == pytest.approx({name: time / whole for name, time in missed.items()})
    # of the last run, which generates a token: every weight once, of a table one row, of the experts the chosen ones
    for done in oracle.runs[-1].done:
        for fused in range(1 + done.fused):
            op = oracle.members[done.graph][done.node + fused]["op"]
            for slot, source in oracle.sources(done.graph, done.node + fused).items():
                if source["op"] != "NONE" or not source["name"].endswith(".weight"):
                    continue
                size = int(source["bytes"])
                if op == "GET_ROWS":
                    size = int(source["nb"].split(",")[1])
                elif op == "MUL_MAT_ID" and slot == 0:
                    ids = oracle.sources(done.graph, done.node)[2]["ne"].split(",")
                    size = int(source["nb"].split(",")[2]) * int(ids[0])
                mapped[source["name"]] = max(size, mapped[source["name"]])
    floor = weights_floor(trace, nodes_of(trace), "generation")
    generated = [run for run in oracle.runs if oracle.tokens(run) == 1]
    assert floor.bytes_per_run == mapped.total()
    assert floor.seconds_per_run * 1e9 == pytest.approx(
        sum(run.end - run.begin for run in generated) / len(generated), rel=1e-4
    )


def test_range(capture):
    """Whole runs, by their begins."""
    trace, oracle = capture
    runs = oracle.runs[2:5]
    range = TimeRange(int(runs[0].begin) - 1, int(oracle.runs[5].begin) - 1)
    times = node_times(trace, range)
    assert times["count"].sum() == sum(len(run.done) for run in runs)
    assert close(times["time"].sum(), sum(done.ns for run in runs for done in run.done), times["count"].sum())
    (backend,) = backend_totals(trace, range)
    assert (backend.name, backend.count) == ("CPU", 3)
    assert sum(one.sections for one in thread_totals(trace, range)) == 2 * 3

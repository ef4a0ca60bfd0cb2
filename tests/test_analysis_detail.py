"""What the timeline is drawn from: sums over kinds, lanes of ops, work and wait of threads, gaps, searches, areas."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from support import llama, needs_llama, open_trace, under_shim
from told_runs import HELPER, MAIN, START, ToldRuns
from twin import LOST

from ggmlviz.analysis.area_totals import area_totals
from ggmlviz.analysis.find_ops import find_ops, of_bin, spread_of
from ggmlviz.analysis.gaps import CAUSES, OPEN, gaps_of
from ggmlviz.analysis.level_of_detail import BLOCK, COARSER, FINE, MANY, TimeOfKinds
from ggmlviz.analysis.node_facts import FactsOfGraphs
from ggmlviz.analysis.op_lanes import kinds_of, op_lanes, places_of
from ggmlviz.analysis.query import BadQuery, parse
from ggmlviz.analysis.run_names import RunNames
from ggmlviz.analysis.thread_time import ThreadTime
from ggmlviz.analysis.time_range import TimeRange
from ggmlviz.format.recording import Recording
from ggmlviz.trace.live import LiveTrace

RUN = 170  # ns that a told run lasts: 150 of them in two nodes of 100 and 50


@pytest.fixture(scope="module")
def capture(models, tmp_path_factory):
    output = tmp_path_factory.mktemp("captures") / "small.ggmlviz"
    under_shim(llama(models.tiny, "--tokens", "8", "--threads", "2"), GGML_VIZ_OUTPUT=output)
    return open_trace(output)


def told(folder, runs: int = 3, every: int = 1000):
    made = ToldRuns()
    for number in range(runs):
        made.run(number * every)
    return made.trace(folder)


def slow_sums(begins, ends, kinds, count, low, high):
    sums = np.zeros(count, np.int64)
    for begin, end, kind in zip(begins.tolist(), ends.tolist(), kinds.tolist(), strict=True):
        sums[kind] += max(0, min(end, high) - max(begin, low))
    return sums


@pytest.mark.parametrize("many", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 1000])
def test_sums_of_kinds_are_exact(many):
    chance = np.random.default_rng(many)
    durations = chance.integers(0, 1000, many)
    ends = np.cumsum(durations + chance.integers(0, 50, many))  # with gaps
    kinds = chance.integers(0, 4, many).astype(np.uint8)
    sums = TimeOfKinds(ends, durations, kinds, 4)
    last = int(ends[-1]) if many else 100
    for _ in range(20):
        edges = np.sort(chance.integers(-10, last + 20, 7))
        expected = [slow_sums(ends - durations, ends, kinds, 4, *pair) for pair in pairwise(edges)]
        assert (sums.between(edges) == np.array(expected)).all()
    assert (sums.between(np.array([-1, last + 1]))[0] == np.bincount(kinds, durations, 4)).all()


@pytest.fixture(scope="module")
def many() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Ends, durations and kinds of so many that there are coarser sums of them, with pauses, some of them long."""
    chance = np.random.default_rng(7)
    durations = chance.integers(0, 2000, MANY * COARSER + 11)
    durations[chance.random(len(durations)) < 0.2] = 0
    pauses = chance.integers(0, 50, len(durations))
    pauses[[MANY, 2 * MANY + 5]] = 40_000_000, 90_000_000
    return np.cumsum(durations + pauses), durations, chance.integers(0, 4, len(durations)).astype(np.uint8)


def exactly(many, edges: np.ndarray) -> np.ndarray:
    """By sums over all of them; what an edge cuts counts in part."""
    ends, durations, kinds = many
    before = np.zeros((len(edges), 4), np.int64)
    for kind in range(4):
        mine = kinds == kind
        begins, sums = ends[mine] - durations[mine], np.concatenate([[0], np.cumsum(durations[mine])])
        at = np.searchsorted(ends[mine], edges, "right")
        cut = np.minimum(at, mine.sum() - 1)
        part = np.where(at < mine.sum(), np.maximum(edges - begins[cut], 0), 0)
        before[:, kind] = sums[at] + part
    return np.diff(before, axis=0)


@pytest.mark.parametrize("share", [1.0, 0.3, 0.02, 0.001])
def test_of_many_each_column_is_right_to_a_part_of_itself(many, share):
    """However much is in view: at its whole length two levels are coarse enough, close by all is exact."""
    ends = many[0]
    whole = int(ends[-1])
    begin = int(whole * 0.41 * (1 - share))
    edges = np.linspace(begin, begin + whole * share, 301).astype(np.int64)
    found, expected = TimeOfKinds(*many, 4).between(edges), exactly(many, edges)
    column = whole * share / 300
    assert np.abs(found - expected).max() <= 2 * column / FINE and found.min() >= 0
    assert (found[expected.sum(axis=1) == 0] == 0).all()  # in a pause there is nothing
    if share < 0.01:
        assert (found == expected).all()


def test_of_many_all_together_is_exact(many):
    ends, durations, kinds = many
    edges = np.linspace(-5, ends[-1] + 5, 201).astype(np.int64)
    assert (TimeOfKinds(*many, 4).between(edges).sum(axis=0) == np.bincount(kinds, durations, 4)).all()


@needs_llama
def test_sums_of_a_capture_are_exact(capture):
    (lane,) = op_lanes(capture)
    kinds = kinds_of(capture, lambda graph: np.arange(capture.graph(graph).nodes) % 5, 5)
    assert (kinds == capture.ops.node[:] % 5).all()
    sums = TimeOfKinds(lane.ends(capture), lane.durations(capture), kinds, 6)
    begins, ends = capture.ops.begin, capture.ops.end
    chance = np.random.default_rng(1)
    for _ in range(10):
        low, high = np.sort(chance.integers(begins[0], ends[-1], 2))
        expected = slow_sums(begins, ends, kinds, 6, int(low), int(high))
        assert (sums.between(np.array([low, high]))[0] == expected).all()


@needs_llama
def test_ops_in_view(capture):
    (lane,) = op_lanes(capture)
    begins, ends = capture.ops.begin, capture.ops.end
    chance = np.random.default_rng(2)
    for _ in range(50):
        low, high = (int(value) for value in np.sort(chance.integers(begins[0] - 1000, ends[-1] + 1000, 2)))
        inside = np.flatnonzero((ends > low) & (begins < high))
        first, last = lane.within(capture, TimeRange(low, high))
        assert list(range(first, last)) == inside.tolist()
        going_on = np.flatnonzero((begins <= low) & (low < ends))
        assert lane.at(capture, low) == (int(going_on[0]) if len(going_on) else None)


@needs_llama
def test_places(capture):
    places = places_of(capture, 0, len(capture.ops))
    assert (places.section == capture.ops.section).all()
    assert (places.run == capture.sections["run"][capture.ops.section]).all()
    some = places_of(capture, 100, 700)
    assert (some.section == places.section[100:700]).all() and (some.node == capture.ops.node[100:700]).all()


def test_work_and_wait_barrier_by_barrier(tmp_path):
    trace = told(tmp_path)
    main, helper = ThreadTime(trace, MAIN), ThreadTime(trace, HELPER)
    view = TimeRange(1000, 1000 + RUN)
    found = main.stretches(view)
    pairs = list(zip(found.begin.tolist(), found.end.tolist(), found.waiting.tolist(), strict=True))
    # It came after 70 and waited until 100, and came 30 after that.
    assert pairs == [(1000, 1070, False), (1070, 1100, True), (1100, 1130, False), (1130, 1150, True)]
    found = helper.stretches(view)
    pairs = list(zip(found.begin.tolist(), found.end.tolist(), found.waiting.tolist(), strict=True))
    assert pairs == [(1000, 1090, False), (1090, 1100, True), (1100, 1140, False), (1140, 1150, True)]
    assert (found.section == 1).all()


def test_a_view_inside_a_wait_shows_that_wait(tmp_path):
    thread = ThreadTime(told(tmp_path), MAIN)
    found = thread.stretches(TimeRange(1080, 1090))
    assert (found.begin.tolist(), found.end.tolist(), found.waiting.tolist()) == ([1070], [1100], [True])
    found = thread.stretches(TimeRange(1105, 1110))
    assert (found.begin.tolist(), found.end.tolist(), found.waiting.tolist()) == ([1100], [1130], [False])
    assert not len(thread.stretches(TimeRange(1160, 1900)).begin)


@needs_llama
def test_stretches_and_sections_agree(capture):
    sections = capture.sections
    everything = TimeRange(int(sections["begin"].min()), int(sections["end"].max()) + 10_000)
    for lane in np.unique(capture.parts["lane"]).tolist():
        thread = ThreadTime(capture, lane)
        found = thread.stretches(everything)
        lasted = found.end - found.begin
        assert (found.begin[1:] >= found.end[:-1]).all()
        spread = thread.spread(np.array(everything))[0]
        assert lasted.sum() == round(spread.sum())
        assert abs(int(lasted[found.waiting].sum()) - spread[1]) <= len(lasted)  # each wait is rounded to ns


def test_waits_in_columns_lie_at_their_places(tmp_path):
    thread = ThreadTime(told(tmp_path), MAIN)
    edges = np.array([1000, 1050, 1070, 1090, 1110, 1140, 1150, 1900, 2070])
    rows = thread.rows_within(TimeRange(1000, 2070), 1000)
    work, wait = thread.spread_closely(edges, rows).T
    assert work.tolist() == [50, 20, 0, 10, 20, 0, 0, 70] and wait.tolist() == [0, 0, 20, 10, 10, 10, 0, 0]
    assert thread.rows_within(TimeRange(1000, 2070), 1) is None


@needs_llama
def test_columns_are_the_sums_of_stretches(capture):
    sections = capture.sections
    view = TimeRange(int(sections["begin"][1]) + 5_000, int(sections["end"][2]) + 1_000)
    edges = np.linspace(*view, 301).astype(np.int64)
    for lane in np.unique(capture.parts["lane"]).tolist():
        thread = ThreadTime(capture, lane)
        found = thread.stretches(view)
        columns = thread.spread_closely(edges, thread.rows_within(view, 1 << 20))
        for waiting in (False, True):
            of = found.waiting == waiting
            kinds = np.zeros(int(of.sum()), int)
            begins, ends = found.begin[of], found.end[of]
            expected = [slow_sums(begins, ends, kinds, 1, *pair)[0] for pair in pairwise(edges.tolist())]
            # Of a wait that reaches behind its section, as of one that began before it, a part may be told as work.
            assert np.abs(columns[:, int(waiting)] - expected).sum() <= 0.01 * (view.end - view.begin)


def test_gaps(tmp_path):
    made = ToldRuns()
    end = made.run(0)
    made.twin.row(MAIN, START + 5000, LOST, flags=1, value=312)
    made.run(6000)
    gaps = gaps_of(made.trace(tmp_path))
    assert gaps[["lane", "begin", "end", "rows"]].tolist() == [(MAIN, end, 5000, 312)]
    assert CAUSES[gaps["cause"][0]] == "lost"
    assert not len(gaps_of(told(tmp_path)))
    assert OPEN > 1 << 62


def test_a_loss_is_where_it_was(tmp_path):
    """Also where its own row is not there any more, as in the newest part of a ring."""
    made = ToldRuns()
    made.run(0)
    made.twin.drop(MAIN, 312)
    path = made.write(tmp_path / "a")
    (gap,) = gaps_of(open_trace(path))
    assert (gap["rows"], gap["end"]) == (312, OPEN)  # nothing was written since
    made.twin.go_on(MAIN, START + 5000)
    made.run(6000)
    live = LiveTrace(Recording.open(made.write(tmp_path / "b")))
    for trace in (open_trace(tmp_path / "b"), live.trace):
        (gap,) = gaps_of(trace)
        assert (gap["rows"], gap["end"]) == (312, 5000) and trace.recording.loss.lost == 312
    assert not len(gaps_of(live.trace.since(5500)))  # the run behind it


@pytest.mark.parametrize(
    ("text", "ops"),
    [
        ("mul_mat", {"MUL_MAT"}),
        ("ffn_out", {"MUL_MAT"}),
        ("op:add", {"ADD"}),
        ("op:mul", set()),
        ("layer:3", {"MUL_MAT", "ADD"}),
        ("layer:4", set()),
        ("block:ffn op:add", {"ADD"}),
        (r"/^l_out-\d$/", {"ADD"}),
        ("dur>50ns", {"MUL_MAT"}),
        ("dur>=50ns", {"MUL_MAT", "ADD"}),
        ("dur<0.1us", {"ADD"}),
        ("dur<=100ns dur>0.05us", {"MUL_MAT"}),
    ],
)
def test_find(tmp_path, text, ops):
    trace = told(tmp_path)
    found = find_ops(trace, FactsOfGraphs(trace), parse(text))
    names = [["MUL_MAT", "ADD"][node] for node in trace.ops.node[found.at]]
    assert set(names) == ops and len(names) == 3 * len(ops)
    assert (np.diff(found.at.astype(np.int64)) > 0).all()


@pytest.mark.parametrize("text", ["", "  ", "dur>5", "dur>xms", "dur>1.2.3ms", "layer:five", "/(/"])
def test_nonsense_is_refused(text):
    with pytest.raises(BadQuery):
        parse(text)


def test_spread_of_durations(tmp_path):
    trace = told(tmp_path)
    found = find_ops(trace, FactsOfGraphs(trace), parse("layer:3"))
    spread = spread_of(trace, found, bins=10)
    assert spread.counts.sum() == 6 and spread.total == 450 and spread.longest == 100
    assert spread.counts[0] == 3 and spread.counts[-1] == 3
    assert (trace.ops.duration[of_bin(trace, found, spread, 9).at] == 100).all()
    assert spread_of(trace, find_ops(trace, FactsOfGraphs(trace), parse("nowhere"))) is None


def test_area(tmp_path):
    trace = told(tmp_path)
    rows = area_totals(trace, FactsOfGraphs(trace), TimeRange(1090, 2120))
    assert [(row.name, row.count, row.time) for row in rows] == [("MUL_MAT", 2, 10 + 100), ("ADD", 2, 50 + 20)]
    assert rows[0].mean == 55 and rows[0].share == 110 / 180
    by_tensor = area_totals(trace, FactsOfGraphs(trace), TimeRange(0, 10_000), "tensor")
    assert [(row.name, row.time) for row in by_tensor] == [("MUL_MAT ffn_out-3", 300), ("ADD l_out-3", 150)]
    assert area_totals(trace, FactsOfGraphs(trace), TimeRange(500, 600)) == []


@needs_llama
def test_an_area_of_everything_is_all_time(capture):
    rows = area_totals(capture, FactsOfGraphs(capture), TimeRange(0, 1 << 60))
    assert sum(row.time for row in rows) == capture.ops.duration.sum()
    assert sum(row.count for row in rows) == len(capture.ops)


def test_names_of_runs(tmp_path):
    made = ToldRuns()
    made.run(0, tokens=5)
    made.run(1000)
    made.run(2000)
    made.run(3000, described=False)
    names = RunNames(made.trace(tmp_path))
    assert [names.of(run) for run in range(4)] == ["prompt · 5 tokens", "token 1", "token 2", "run 4"]


@needs_llama
def test_ends_of_some_ops_are_those_of_the_column(capture):
    count, path = len(capture.ops), capture.recording.path
    for first, last in ((0, 1), (0, 500), (700, 701), (count // 2, count - 10), (count - 3, count)):
        fresh = open_trace(path)
        assert (fresh.ops.ends(first, last) == capture.ops.end[first:last]).all()
        assert "end" not in vars(fresh.ops)

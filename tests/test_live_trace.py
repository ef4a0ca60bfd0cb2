"""A trace that grows says of everything that has ended what the finished trace says of it."""

import random

import numpy as np
import pytest
from replay import Replay
from support import llama, needs_llama, open_trace, traced, under_shim
from told_runs import HELPER, MAIN, ToldRuns
from twin import MARK, RUN_BEGIN, THREAD, TSC, Twin

from ggmlviz.analysis.totals import lane_name
from ggmlviz.format.layout import RowKind
from ggmlviz.format.recording import Recording
from ggmlviz.trace.live import LiveTrace
from ggmlviz.trace.trace import Trace

TABLES = ("runs", "sections", "splits", "transfers", "syncs", "buffers")
COLUMNS = ("end", "duration", "wait", "flags", "node")
TIMES = ("begin", "end", "own", "work", "wait", "duration")
EXACT_NS = 5_000  # a live clock goes on from where it is: this far it may be from what is known at the end


def same(live: Trace, whole: Trace, exact: int) -> None:
    for name in TABLES:
        same_tables(getattr(live, name), getattr(whole, name), exact)
    order = ["lane", "section"]
    same_tables(np.sort(live.parts, order=order), np.sort(whole.parts, order=order), exact)
    for name in COLUMNS:
        close(getattr(live.ops, name), getattr(whole.ops, name), exact if name in TIMES else 0)
    assert sorted(map(told, live.patterns)) == sorted(map(told, whole.patterns))


def same_tables(a: np.ndarray, b: np.ndarray, exact: int) -> None:
    assert len(a) == len(b)
    for field in a.dtype.names:
        close(a[field], b[field], exact if field in TIMES else 0)


def close(a: np.ndarray, b: np.ndarray, exact: int) -> None:
    assert len(a) == len(b)
    assert not len(a) or int(np.abs(np.asarray(a, np.int64) - np.asarray(b, np.int64)).max()) <= exact


def told(pattern) -> tuple:
    nodes = None if pattern.nodes is None else pattern.nodes.tolist()
    return pattern.graph, pattern.sections.tolist(), pattern.computed, pattern.fused.tolist(), pattern.finished, nodes


@pytest.fixture(scope="module")
def recorded(models, tmp_path_factory):
    path = tmp_path_factory.mktemp("live") / "a.ggmlviz"
    return traced(llama(models.tiny, "--tokens", 40, "--threads", 2, "--repeat", 3), path)[1]


@needs_llama
@pytest.mark.parametrize("seed", range(6))
def test_however_it_comes(recorded, seed):
    chance = random.Random(seed)
    replay = Replay(recorded.recording.path, chance)
    live = LiveTrace(replay)
    moments = sorted(chance.choices(replay.moments.tolist(), k=chance.choice([1, 7, 60])))
    for moment in moments:
        replay.upto = moment
        live.advance()
        now = live.trace
        # what was told once stays
        runs = recorded.runs[np.isin(recorded.runs["number"], now.runs["number"])]
        same_tables(now.runs, runs, EXACT_NS)
        assert (recorded.clock.ns(np.uint64(moment)) + EXACT_NS >= now.runs["end"]).all()
    replay.upto = int(replay.moments[-1])
    live.advance()
    live.advance(ended=True)
    same(live.trace, recorded, EXACT_NS)


@needs_llama
def test_snapshots_never_change(recorded):
    replay = Replay(recorded.recording.path)
    live, before = LiveTrace(replay), None
    for moment in replay.moments[:: len(replay.moments) // 20].tolist():
        replay.upto = moment
        live.advance()
        if before is not None:
            kept, copies, ends = before
            for name, copy in copies.items():
                assert np.array_equal(getattr(kept, name), copy), name
            assert np.array_equal(kept.ops.end, ends)
        copies = {name: getattr(live.trace, name).copy() for name in (*TABLES, "parts")}
        before = live.trace, copies, live.trace.ops.end.copy()


@needs_llama
def test_a_limited_history(recorded):
    replay = Replay(recorded.recording.path)
    limit = len(replay.moments) // 4
    live = LiveTrace(replay, limit)
    for moment in replay.moments[:: len(replay.moments) // 50].tolist():
        replay.upto = moment
        live.advance()
        assert sum(len(lane) for lane in live.trace.lanes) < 2 * limit
    replay.upto = int(replay.moments[-1])
    live.advance()
    live.advance(ended=True)
    now = live.trace
    kept = np.isin(recorded.runs["number"], now.runs["number"])
    assert 0 < kept.sum() < len(kept) / 2
    assert kept[kept.argmax() :].all()
    close(now.runs["begin"], recorded.runs["begin"][kept], EXACT_NS)
    sections = kept[recorded.sections["run"]]
    close(now.sections["executions"], recorded.sections["executions"][sections], 0)
    of = sections[recorded.ops.section]
    for name in COLUMNS:
        close(getattr(now.ops, name), getattr(recorded.ops, name)[of], EXACT_NS if name in TIMES else 0)
    parts = recorded.parts[sections[recorded.parts["section"]]]
    assert sorted(now.parts["barriers"].tolist()) == sorted(parts["barriers"].tolist())
    assert lane_name(now, 0) == lane_name(recorded, 0)
    # positions are of the rows that are kept
    for run in now.runs:
        kinds = now.lanes[run["lane"]].kinds
        assert (kinds[run["first_row"]], kinds[run["last_row"]]) == (RowKind.RUN_BEGIN, RowKind.RUN_END)


@needs_llama
def test_a_file_that_is_written(models, tmp_path):
    """The real reader on a real file, as often as there is something new."""
    path = tmp_path / "b.ggmlviz"
    under_shim(llama(models.tiny, "--tokens", 20), GGML_VIZ_OUTPUT=path)
    live = LiveTrace(Recording.open(path))
    live.advance(ended=True)
    same(live.trace, open_trace(path), EXACT_NS)


def test_what_goes_on_is_not_told(tmp_path):
    runs = ToldRuns()
    end = runs.run(100)
    runs.run(end + 50)
    path = runs.write(tmp_path / "told.ggmlviz")
    replay = Replay(path)
    live = LiveTrace(replay)
    times = open_trace(path).runs["end"]
    replay.upto = 1000 + int(times[1]) - 1
    live.advance()
    assert live.trace.runs["number"].tolist() == [0]
    replay.upto = 1000 + int(times[1])
    live.advance()
    assert live.trace.runs["number"].tolist() == [0, 1]
    same(live.trace, open_trace(path), 0)
    assert not live.advance()


def test_rows_that_were_overwritten(tmp_path):
    """In a ring that goes round between two looks every row is read or counted."""
    path = tmp_path / "ring"
    twin = Twin(mode=2, places=6)
    twin.row(0, 1000, THREAD, value=0)
    for number in range(100):
        twin.row(0, 1001 + number, MARK, value=number)
    path.write_bytes(twin.bytes())
    live = LiveTrace(Recording.open(path))
    assert live.rows == 101 and live.missed == 0
    for number in range(100, 5000):
        twin.row(0, 1001 + number, MARK, value=number)
    path.write_bytes(twin.bytes())
    live.advance()
    assert live.missed > 0
    assert live.rows + live.missed == 5001
    assert live.trace.recording.loss.overwritten == live.missed


def test_a_lane_that_is_heard_of_later(tmp_path):
    """Lanes go by their numbers, whichever is seen first."""
    runs = ToldRuns()
    twin = runs.twin
    runs.run(0)
    path = runs.write(tmp_path / "two.ggmlviz")
    replay = Replay(path)
    hidden = replay._lanes.pop(MAIN)
    replay.upto = int(replay.moments[-1])
    live = LiveTrace(replay)
    live.advance()
    assert not len(live.trace.runs)
    replay._lanes[MAIN] = hidden
    replay._lanes = dict(sorted(replay._lanes.items()))
    live.advance()
    live.advance(ended=True)
    assert live.trace.runs["lane"].tolist() == [MAIN]
    assert [lane.number for lane in live.trace.lanes] == [MAIN, HELPER]
    assert twin.written[HELPER] == len(live.trace.lanes[HELPER])


def test_an_uncalibrated_clock_waits(tmp_path):
    """Before the clocks were read twice no time can be told; at the end it is told in ticks."""
    twin = Twin(clock=TSC)
    twin.row(0, 1000, RUN_BEGIN, value=0)
    twin.row(0, 2000, 4, value=0)
    path = tmp_path / "t.ggmlviz"
    path.write_bytes(twin.bytes())
    live = LiveTrace(Recording.open(path))
    assert not len(live.trace.runs)
    live.advance(ended=True)
    assert live.trace.runs["end"].tolist() == [1000]


@needs_llama
def test_the_newest_part(recorded):
    """A state of a growing trace can be cut: what is left is the same, otherwise counted."""
    replay = Replay(recorded.recording.path)
    replay.upto = int(replay.moments[-1])
    live = LiveTrace(replay)
    live.advance(ended=True)
    whole = live.trace
    for number in (0, 1, len(whole.runs) // 2, len(whole.runs) - 1):
        begin = int(whole.runs["begin"][number])
        part = whole.since(begin)
        kept = whole.runs["end"] > begin
        assert part.runs["number"].tolist() == whole.runs["number"][kept].tolist()
        sections = kept[whole.sections["run"]]
        close(part.sections["executions"], whole.sections["executions"][sections], 0)
        for name in COLUMNS:
            close(getattr(part.ops, name), getattr(whole.ops, name)[sections[whole.ops.section]], 0)
        same_tables(part.parts, moved(whole.parts[sections[whole.parts["section"]]], part, whole, sections), 0)
        assert sum(len(pattern.sections) for pattern in part.patterns) == len(part.sections)
        for run in part.runs:
            kinds = part.lanes[run["lane"]].kinds
            assert (kinds[run["first_row"]], kinds[run["last_row"]]) == (RowKind.RUN_BEGIN, RowKind.RUN_END)
        assert lane_name(part, 1) == lane_name(whole, 1)
        # the tables can be made anew from the rows that are left
        again = Trace(part.recording, part.lanes)
        same_tables(part.sections, again.sections, 0)


def moved(parts: np.ndarray, part: Trace, whole: Trace, sections: np.ndarray) -> np.ndarray:
    parts = parts.copy()
    parts["section"] = (np.cumsum(sections) - 1)[parts["section"]]
    cut = np.array([len(a) - len(b) for a, b in zip(whole.lanes, part.lanes, strict=True)])
    parts["first_row"] -= cut[parts["lane"]]
    return parts

"""A cut of a trace is a sound trace, and says of its range what the original says of it."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from support import assert_whole, llama, needs_llama, open_trace, traced
from twin import CLOSED, MARK, NODE, RING, RUN_BEGIN, THREAD, Twin

from ggmlviz.errors import DamagedTrace, GgmlVizError, NotATrace, UnsuitableTrace
from ggmlviz.export.trim import trim
from ggmlviz.format.recording import Recording
from ggmlviz.trace.summary import summarise
from ggmlviz.trace.trace import Trace
from ggmlviz.trace.unfinished import unfinished_runs
from ggmlviz.trace.validate import validate

RUN_END, CPU_BEGIN, CPU_END, BARRIER, POOL, FAULTS, RSS, SYNC = 4, 7, 8, 10, 11, 12, 13, 16
ALWAYS = 1e6


@pytest.fixture(scope="module")
def original(models, tmp_path_factory) -> Trace:
    path = tmp_path_factory.mktemp("original") / "a.ggmlviz"
    return traced(llama(models.tiny, "--tokens", 30, "--threads", 2), path)[1]


def cut(trace: Trace, first: int, last: int, output: Path) -> Trace:
    """From the begin of one run to just before the begin of another."""
    begins = np.sort(trace.runs["begin"])
    trim(trace.recording.path, begins[first] / 1e9, begins[last] / 1e9, output)
    return open_trace(output)


def same(a: np.ndarray, b: np.ndarray, *without: str) -> None:
    for field in set(a.dtype.names) - set(without):
        assert np.array_equal(a[field], b[field]), field


@needs_llama
def test_numbers_of_the_range(original, tmp_path):
    part = cut(original, 5, 20, tmp_path / "b.ggmlviz")
    assert_whole(part)
    kept = np.flatnonzero(np.isin(original.runs["number"], part.runs["number"]))
    assert len(kept) == 15
    same(original.runs[kept], part.runs, "first_row", "last_row")
    sections = np.isin(original.sections["run"], kept)
    same(original.sections[sections], part.sections, "run", "first_row", "last_row", "first_execution")
    same(original.executions[sections[original.executions["section"]]], part.executions, "section")
    same(original.parts[sections[original.parts["section"]]], part.parts, "section", "first_row")
    same(original.phases[kept], part.phases)
    inside = (original.splits["begin"] >= part.runs["begin"].min()) & (original.splits["end"] <= part.runs["end"].max())
    same(original.splits[inside], part.splits)
    begin, end = np.sort(original.runs["begin"])[[5, 20]]
    for name in ("transfers", "syncs"):
        table = getattr(original, name)
        same(table[(table["begin"] >= begin) & (table["begin"] < end)], getattr(part, name))


@needs_llama
def test_definitions_and_identity_stay(original, tmp_path):
    part = cut(original, 5, 20, tmp_path / "b.ggmlviz")
    same(original.buffers, part.buffers)
    assert part.recording.experiment == original.recording.experiment and part.recording.closed
    assert part.recording.started == original.recording.started
    assert part.definitions.strings[: len(original.definitions.strings)] == original.definitions.strings
    assert part.definitions.meta.pop("trimmed from").startswith("a.ggmlviz, ")


@needs_llama
def test_the_whole_again_and_onto_itself(original, tmp_path):
    trim(original.recording.path, 0, ALWAYS, tmp_path / "b.ggmlviz")
    trim(tmp_path / "b.ggmlviz", 0, ALWAYS, tmp_path / "b.ggmlviz")
    part = open_trace(tmp_path / "b.ggmlviz")
    assert_whole(part)
    same(original.executions, part.executions)
    assert list(tmp_path.iterdir()) == [tmp_path / "b.ggmlviz"]


@needs_llama
def test_command(original, tmp_path):
    command = [sys.executable, "-m", "ggmlviz.cli", "trim", str(original.recording.path), "-o", str(tmp_path / "b")]
    done = subprocess.run([*command, "--to", "1e6"], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and f"{len(original.runs)} graph runs" in done.stderr
    done = subprocess.run([*command, "--from", "1e6"], capture_output=True, text=True, check=False)
    assert done.returncode == UnsuitableTrace.exit_code and "its runs begin between" in done.stderr
    assert validate(Recording.open(tmp_path / "b")).good


def runs_of_twin(twin: Twin, numbers: range) -> None:
    """Each 100 ns long, with one section, from 1000 ns after the trace's start times its number on."""
    for n in numbers:
        at = 1000 + 1000 * n
        for time, kind, value in ((0, RUN_BEGIN, n), (10, CPU_BEGIN, 0), (50, NODE, 5), (60, CPU_END, 1)):
            twin.row(0, at + time, kind, extra=1 if kind == CPU_BEGIN else 0, value=value)
        for time, kind, value in ((100, RUN_END, n), (100, FAULTS, 3), (100, RSS, 4096), (500, MARK, n)):
            twin.row(0, at + time, kind, value=value)


def saved(twin: Twin, path: Path) -> Path:
    path.write_bytes(twin.bytes())
    return path


def test_what_is_cut_and_what_holds_on(tmp_path):
    twin = Twin()
    twin.row(0, 1000, THREAD, value=7)
    runs_of_twin(twin, range(10))
    twin.row(0, 20_000, RUN_BEGIN, value=10)  # killed in its last run
    path = saved(twin, tmp_path / "a")
    assert trim(path, 2.5e-6, 5.1e-6, tmp_path / "b") == 3
    (lane,) = Recording.open(tmp_path / "b").lanes
    (rows,) = (piece.rows for piece in lane.pieces)
    whole_run = [RUN_BEGIN, CPU_BEGIN, NODE, CPU_END, RUN_END, FAULTS, RSS, MARK]
    assert rows["kind"].tolist() == [THREAD, MARK, *whole_run, *whole_run, *whole_run[:-1]]
    assert rows["value"][0] == 7 and rows["time"][0] == rows["time"][1]
    part = open_trace(tmp_path / "b")
    assert part.runs["number"].tolist() == [3, 4, 5] and part.runs["minor_faults"].tolist() == [3, 3, 3]
    assert part.recording.closed and not part.recording.loss.damaged
    assert trim(path, 0, ALWAYS, tmp_path / "c") == 10
    assert not list(open_trace(tmp_path / "c").recording.problems)


def test_the_run_that_went_on_at_the_end_is_kept(tmp_path):
    twin = Twin()
    twin.row(1, 900, THREAD, value=8)
    twin.row(1, 900, POOL, value=0x5000)
    twin.row(0, 900, POOL, value=0x5000)
    runs_of_twin(twin, range(3))
    twin.row(0, 20_000, RUN_BEGIN, value=3)
    twin.row(0, 20_010, CPU_BEGIN, flags=1, extra=2, value=0)
    for node in range(4):
        twin.row(0, 20_100 + 100 * node, NODE, extra=node, value=10)
        twin.row(1, 20_100 + 100 * node, BARRIER, value=20)
    path = saved(twin, tmp_path / "a")
    assert trim(path, 1.5e-6, ALWAYS, tmp_path / "b") == 1
    first, second = Recording.open(tmp_path / "b").lanes
    rows = np.concatenate([piece.rows for piece in first.pieces])
    assert rows["kind"][-6:].tolist() == [RUN_BEGIN, CPU_BEGIN, NODE, NODE, NODE, NODE]
    assert np.concatenate([piece.rows for piece in second.pieces])["kind"].tolist() == [THREAD, POOL, *[BARRIER] * 4]
    for trace in (open_trace(path), open_trace(tmp_path / "b")):
        (run,) = unfinished_runs(trace)
        assert (run["number"], run["nodes"], run["lane"]) == (3, 4, 0)
        assert run["begin"] == trace.clock.ns(np.array([20_000]))[0]
        assert not validate(trace.recording).problems
        assert summarise(trace.recording).unfinished_runs == [
            f"run 3 had not ended: begun at {run['begin'] / 1e9:.3f} s, 4 nodes computed"
        ]
    # but not where the range ends before: then it is what came later
    assert trim(path, 0, 2e-6, tmp_path / "c") == 2
    assert not len(unfinished_runs(open_trace(tmp_path / "c")))
    (only,) = Recording.open(tmp_path / "c").lanes
    assert np.concatenate([piece.rows for piece in only.pieces])["kind"][-1] != NODE


def test_a_ring_loses_only_what_the_range_lost(tmp_path):
    twin = Twin(mode=RING, places=4)
    runs_of_twin(twin, range(300))
    path = saved(twin, tmp_path / "a")
    overwritten = Recording.open(path).loss.overwritten
    begins = open_trace(path).runs["begin"]
    assert overwritten and trim(path, begins[1] / 1e9, ALWAYS, tmp_path / "b")
    assert not any(Recording.open(tmp_path / "b").loss)
    trim(path, 0, ALWAYS, tmp_path / "c")
    assert Recording.open(tmp_path / "c").loss.lost == overwritten


def test_bad_input(tmp_path):
    twin = Twin()
    (tmp_path / "other").write_bytes(b"something else, and long enough to be looked at")
    saved(twin.close(), tmp_path / "empty")
    (tmp_path / "short").write_bytes((tmp_path / "empty").read_bytes()[:100])
    for name, error in (("other", NotATrace), ("empty", UnsuitableTrace), ("short", DamagedTrace)):
        with pytest.raises(error):
            trim(tmp_path / name, 0, ALWAYS, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    runs = Twin()
    runs_of_twin(runs, range(3))
    with pytest.raises(GgmlVizError, match="cannot be written"):
        trim(saved(runs, tmp_path / "good"), 0, ALWAYS, tmp_path / "missing" / "out")


def test_a_truncated_trace_keeps_what_it_has(tmp_path):
    twin = Twin()
    runs_of_twin(twin, range(300))
    data = twin.close().bytes()
    (tmp_path / "a").write_bytes(data[: len(data) - 6000])
    assert twin.state == CLOSED and trim(tmp_path / "a", 0, ALWAYS, tmp_path / "b") > 100
    loss = Recording.open(tmp_path / "b").loss
    assert loss.lost == Recording.open(tmp_path / "a").loss.damaged > 0 and not loss.damaged
    assert trim(tmp_path / "a", 0, 50e-6, tmp_path / "c") == 50
    assert not any(Recording.open(tmp_path / "c").loss)

"""However a program ends, its trace opens, is without a contradiction, and holds every row that was written.

The moments of the kills are random but the same on every run: the seed is here. Which instruction a kill finds is not.
"""

from __future__ import annotations

import os
import random
import select
import shutil
import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest
from native_support import NATIVE, RING, compile_program, find_ggml, traced
from support import environment, llama, needs_llama

from ggmlviz.capture.shim import find_shim
from ggmlviz.errors import DamagedTrace, NotATrace
from ggmlviz.format.layout import RowKind, Status
from ggmlviz.format.recording import Recording
from ggmlviz.trace.trace import Trace
from ggmlviz.trace.validate import validate

SEED = 20261120
SECONDS = 60
MOST_LANES = 8
WRITER_KILLS = {"file": 30, "ring": 15}
LLAMA_KILLS = {"file": 30, "ring": 8}
GRAPHS = 5


def kill(process: subprocess.Popen) -> None:
    process.send_signal(signal.SIGKILL)
    assert process.wait(SECONDS) == -signal.SIGKILL, "it had ended before it was killed"


def read_line(stream) -> str:
    ready, _, _ = select.select([stream], [], [], SECONDS)
    assert ready, "the program says nothing"
    return stream.readline()


def open_unharmed(path: Path) -> Recording:
    """A trace of a killed program: whatever is in it is sound."""
    recording = Recording.open(path)
    assert list(recording.problems) == []
    assert validate(recording).problems == []
    assert recording.loss.lost == recording.loss.damaged == recording.loss.definitions == 0
    return recording


# --- rows of which we know when they were written


@pytest.fixture(scope="module")
def writer(tmp_path_factory) -> Path:
    return compile_program(tmp_path_factory.mktemp("native") / "writer", ["writer.c"], "-O2", csrc=RING)


@pytest.mark.parametrize("mode", WRITER_KILLS)
def test_no_row_written_before_a_kill_is_missing(writer, mode, tmp_path):
    moments = random.Random(f"{SEED} {mode}")
    for number in range(WRITER_KILLS[mode]):
        trace, progress, lanes = tmp_path / f"{number}.ggmlviz", tmp_path / f"{number}.progress", number % 3 + 1
        command = [str(writer), str(trace), str(progress), mode, str(lanes)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert read_line(process.stdout) == "writing\n"
            time.sleep(moments.uniform(0, 0.03))
            kill(process)
        check_written(open_unharmed(trace), np.fromfile(progress, np.uint64), lanes, mode)
        trace.unlink()


def check_written(recording: Recording, progress: np.ndarray, lanes: int, mode: str) -> None:
    assert not recording.closed
    assert len(recording.lanes) == lanes
    for lane in recording.lanes:
        written = int(progress[lane.number])
        assert written <= lane.end <= written + 1  # one row more, if it was not yet noted
        assert lane.pieces
        for piece in lane.pieces:
            assert np.array_equal(piece.rows["value"], np.arange(piece.first, piece.end))
            assert (piece.rows["kind"] == RowKind.MARK).all()
        if mode == "file":
            assert lane.overwritten == 0
            assert lane.pieces[0].first == 0
            assert not lane.gaps
    strings, defined = recording.definitions.strings, int(progress[MOST_LANES])
    assert defined <= len(strings) <= defined + 1
    assert strings == [f"text {number}" for number in range(len(strings))]


# --- a real program


@needs_llama
@pytest.mark.parametrize("mode", LLAMA_KILLS)
def test_a_killed_llama_leaves_a_good_trace(models, mode, tmp_path):
    """From before the model is loaded until the middle of generating."""
    moments = random.Random(f"{SEED} llama {mode}")
    for number in range(LLAMA_KILLS[mode]):
        output = tmp_path / f"{number}.ggmlviz"
        settings = {"GGML_VIZ_OUTPUT": output} if mode == "file" else {"GGML_VIZ_RING_MB": 2}
        command = llama(models.tiny, "--threads", number % 2 + 1, "--repeat", 100000, "--tokens", 50)
        with subprocess.Popen(
            command,
            env=environment([find_shim()], **settings),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            trace = output if mode == "file" else Path(f"/dev/shm/ggmlviz-{process.pid}")
            try:
                if number % 3:
                    assert read_line(process.stderr) == "READY\n"
                else:
                    wait_until_it_exists(trace, process)
                time.sleep(moments.uniform(0, 0.12))
                kill(process)
                check_killed(trace, generating=number % 3 > 0)
            finally:
                process.kill()
                trace.unlink(missing_ok=True)


def wait_until_it_exists(trace: Path, process: subprocess.Popen) -> None:
    deadline = time.monotonic() + SECONDS
    while not trace.exists():
        assert process.poll() is None, "the program ended without a trace"
        assert time.monotonic() < deadline, "there is no trace"
        time.sleep(0.0002)


def check_killed(path: Path, generating: bool) -> None:
    try:
        recording = Recording.open(path)
    except (NotATrace, DamagedTrace):
        # Killed before the header was whole, which no row can be written ahead of.
        assert not generating
        assert path.read_bytes()[:8] in (b"", bytes(8))
        return
    assert list(recording.problems) == []
    assert validate(recording).problems == []
    assert recording.loss.damaged == recording.loss.definitions == 0
    assert not recording.closed
    trace = Trace(recording)
    for lane in trace.lanes:
        assert (np.diff(lane.rows["time"].astype(np.int64)) >= 0).all()
    for run in trace.runs:
        assert run["graph"] >= 0 and trace.graph(int(run["graph"])).complete
    assert (trace.executions["end"] >= trace.executions["begin"]).all()


# --- other ends


@pytest.fixture(scope="module")
def endings(tmp_path_factory) -> Path:
    target = tmp_path_factory.mktemp("native") / "endings"
    return compile_program(target, ["endings.c"], "-O1", f"-I{NATIVE}", *find_ggml().link_flags())


CODES = {
    "return": 0,
    "exit": 0,
    "_exit": 0,
    "quick_exit": 0,
    "exec": 0,
    "abort": -signal.SIGABRT,
    "segv": -signal.SIGSEGV,
    "term": -signal.SIGTERM,
    "kill": -signal.SIGKILL,
}


def run_ending(program: Path, ending: str, output: Path) -> subprocess.CompletedProcess:
    command = [str(program), ending, str(GRAPHS)]
    return subprocess.run(command, env=traced(output), capture_output=True, text=True, timeout=SECONDS)


@pytest.mark.parametrize("ending", CODES)
def test_every_graph_computed_before_the_end_is_there(endings, ending, tmp_path):
    done = run_ending(endings, ending, tmp_path / "trace.ggmlviz")
    assert done.returncode == CODES[ending]
    assert done.stderr == ""
    recording = open_unharmed(tmp_path / "trace.ggmlviz")
    assert recording.closed == (ending in ("return", "exit"))
    trace = Trace(recording)
    assert len(trace.runs) == GRAPHS
    assert len(trace.executions) == 20 * GRAPHS
    assert (trace.executions["node"] >= 0).all()
    begun = sum(len(lane.of(RowKind.RUN_BEGIN)) for lane in trace.lanes)
    computed = sum(len(lane.of(RowKind.NODE)) for lane in trace.lanes)
    if ending != "return":  # and half of one more
        assert begun == GRAPHS + 1
        assert computed == 20 * GRAPHS + 10
    assert [path.name for path in tmp_path.iterdir()] == ["trace.ggmlviz"]


def test_a_program_that_becomes_another_leaves_both_traces(endings, tmp_path):
    done = run_ending(endings, "exec-self", tmp_path / "trace.ggmlviz")
    assert done.returncode == 0
    traces = sorted(tmp_path.iterdir(), key=lambda path: len(path.name))
    assert len(traces) == 2
    before, after = map(open_unharmed, traces)
    assert (before.closed, after.closed) == (False, True)
    assert before.pid == after.pid
    assert len(Trace(before).runs) == len(Trace(after).runs) == GRAPHS


def test_a_child_forked_in_the_middle_of_a_graph_does_not_write_on_in_its_parents_trace(endings, tmp_path):
    output = tmp_path / "trace.ggmlviz"
    done = run_ending(endings, "fork", output)
    assert done.returncode == 0
    recording = open_unharmed(output)
    assert recording.closed
    assert len(Trace(recording).runs) == GRAPHS + 1


def test_an_exception_that_passes_through_a_graph_ends_it(tmp_path):
    """The program catches it and computes on."""
    if not shutil.which("c++"):
        pytest.skip("there is no C++ compiler")
    flags = [f"-I{NATIVE}", "-O1", *find_ggml().link_flags()]
    program, output = tmp_path / "throws", tmp_path / "trace.ggmlviz"
    subprocess.run(["c++", str(NATIVE / "throws.cpp"), "-o", str(program), *flags], check=True, timeout=SECONDS)
    done = subprocess.run([str(program)], env=traced(output), capture_output=True, text=True, timeout=SECONDS)
    assert (done.returncode, done.stdout, done.stderr) == (0, "caught\n0\n0\n", "")
    recording = open_unharmed(output)
    trace = Trace(recording)
    assert trace.runs["status"].tolist() == [Status.FAILED, Status.SUCCESS, Status.SUCCESS]
    assert trace.sections["status"].tolist() == [Status.FAILED, Status.SUCCESS, Status.SUCCESS]


# --- files that were cut


@pytest.fixture(scope="module")
def good(endings, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("good") / "trace.ggmlviz"
    assert run_ending(endings, "exit", path).returncode == 0
    return path


def boundaries(path: Path) -> list[int]:
    """Inside, at, and beside everything that has a border: header, segments, their headers, rows, definitions."""
    header = Recording.open(path).header
    size, segment = path.stat().st_size, header["segment_bytes"]
    borders = {0, 8, 12, 16, 96, 160, header["header_bytes"], size}
    for begin in range(header["header_bytes"], size, segment):
        borders |= {begin + offset for offset in (0, 8, 40, 64, 64 + 16, 64 + 16 * 7, segment // 2)}
    cuts = {border + beside for border in borders for beside in (-8, -1, 0, 1, 8)}
    return sorted(cut for cut in cuts if 0 <= cut <= size)


def test_a_file_that_was_cut_opens_as_far_as_it_goes(good, tmp_path):
    whole, rows = good.read_bytes(), rows_by_lane(Recording.open(good))
    strings = Recording.open(good).definitions.strings
    for cut in boundaries(good):
        path = tmp_path / "cut.ggmlviz"
        path.write_bytes(whole[:cut])
        try:
            recording = Recording.open(path)
        except (NotATrace, DamagedTrace) as error:
            assert cut < 4096
            assert str(path) in str(error)
            continue
        left = rows_by_lane(recording)
        for lane, kept in left.items():
            assert kept == rows[lane][: len(kept)]
        assert recording.definitions.strings == strings[: len(recording.definitions.strings)]
        if left != rows or len(recording.definitions.strings) < len(strings):
            assert validate(recording).problems, f"nothing is said of what is missing behind byte {cut}"
        assert len(Trace(recording).runs) <= GRAPHS


def rows_by_lane(recording: Recording) -> dict[int, bytes]:
    return {lane.number: b"".join(piece.rows.tobytes() for piece in lane.pieces) for lane in recording.lanes}


def test_nothing_of_ours_is_left_in_shared_memory():
    assert not [name for name in os.listdir("/dev/shm") if name.startswith("ggmlviz-test-")]

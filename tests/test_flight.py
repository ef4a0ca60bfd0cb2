"""`save`, `record` and `ps --clean`: what is done with rings beside looking at them."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from live_support import generating
from support import SECONDS, needs_llama, open_trace, run, succeed, wait_for
from test_capture_rings import NO_PROCESS, header_page
from twin import MARK, RING, THREAD, Twin

from ggmlviz.capture import rings
from ggmlviz.capture.record import Recorder
from ggmlviz.capture.rings import RingState
from ggmlviz.errors import GgmlVizError
from ggmlviz.format.layout import RowKind
from ggmlviz.format.recording import Recording
from ggmlviz.trace.unfinished import unfinished_runs
from ggmlviz.trace.validate import validate

GGML_VIZ = [sys.executable, "-m", "ggmlviz.cli"]


@pytest.fixture
def program(models):
    with generating(models.tiny) as program:
        yield program


def problems(path) -> list[str]:
    return validate(Recording.open(path)).problems


@needs_llama
def test_save(program, tmp_path):
    path = tmp_path / "a.ggmlviz"
    succeed([*GGML_VIZ, "save", str(program.pid), "-o", str(path)])
    trace = open_trace(path)
    assert not problems(path) and len(trace.runs) >= 20
    assert trace.definitions.meta["saved from"] == str(program.ring)


@needs_llama
def test_save_the_last_second(program, tmp_path):
    path = tmp_path / "a.ggmlviz"
    succeed([*GGML_VIZ, "save", str(program.pid), "--last", "0.05", "-o", str(path)])
    runs = open_trace(path).runs
    assert len(runs) and runs["end"].max() - runs["begin"].min() <= 0.05e9
    assert not problems(path)


@needs_llama
def test_a_ring_that_went_round_is_saved_without_loss(models, tmp_path):
    with generating(models.tiny, GGML_VIZ_RING_MB=1) as program:
        wait_for(lambda: Recording.open(program.ring).loss.overwritten, "the ring to go round")
        path = tmp_path / "a.ggmlviz"
        succeed([*GGML_VIZ, "save", str(program.pid), "-o", str(path)])
    verdict = validate(Recording.open(path))
    assert not verdict.problems
    assert not any("overwritten" in loss for loss in verdict.losses)


@needs_llama
def test_save_when_it_happens(program, tmp_path):
    path = tmp_path / "a.ggmlviz"
    done = succeed([*GGML_VIZ, "save", str(program.pid), "-o", str(path), "--save-when", "run > 1us"])
    assert done.out.startswith("ggml-viz: run > 1us: a run took ")
    assert open_trace(path).definitions.meta["saved because"].startswith("run > 1us: a run took")


@needs_llama
def test_save_on_a_crash(program, tmp_path):
    path = tmp_path / "a.ggmlviz"
    command = [*GGML_VIZ, "save", str(program.pid), "-o", str(path), "--save-when", "crash", "--save-when", "exit"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as waiting:
        program.send(signal.SIGKILL)
        program.process.wait()
        assert waiting.communicate(timeout=SECONDS)[0] == "ggml-viz: crash: its process has crashed\n"
        assert waiting.returncode == 0
    assert not problems(path)
    of_ring, of_file = unfinished_runs(open_trace(program.ring)), unfinished_runs(open_trace(path))
    assert of_ring["number"].tolist() == of_file["number"].tolist()
    assert of_ring["nodes"].tolist() == of_file["nodes"].tolist()


@needs_llama
def test_the_run_in_which_it_crashed_is_saved(models, tmp_path):
    """It is stopped within a run, and killed there."""
    with generating(models.tiny) as program:

        def within_a_run() -> bool:
            program.send(signal.SIGSTOP)
            wait_for(lambda: rings.look_at(program.ring, program.pid).state is RingState.STOPPED, "the stop")
            if len(unfinished_runs(open_trace(program.ring))):
                return True
            program.send(signal.SIGCONT)
            return False

        wait_for(within_a_run, "a moment within a run")
        (wanted,) = unfinished_runs(open_trace(program.ring))
        program.send(signal.SIGKILL)
        program.process.wait()
        path = tmp_path / "a.ggmlviz"
        done = succeed([*GGML_VIZ, "save", str(program.pid), "-o", str(path)])
        assert f"run {wanted['number']} had not ended" in done.err
        (found,) = unfinished_runs(open_trace(path))
        assert (found["number"], found["nodes"], found["begin"]) == tuple(wanted[["number", "nodes", "begin"]].tolist())
        assert not problems(path)
        said = succeed([*GGML_VIZ, "info", str(path)])
        assert f"run {wanted['number']} had not ended" in said.out


@needs_llama
def test_it_ends_and_nothing_has_happened(program, tmp_path):
    program.send(signal.SIGKILL)
    program.process.wait()
    done = run([*GGML_VIZ, "save", str(program.pid), "-o", str(tmp_path / "a"), "--save-when", "op > 1000s"])
    assert done.code == 2 and "its process has crashed and nothing happened that was waited for" in done.err
    assert not (tmp_path / "a").exists()


@needs_llama
def test_waiting_is_ended_by_the_keyboard(program, tmp_path):
    command = [*GGML_VIZ, "save", str(program.pid), "-o", str(tmp_path / "a"), "--save-when", "op > 1000s"]
    with subprocess.Popen(command) as waiting:
        wait_for(lambda: str(program.ring) in Path(f"/proc/{waiting.pid}/maps").read_text(), "it to look")
        waiting.send_signal(signal.SIGINT)
        assert waiting.wait(SECONDS) == 130
    assert not list(tmp_path.iterdir())


@needs_llama
def test_record(program, tmp_path):
    path = tmp_path / "a.ggmlviz"
    done = succeed([*GGML_VIZ, "record", str(program.pid), "-o", str(path), "--seconds", "0.5"])
    assert "rows, nothing lost" in done.err
    trace = open_trace(path)
    assert not problems(path) and trace.recording.closed and len(trace.runs)
    assert (trace.executions["node"] >= 0).all()
    again = run([*GGML_VIZ, "record", str(program.pid), "-o", str(path)])
    assert again.code == 2 and "exists already" in again.err


def runs_in(path: Path) -> int:
    """0 while there is no trace yet: it may be there without its header."""
    try:
        return len(open_trace(path).runs) if path.exists() else 0
    except GgmlVizError:
        return 0


@needs_llama
def test_a_recorder_that_is_killed_leaves_what_it_wrote(program, tmp_path):
    path = tmp_path / "a.ggmlviz"
    with subprocess.Popen([*GGML_VIZ, "record", str(program.pid), "-o", str(path)]) as recording:
        try:
            wait_for(lambda: runs_in(path), "a checkpoint with runs")
        finally:
            recording.kill()
    assert not problems(path)
    assert not Recording.open(path).closed
    assert program.process.poll() is None


def test_rows_that_the_recorder_missed_are_counted(tmp_path):
    ring, path = tmp_path / "ring", tmp_path / "a.ggmlviz"
    twin = Twin(mode=RING, places=6)
    twin.row(0, 1000, THREAD, value=0)
    for number in range(10):
        twin.row(0, 1001 + number, MARK, value=number)
    ring.write_bytes(twin.bytes())
    recorder = Recorder(ring, path)
    for number in range(10, 3000):
        twin.row(0, 1001 + number, MARK, value=number)
    ring.write_bytes(twin.bytes())
    recorder.close()
    assert recorder.lost > 0 and recorder.rows + recorder.lost == 2990
    (lane,) = Recording.open(path).lanes
    rows = np.concatenate([piece.rows for piece in lane.pieces])
    assert rows["kind"][:2].tolist() == [RowKind.THREAD, RowKind.LOST]
    assert rows["value"][1] == recorder.lost == lane.lost
    marks = rows["value"][rows["kind"] == RowKind.MARK]
    assert marks.tolist() == list(range(3000 - len(marks), 3000))


def test_a_stopped_process(tmp_path):
    with subprocess.Popen(["sleep", "600"]) as process:
        path = tmp_path / f"ggmlviz-{process.pid}"
        path.write_bytes(header_page(process.pid))
        path.chmod(0o600)
        # it has not mapped the ring, as one that runs another program by now
        assert rings.rings(tmp_path)[0].state is RingState.CRASHED
        process.kill()


@needs_llama
def test_stopped_by_a_signal(program):
    program.send(signal.SIGSTOP)
    wait_for(lambda: rings.look_at(program.ring, program.pid).state is RingState.STOPPED, "the stop")
    program.send(signal.SIGCONT)
    wait_for(lambda: rings.look_at(program.ring, program.pid).state is RingState.LIVE, "it to go on")


def test_cleaning(tmp_path):
    def add(pid: int, mode: int = 0o600, **changes):
        path = tmp_path / f"ggmlviz-{pid}"
        path.write_bytes(header_page(pid, **changes))
        path.chmod(mode)
        return path

    gone, newer = add(NO_PROCESS), add(NO_PROCESS - 1, version=99, oldest_reader=99)
    strange, ours = add(NO_PROCESS - 2, 0o644), add(os.getpid(), state=2)
    newer_and_there = tmp_path / "ggmlviz-1"
    newer_and_there.write_bytes(header_page(1, version=99, oldest_reader=99))
    newer_and_there.chmod(0o600)
    removed = {ring.path for ring in rings.clean(tmp_path)}
    assert removed == {gone, newer}
    assert set(tmp_path.iterdir()) == {strange, ours, newer_and_there}

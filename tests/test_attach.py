"""Attaching to programs that run already, and detaching: they go on as if nothing had been, and the trace is whole."""

from __future__ import annotations

import contextlib
import platform
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from native_support import NATIVE, compile_program, find_ggml
from support import (
    TESTS,
    Run,
    assert_whole,
    environment,
    llama,
    needs_llama,
    needs_whisper,
    open_trace,
    script,
    succeed,
    traced,
    wait_for,
)

from ggmlviz.capture.attach import attach, detach
from ggmlviz.capture.environment import Settings
from ggmlviz.capture.errors import CaptureError
from ggmlviz.format.layout import BufferOrigin
from ggmlviz.trace.trace import Trace
from ggmlviz.trace.validate import validate

SECONDS = 60
SCRIPTS = TESTS.parent / "scripts"

pytestmark = pytest.mark.skipif(platform.machine() != "x86_64", reason="attach is for x86-64, for now")
FOREVER = ("--repeat", 1_000_000)


class Program:
    """One that runs on while tests do something to it. What it says goes to files: nobody has to read along."""

    def __init__(self, command: list[str], folder: Path):
        self.folder = folder
        with (folder / "out").open("w") as out, (folder / "err").open("w") as err:
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=out, stderr=err, env=environment(), text=True
            )
        self.pid = self.process.pid

    def lines(self) -> list[str]:
        """The whole ones."""
        return (self.folder / "out").read_text().split("\n")[:-1]

    def said(self) -> str:
        return (self.folder / "err").read_text()

    def wait_for_lines(self, more: int) -> None:
        wanted = len(self.lines()) + more
        wait_for(lambda: len(self.lines()) >= wanted or self.process.poll() is not None, "the program's next lines")
        assert self.is_alive()

    def ask(self, line: str) -> str:
        before = len(self.lines())
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        wait_for(lambda: len(self.lines()) > before or self.process.poll() is not None, f"an answer to {line}")
        assert len(self.lines()) > before, self.said()
        return self.lines()[before]

    def is_alive(self) -> bool:
        return self.process.poll() is None

    def ends_well(self) -> None:
        self.process.stdin.close()
        assert self.process.wait(SECONDS) == 0, self.said()


@contextlib.contextmanager
def running(command: list[str], folder: Path) -> Iterator[Program]:
    program = Program(command, folder)
    try:
        yield program
    finally:
        program.process.kill()
        program.process.wait()
        program.process.stdin.close()
        Path(f"/dev/shm/ggmlviz-{program.pid}").unlink(missing_ok=True)


@contextlib.contextmanager
def generating(model: Path, folder: Path, *arguments: object) -> Iterator[Program]:
    with running(llama(model, *FOREVER, *arguments), folder) as program:
        program.wait_for_lines(2)
        yield program


def assert_sound(trace: Trace) -> None:
    """Like a whole one, but for rows that a busy machine had no segment for."""
    verdict = validate(trace.recording)
    assert not verdict.problems
    assert trace.recording.closed
    assert all("no segment was ready" in loss for loss in verdict.losses)


# --- a program at work


@needs_llama
@pytest.mark.parametrize("threads", [1, 2])
def test_attach_to_a_generating_program(models, tmp_path, threads):
    output = tmp_path / "x.ggmlviz"
    text = succeed(llama(models.tiny)).out
    _, under_shim = traced(llama(models.tiny, "--threads", threads), tmp_path / "whole.ggmlviz")
    with generating(models.tiny, tmp_path, "--threads", threads) as program:
        attached = attach(program.pid, Settings(output))
        assert attached.trace == str(output) and attached.pointers >= 20
        program.wait_for_lines(3)
        _, all_given_back = detach(program.pid)
        assert all_given_back
        program.wait_for_lines(2)
        assert set(program.lines()) == {text.rstrip("\n")}
        assert "ggml-viz" not in program.said()
    trace = open_trace(output)
    assert_sound(trace)
    assert_runs_are_whole(trace, under_shim)
    assert trace.recording.pid == program.pid
    assert set(trace.buffers["origin"].tolist()) == {BufferOrigin.FOUND}
    assert (trace.buffers["size"] > 0).all() and len(trace.buffers) == 3  # weights, KV cache, compute


def assert_runs_are_whole(trace: Trace, under_shim: Trace) -> None:
    """Each run has as many splits, sections and computed nodes as those of a program recorded from its start."""
    assert len(trace.runs) > 20
    assert shapes(trace) <= shapes(under_shim)
    assert (trace.executions["node"] >= 0).all()


def shapes(trace: Trace) -> set[tuple]:
    found = set()
    for index, run in enumerate(trace.runs):
        sections = trace.sections[trace.sections["run"] == index]
        splits = trace.splits[(trace.splits["begin"] >= run["begin"]) & (trace.splits["end"] <= run["end"])]
        nodes = len(trace.graph(int(run["graph"])).names)
        found.add((nodes, len(splits), len(sections), int(sections["executions"].sum()), int(run["status"])))
    return found


@needs_llama
def test_attach_again(models, tmp_path):
    """Into a ring, a file and a ring again; each is a trace of its own, and less detail is asked for once."""
    with generating(models.tiny, tmp_path) as program:
        experiments = set()
        for settings in (Settings(ring_mb=8), Settings(tmp_path / "x.ggmlviz", "op"), Settings(ring_mb=8)):
            attached = attach(program.pid, settings)
            program.wait_for_lines(2)
            detach(program.pid)
            trace = open_trace(Path(attached.trace))
            assert not validate(trace.recording).problems
            assert trace.recording.closed and len(trace.runs)
            experiments.add(trace.recording.experiment)
        assert len(experiments) == 3


@needs_llama
def test_attach_and_detach_many_times(models, tmp_path):
    """The output is what it is without us, and nothing grows. scripts/attach_cycles.py does it 200 times."""
    text = succeed(llama(models.tiny)).out.rstrip("\n")
    with generating(models.tiny, tmp_path, "--threads", 2) as program:
        command = [sys.executable, str(SCRIPTS / "attach_cycles.py"), str(program.pid), "-n", "25"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS * 3)
        assert done.returncode == 0, done.stdout + done.stderr
        program.wait_for_lines(2)
        assert set(program.lines()) == {text}


@needs_llama
def test_a_program_that_ends_while_it_is_attached(models, tmp_path):
    output = tmp_path / "x.ggmlviz"
    with running(llama(models.tiny, "--on-demand"), tmp_path) as program:
        wait_for(lambda: "READY" in program.said(), "the model")
        attach(program.pid, Settings(output))
        text = program.ask("")
        program.ends_well()
    assert text == succeed(llama(models.tiny)).out.rstrip("\n")
    assert_sound(open_trace(output))


WHISPER = """
import sys, whisper_transcribe
model = whisper_transcribe.load(sys.argv[1], 2)
while True:
    whisper_transcribe.transcribe(model, 1.0)
    print("again", flush=True)
"""


@needs_whisper
def test_attach_to_whisper(models, tmp_path):
    """Its ggml is in shared libraries of its own."""
    with running(script(WHISPER, models.whisper), tmp_path) as program:
        program.wait_for_lines(2)
        attach(program.pid, Settings(tmp_path / "x.ggmlviz"))
        program.wait_for_lines(6)
        detach(program.pid)
        program.wait_for_lines(4)
    trace = open_trace(tmp_path / "x.ggmlviz")
    assert_sound(trace)
    assert len(trace.runs) and (trace.executions["node"] >= 0).all()


# --- libraries that come later

EARLY = """
import os, sys
print("idle", flush=True)
sys.stdin.readline()
import llama_generate
sys.argv[1:] = sys.argv[1:]
llama_generate.main()
"""


@needs_llama
def test_attach_before_the_program_loads_ggml(models, tmp_path):
    output = tmp_path / "x.ggmlviz"
    alone, under_shim = traced(llama(models.tiny), tmp_path / "whole.ggmlviz")
    with running(script(EARLY, models.tiny), tmp_path) as program:
        program.wait_for_lines(1)
        assert attach(program.pid, Settings(output)).pointers == 0
        assert program.ask("") == alone.out.rstrip("\n")
        program.ends_well()
    trace = open_trace(output)
    assert_whole(trace)
    assert shapes(trace) == shapes(under_shim)
    assert len(trace.runs) == len(under_shim.runs)
    assert len(trace.buffers) == len(under_shim.buffers)


NODE_EARLY = """
const { pathToFileURL } = require("node:url");
console.log("idle");
process.execArgv.length = 0; // or else its arguments would be counted from one place earlier
process.stdin.once("data", () => { process.stdin.destroy(); import(pathToFileURL(process.argv[1]).href) });
"""


def test_attach_before_node_loads_ggml(models, tmp_path, node_generate):
    """It opens the CPU backend by itself, out of everybody's sight."""
    output = tmp_path / "x.ggmlviz"
    *prefix, program, model = node_generate(models.tiny)
    alone, under_shim = traced([*prefix, program, model], tmp_path / "whole.ggmlviz")
    with running([*prefix, "-e", NODE_EARLY, program, model], tmp_path) as process:
        process.wait_for_lines(1)
        assert attach(process.pid, Settings(output)).pointers == 0
        process.ask("")
        process.ends_well()
        assert process.lines()[1:] == alone.out.splitlines()
    trace = open_trace(output)
    assert_whole(trace)
    assert shapes(trace) == shapes(under_shim)


FORKS = """
import os, sys, whisper_transcribe
model = whisper_transcribe.load(sys.argv[1], 1)
print("ready", flush=True)
sys.stdin.readline()
child = os.fork()
whisper_transcribe.transcribe(model, 1.0)
if not child:
    os._exit(0)
print("child", child, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
sys.stdin.readline()
"""


@needs_whisper
def test_children_record_as_their_parent_does(models, tmp_path):
    output = tmp_path / "x.ggmlviz"
    with running(script(FORKS, models.whisper), tmp_path) as program:
        program.wait_for_lines(1)
        attach(program.pid, Settings(output))
        program.process.stdin.write("\n")
        program.process.stdin.flush()
        last = wait_for(lambda: [line for line in program.lines() if line.startswith("child")], "the child's end")[0]
        assert last.endswith(" 0")
        detach(program.pid)
        program.ends_well()
    assert_sound(open_trace(output))
    of_child = open_trace(tmp_path / f"x.{last.split()[1]}.ggmlviz")
    assert not validate(of_child.recording).problems
    assert len(of_child.runs) == len(open_trace(output).runs) > 0


# --- how functions are called


@pytest.mark.parametrize("flags", [[], ["-Wl,-z,now"], ["-no-pie", "-fno-pie"], ["-fno-plt"]], ids="".join)
def test_ways_to_call(tmp_path, flags):
    """By a call and through a pointer in constant data, bound at the start or at the first call."""
    flags = ["-O1", f"-I{NATIVE}", *flags, *find_ggml().link_flags(), "-ldl"]
    host = compile_program(tmp_path / "host", ["attach_host.c"], *flags)
    with running([str(host)], tmp_path) as program:
        asked = ["direct", "next"] * 2
        assert [program.ask(line) for line in asked] == ["20 0", "20 0", "40 0", "40 0"]
        for number, output in enumerate([tmp_path / "a.ggmlviz", tmp_path / "b.ggmlviz"]):
            attach(program.pid, Settings(output))
            done = 40 + 100 * number
            told = [program.ask(line) for line in ("direct", "table", "next", "direct", "table")]
            assert told == [f"{done + more} 0" for more in (20, 40, 40, 60, 80)]
            detach(program.pid)
            assert program.ask("table") == f"{done + 100} 0"
        program.ends_well()
    for output in (tmp_path / "a.ggmlviz", tmp_path / "b.ggmlviz"):
        trace = open_trace(output)
        assert_sound(trace)
        assert len(trace.runs) == 4
        assert len(trace.executions) == 80


# --- an attacher that is killed

KILLED = """
import os, signal, sys
from ggmlviz.capture import image, ptrace
from ggmlviz.capture.attach import attach, detach
from ggmlviz.capture.environment import Settings
left = int(sys.argv[3])
def counted(function):
    def call(*arguments, **named):
        global left
        result = function(*arguments, **named)
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return result
    return call
ptrace.StoppedThread._call = counted(ptrace.StoppedThread._call)
image.Memory.write = counted(image.Memory.write)
pid = int(sys.argv[2])
attach(pid, Settings(ring_mb=4)) if sys.argv[1] == "attach" else detach(pid)
print("done")
"""


def run_killed(what: str, pid: int, steps: int) -> Run:
    done = subprocess.run(script(KILLED, what, pid, steps), capture_output=True, text=True, timeout=SECONDS)
    return Run(done.returncode, done.stdout, done.stderr)


@needs_llama
def test_an_attacher_that_is_killed_in_the_middle(models, tmp_path):
    """After each step of the injection but those that only write the code, which are many and alike."""
    text = succeed(llama(models.tiny)).out.rstrip("\n")
    with generating(models.tiny, tmp_path) as program:
        for what, steps in (("attach", [1, 2, 3, 5, 8, 30, 95]), ("detach", range(1, 30, 2))):
            for step in steps:
                bring_to(program.pid, attached=what == "detach")
                assert run_killed(what, program.pid, step).code in (-signal.SIGKILL, 0)
                assert program.is_alive()
                program.wait_for_lines(1)
        bring_to(program.pid, attached=True)
        program.wait_for_lines(1)
        bring_to(program.pid, attached=False)
        assert set(program.lines()) == {text}


def bring_to(pid: int, attached: bool) -> None:
    """What a killed attacher began may be done in a moment, or not at all."""
    wanted = "recorded already" if attached else "nothing is attached"

    def is_there() -> bool:
        try:
            attach(pid, Settings(ring_mb=4)) if attached else detach(pid)
        except CaptureError as error:
            assert "attached" in str(error) or "already" in str(error), error
            return wanted in str(error)
        return False

    wait_for(is_there, wanted)


# --- a program that waits


def test_waits_are_not_cut_short(tmp_path):
    """Each is disturbed in its middle, and ends as it would."""
    host = compile_program(tmp_path / "waits", ["waits.c"], "-O1", "-ldl")
    alone = succeed([str(host), "1"]).out
    with running([str(host), "3"], tmp_path) as program:
        times = 0
        while program.is_alive():
            before = len(program.lines())
            with contextlib.suppress(CaptureError):  # it may just have ended
                attach(program.pid, Settings(ring_mb=4))
                detach(program.pid)
                times += 1
            wait_for(lambda seen=before: len(program.lines()) > seen or not program.is_alive(), "its next wait's end")
        program.ends_well()
        assert (tmp_path / "out").read_text() == alone * 3
    assert times > 5

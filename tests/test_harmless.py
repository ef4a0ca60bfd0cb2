"""The traced program does not notice: whatever it does with processes, threads, signals and descriptors."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from native_support import compile_program as compile_native
from native_support import find_ggml
from row_counts import assert_rows_add_up, count_rows
from support import (
    TESTS,
    assert_whole,
    compile_library,
    compile_program,
    find_shim,
    llama,
    needs_llama,
    needs_whisper,
    open_trace,
    run,
    runs_in_order,
    script,
    succeed,
    traced,
    under_shim,
)

from ggmlviz.trace.trace import Trace
from ggmlviz.trace.validate import validate

# The beginning of the programs below: arguments as of llama_generate.py.
LLAMA = '''
import gc, os, sys, threading
import llama_generate, xllamacpp
options = llama_generate.build_parser().parse_args(sys.argv[1:])
def load():
    return xllamacpp.Server(llama_generate.make_params(options))
def generate(server):
    llama_generate.generate_all(server, options)
def whole_life():
    server = load()
    generate(server)
def threads_of_shim():
    """Their status files; threads of llama.cpp may end while one looks."""
    for task in os.listdir("/proc/self/task"):
        try:
            status = open(f"/proc/self/task/{task}/status").read()
        except OSError:
            continue
        if status.startswith("Name:\\tggmlviz\\n"):
            yield status
'''


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# --- programs without ggml ---

ABOUT_ITSELF = """
import os
print(len(os.listdir("/proc/self/task")))
print(sorted(os.listdir("/proc/self/fd")))
print("ggmlviz-%d" % os.getpid() in os.listdir("/dev/shm"))
"""


@pytest.mark.parametrize("variables", [{}, {"GGML_VIZ_OUTPUT": "x.ggmlviz"}], ids=["ring", "file"])
def test_program_without_ggml(tmp_path, variables):
    done = under_shim(script(ABOUT_ITSELF), tmp_path, GGML_VIZ_VERBOSE=1, **variables)
    assert done == succeed(script(ABOUT_ITSELF), folder=tmp_path)
    assert done.out.splitlines()[0] == "1" and done.out.splitlines()[2] == "False"
    assert names_in(tmp_path) == []


@needs_llama
def test_program_that_only_loads_ggml(tmp_path):
    command = script("import xllamacpp\n" + ABOUT_ITSELF)
    done = under_shim(command, tmp_path, GGML_VIZ_OUTPUT="x.ggmlviz")
    assert done == succeed(command, folder=tmp_path)
    assert names_in(tmp_path) == []


@pytest.mark.parametrize("command", [["sh", "-c", "echo a; exit 3"], ["true"], ["sh", "-c", "kill -9 $$"]])
def test_programs_of_the_system(tmp_path, command):
    done = run(command, [find_shim()], tmp_path, GGML_VIZ_OUTPUT="x.ggmlviz", GGML_VIZ_VERBOSE=1)
    assert done == run(command, folder=tmp_path)
    assert names_in(tmp_path) == []


# --- settings ---


LIVES = """
whole_life()
print(list(threads_of_shim()), f"ggmlviz-{os.getpid()}" in os.listdir("/dev/shm"))
"""


@needs_llama
@pytest.mark.parametrize("variables", [{}, {"GGML_VIZ_OUTPUT": "x.ggmlviz"}], ids=["ring", "file"])
def test_disabled(models, tmp_path, variables):
    command = script(LLAMA + LIVES, models.tiny)
    done = under_shim(command, tmp_path, GGML_VIZ_DISABLE=1, GGML_VIZ_VERBOSE=1, **variables)
    assert done.out == succeed(command, folder=tmp_path).out
    assert done.out.endswith("[] False\n")
    assert done.lines_of_shim() == []
    assert names_in(tmp_path) == []


@needs_llama
@pytest.mark.parametrize(
    "variables",
    [
        {"GGML_VIZ_DETAIL": "everything"},
        {"GGML_VIZ_DETAIL": "3"},
        {"GGML_VIZ_RING_MB": "0"},
        {"GGML_VIZ_RING_MB": "-1"},
        {"GGML_VIZ_RING_MB": "64MB"},
        {"GGML_VIZ_RING_MB": "99999999999999999999999"},
    ],
    ids=lambda variables: "=".join(*variables.items()),
)
def test_wrong_settings_are_told_in_one_line(models, tmp_path, variables):
    done = under_shim(llama(models.tiny), tmp_path, GGML_VIZ_OUTPUT="x.ggmlviz", **variables)
    assert done.out == succeed(llama(models.tiny)).out
    (line,) = done.lines_of_shim()
    assert all(part in line for part in (*variables, *variables.values()))
    assert names_in(tmp_path) == []


def test_unknown_layout_runs_on_untraced(tmp_path):
    library = compile_library(TESTS / "native" / "unknown_ggml.c", tmp_path / "libggml.so", "-fvisibility=default")
    source = TESTS / "native" / "unknown_ggml_host.c"
    host = compile_program(source, tmp_path / "host", f"-L{tmp_path}", "-lggml", f"-Wl,-rpath,{tmp_path}")
    output = tmp_path / "x.ggmlviz"
    done = run([str(host)], [find_shim()], GGML_VIZ_OUTPUT=output)
    assert (done.code, done.out) == (3, "42\n42\n42\n8\n")
    (line,) = done.lines_of_shim()
    assert str(library) in line and "unknown tensor layout (1234 bytes, name at 101)" in line
    assert not output.exists()


# --- processes ---

# whisper.cpp has no threads of its own while it is idle, so that a child of it can end in the usual way.
FORKS = """
import ctypes, gc, os, sys
import whisper_transcribe
def fork(end):
    return os.fork() or end()
before = fork(lambda: os._exit(5))
model = whisper_transcribe.load(sys.argv[1], 1)
whisper_transcribe.transcribe(model, 1.0)
at_once = fork(lambda: os._exit(6))
through_exit = fork(lambda: ctypes.CDLL(None).exit(7))
whisper_transcribe.transcribe(model, 1.0)
print([os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in (before, at_once, through_exit)])
del model
gc.collect()
"""


@needs_whisper
def test_children_that_only_exit(models, tmp_path):
    command = script(FORKS, models.whisper)
    done, trace = traced(command, tmp_path / "x.ggmlviz")
    assert done.out == succeed(command).out
    assert done.out.splitlines()[-1] == "[5, 6, 7]"
    assert_whole(trace)
    assert names_in(tmp_path) == ["x.ggmlviz"]
    assert len(trace.runs) > 10


FORKED_FIRST = """
child = os.fork()
if child:
    print("child", child, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
whole_life()
gc.collect()
"""


@needs_llama
def test_parent_and_child_that_both_load(models, tmp_path):
    """Whoever comes second, here the parent, records beside the first."""
    done, of_child = traced(script(LLAMA + FORKED_FIRST, models.tiny), tmp_path / "x.ggmlviz")
    text = succeed(llama(models.tiny)).out
    pid = re.search(r"child (\d+) 0", done.out)[1]
    assert done.out == f"{text}child {pid} 0\n{text}"
    assert of_child.recording.pid == int(pid)
    (beside,) = set(names_in(tmp_path)) - {"x.ggmlviz"}
    of_parent = open_trace(tmp_path / beside)
    assert beside == f"x.{of_parent.recording.pid}.ggmlviz"
    (line,) = done.lines_of_shim()
    assert beside in line
    assert_whole(of_child)
    assert_whole(of_parent)
    assert len(of_child.runs) == len(of_parent.runs) > 0


# The child leaves without cleaning up: llama.cpp would wait for threads that only the parent has.
CHILD_LOADS = """
server = load()
generate(server)
sys.stdout.flush()
child = os.fork()
if child == 0:
    another = load()
    generate(another)
    sys.stdout.flush()
    os._exit(0)
print("child", child, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
generate(server)
del server
gc.collect()
"""


@needs_llama
def test_child_of_a_traced_program_records_beside_it(models, tmp_path):
    done, trace = traced(script(LLAMA + CHILD_LOADS, models.tiny), tmp_path / "x.ggmlviz")
    alone, of_one = traced(llama(models.tiny), tmp_path / "alone.ggmlviz")
    pid = re.search(r"child (\d+) 0", done.out)[1]
    assert done.out == f"{alone.out}{alone.out}child {pid} 0\n{alone.out}"
    assert names_in(tmp_path) == sorted(["alone.ggmlviz", "x.ggmlviz", f"x.{pid}.ggmlviz"])
    (line,) = done.lines_of_shim()
    assert f"x.{pid}.ggmlviz" in line
    assert_whole(trace)
    of_child = open_trace(tmp_path / f"x.{pid}.ggmlviz")
    assert not of_child.recording.problems and not any(of_child.recording.loss)
    assert not of_child.recording.closed
    assert of_child.recording.pid == int(pid) != trace.recording.pid
    assert of_child.recording.experiment != trace.recording.experiment
    assert names_of_runs(of_child) == names_of_runs(of_one)
    assert names_of_runs(trace)[: len(of_one.runs)] == names_of_runs(of_one)


def names_of_runs(trace: Trace) -> list[list[str]]:
    return [trace.graph(number).names for number in runs_in_order(trace)["graph"].tolist()]


CHILD_EXECUTES = """
server = load()
generate(server)
sys.stdout.flush()
child = os.fork()
if child == 0:
    os.execv(sys.executable, [sys.executable, llama_generate.__file__, *sys.argv[1:]])
print("child", child, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
del server
gc.collect()
"""


@needs_llama
def test_child_that_executes_another_program(models, tmp_path):
    done, trace = traced(script(LLAMA + CHILD_EXECUTES, models.tiny), tmp_path / "x.ggmlviz")
    alone = succeed(llama(models.tiny)).out
    pid = re.search(r"child (\d+) 0", done.out)[1]
    assert done.out == f"{alone}{alone}child {pid} 0\n"
    assert names_in(tmp_path) == sorted(["x.ggmlviz", f"x.{pid}.ggmlviz"])
    of_child = open_trace(tmp_path / f"x.{pid}.ggmlviz")
    assert_whole(trace)
    assert_whole(of_child)
    assert len(of_child.runs) == len(trace.runs)


EXECUTES = """
server = load()
generate(server)
sys.stdout.flush()
os.execv(sys.executable, [sys.executable, llama_generate.__file__, *sys.argv[1:]])
"""


@needs_llama
def test_program_that_becomes_another(models, tmp_path):
    """The first trace ends in the middle, unclosed, with every row; the second has the same pid."""
    done, first = traced(script(LLAMA + EXECUTES, models.tiny), tmp_path / "x.ggmlviz")
    alone = succeed(llama(models.tiny)).out
    assert done.out == alone * 2
    pid = first.recording.pid
    assert names_in(tmp_path) == sorted(["x.ggmlviz", f"x.{pid}.ggmlviz"])
    second = open_trace(tmp_path / f"x.{pid}.ggmlviz")
    assert_whole(second)
    assert not first.recording.closed
    assert not any(first.recording.loss)
    assert len(first.runs) == len(second.runs) > 0


# --- threads ---

TWO_AT_ONCE = """
servers = [load(), load()]
texts = [None, None]
def work(index):
    for _ in range(5):
        texts[index], _ = llama_generate.generate(servers[index], options, 0)
threads = [threading.Thread(target=work, args=[index]) for index in range(2)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(*texts, sep="\\n")
servers.clear()
gc.collect()
"""


@needs_llama
def test_two_models_at_once(models, tmp_path):
    command = script(LLAMA + TWO_AT_ONCE, models.tiny, "--threads", 2, "--tokens", 40)
    done, trace = traced(command, tmp_path / "x.ggmlviz")
    same = llama(models.tiny, "--threads", 2, "--tokens", 40, "--repeat", 5)
    alone, of_one = traced(same, tmp_path / "one.ggmlviz")
    assert set(done.out.splitlines()) == set(alone.out.splitlines())
    assert done.out == succeed(command).out
    assert_whole(trace)
    lanes, runs = set(trace.runs["lane"].tolist()), len(trace.runs)
    assert len(lanes) == 2
    assert runs == 2 * len(of_one.runs)
    assert all((trace.runs["lane"] == lane).sum() == runs // 2 for lane in lanes)


COME_AND_GO = """
for _ in range(6):
    thread = threading.Thread(target=whole_life)
    thread.start()
    thread.join()
    gc.collect()
"""


@needs_llama
def test_threads_that_come_and_go(models, tmp_path):
    """Lanes are handed on: six lives with three threads each need no more than those of one life."""
    command = script(LLAMA + COME_AND_GO, models.tiny, "--threads", 3)
    done, trace = traced(command, tmp_path / "x.ggmlviz")
    alone, of_one = traced(llama(models.tiny, "--threads", 3), tmp_path / "one.ggmlviz")
    assert done.out == succeed(command).out == alone.out * 6
    assert_whole(trace)
    assert len(trace.runs) == 6 * len(of_one.runs)
    # a thread that ended may still hold its lane for the moment in which the next one begins
    assert len(trace.lanes) < len(trace.definitions.threads)
    assert len(trace.lanes) <= 2 * len(of_one.lanes)
    assert (trace.buffers["frees"] == 1).all()


# --- descriptors, signals, other libraries ---

CLOSES_ALL = """
server = load()
generate(server)
os.closerange(3, 256)
with open("own", "w+b", buffering=0) as own, open("other", "w+b", buffering=0) as other:
    own.write(b"mine")
    print(own.fileno(), other.fileno())
    for _ in range(4):
        generate(server)
    own.seek(0)
    print(own.read(), other.read())
sys.stdout.flush()
os._exit(0)  # llama.cpp's own threads miss their descriptors, too
"""


@needs_llama
def test_host_that_closes_every_descriptor(models, tmp_path):
    """The trace goes on growing, and not into the host's own files that have got our numbers."""
    command = script(LLAMA + CLOSES_ALL, models.tiny, "--tokens", 400)
    done = run(command, [find_shim()], tmp_path, GGML_VIZ_OUTPUT=tmp_path / "x.ggmlviz")
    untraced = run(command, folder=tmp_path)
    assert (done.code, done.out) == (untraced.code, untraced.out)
    assert done.out.endswith("b'mine' b''\n")
    assert (tmp_path / "own").read_bytes() == b"mine"
    assert (tmp_path / "other").read_bytes() == b""
    trace = open_trace(tmp_path / "x.ggmlviz")
    assert trace.recording.header["segments"] > 3
    assert not any(trace.recording.loss)
    same = traced(llama(models.tiny, "--tokens", 400, "--repeat", 5), tmp_path / "same.ggmlviz")[1]
    assert len(trace.runs) == len(same.runs)


SIGNALS = """
import signal
handled = 0
def handler(number, frame):
    global handled
    handled += 1
signal.signal(signal.SIGALRM, handler)
signal.setitimer(signal.ITIMER_REAL, 0.0002, 0.0002)
blocked = None
server = load()
for _ in range(4):
    generate(server)
for status in threads_of_shim():
    blocked = int(status.split("SigBlk:")[1].split()[0], 16)
signal.setitimer(signal.ITIMER_REAL, 0)
print(handled > 0)
print(blocked, file=sys.stderr)
del server
gc.collect()
"""
# SIGKILL and SIGSTOP cannot be blocked; 32 and 33 are the C library's own.
CAN_BE_BLOCKED = [number for number in range(1, 65) if number not in (9, 19, 32, 33)]


@needs_llama
@pytest.mark.parametrize("mode", ["file", "ring"])
def test_timers_and_signals(models, tmp_path, mode):
    """A timer that interrupts whatever can be interrupted; our thread takes none of the signals."""
    command = script(LLAMA + SIGNALS, models.tiny, "--threads", 2, "--tokens", 100)
    output = {"GGML_VIZ_OUTPUT": tmp_path / "x.ggmlviz"} if mode == "file" else {"GGML_VIZ_VERBOSE": 1}
    done = under_shim(command, **output)
    assert done.out == succeed(command).out
    assert done.out.endswith("True\n")
    blocked = int(re.search(r"^(\d+)$", done.err, re.MULTILINE)[1])
    assert all(blocked >> (number - 1) & 1 for number in CAN_BE_BLOCKED)
    if mode == "file":
        assert_whole(open_trace(tmp_path / "x.ggmlviz"))
        return
    path = Path(re.search(r"recording to (\S+)", done.err)[1])
    trace = open_trace(path)
    path.unlink()
    _, whole = traced(command, tmp_path / "y.ggmlviz")
    assert validate(trace.recording).problems == []
    assert_rows_add_up(trace, count_rows(whole), len(trace.definitions.threads))


@pytest.fixture(scope="module")
def interposer(tmp_path_factory):
    return compile_library(TESTS / "native" / "interposer.c", tmp_path_factory.mktemp("interposer") / "other.so")


@pytest.mark.parametrize("first", ["shim", "other"])
def test_other_preloaded_libraries_stay(interposer, first):
    libraries = [find_shim(), interposer] if first == "shim" else [interposer, find_shim()]
    assert succeed(["true"], libraries).err == "interposer: here\n"


@pytest.fixture(scope="module")
def linked_program(tmp_path_factory):
    """A program that is linked with its ggml, so that the usual RTLD_NEXT of other tools finds it."""
    target = tmp_path_factory.mktemp("linked") / "known_times"
    return [str(compile_native(target, ["known_times.c"], "-O2", *find_ggml().link_flags())), "sched", "2", "5"]


@pytest.mark.parametrize("first", ["shim", "other"])
def test_other_tools_that_wrap_ggml_go_on_working(linked_program, tmp_path, interposer, first):
    output = tmp_path / "x.ggmlviz"
    libraries = [find_shim(), interposer] if first == "shim" else [interposer, find_shim()]
    alone = succeed(linked_program, [interposer])
    done = succeed(linked_program, libraries, GGML_VIZ_OUTPUT=output)
    assert "interposer: 5 calls" in alone.err
    assert re.findall("interposer.*", done.err) == re.findall("interposer.*", alone.err)
    assert_whole(open_trace(output))

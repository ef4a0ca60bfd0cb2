"""The traced program does not notice when there is no room, no right or a trap where its trace should go."""

from __future__ import annotations

import os
import re
import stat
import subprocess
from pathlib import Path

import pytest
from row_counts import assert_rows_add_up, count_rows
from support import (
    TESTS,
    assert_whole,
    compile_library,
    environment,
    find_shim,
    llama,
    needs_llama,
    needs_mounts,
    open_trace,
    run,
    script,
    succeed,
    traced,
    under_shim,
    wait_for,
    with_mounts,
)

from ggmlviz.format.layout import HeaderFlag
from ggmlviz.trace.trace import Trace
from ggmlviz.trace.validate import validate

pytestmark = needs_llama

SHARED_MEMORY = Path("/dev/shm")
NO_PROCESS = 0x7FFFFFFF  # beyond the kernel's largest pid
MUCH = ["--tokens", 400, "--repeat", 4]  # about 170,000 rows on one thread


def ring_of(pid: int | str) -> Path:
    return SHARED_MEMORY / f"ggmlviz-{pid}"


@pytest.fixture(scope="module")
def much(models, tmp_path_factory) -> tuple[str, int]:
    """What a long generation prints and how many rows it causes, from a run that had room for all."""
    done, trace = traced(llama(models.tiny, *MUCH), tmp_path_factory.mktemp("much") / "x.ggmlviz")
    assert_whole(trace)
    return done.out, count_rows(trace)


def run_in_ring(command: list[str], **variables: object) -> tuple[str, Trace]:
    """Run, open the ring that is left behind, and remove it."""
    variables = environment([find_shim()], **variables)
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
    with subprocess.Popen(command, env=variables, **streams) as program:
        out, _ = program.communicate(timeout=60)
    assert program.returncode == 0
    try:
        return out, open_trace(ring_of(program.pid))
    finally:
        ring_of(program.pid).unlink(missing_ok=True)


# --- rings ---


# Generates a lot at once, and then again and again a little, with rests in which the shim's thread can do its work.
# Starved means: on one processor that others keep busy, and the shim's thread has the lowest claim: rows are lost.
PACED = """
import gc, os, subprocess, sys, time
import numpy as np
import llama_generate, xllamacpp
from ggmlviz.format.layout import HEADER
how, options = sys.argv[1], llama_generate.build_parser().parse_args(sys.argv[2:])
server = xllamacpp.Server(llama_generate.make_params(options))
trace = os.environ.get("GGML_VIZ_OUTPUT", f"/dev/shm/ggmlviz-{os.getpid()}")
tasks = os.listdir("/proc/self/task")
def clock_was_read():
    return np.fromfile(trace, HEADER, 1)["latest"]["ticks"][0]
def rest():
    before, deadline = clock_was_read(), time.monotonic() + 30
    while clock_was_read() == before and time.monotonic() < deadline:
        time.sleep(0.002)
if how == "starved":
    (shim,) = (int(task) for task in tasks if open(f"/proc/self/task/{task}/comm").read() == "ggmlviz\\n")
    for task in map(int, tasks):
        os.sched_setaffinity(task, {min(os.sched_getaffinity(0))})
    os.sched_setscheduler(shim, os.SCHED_IDLE, os.sched_param(0))
    hungry = subprocess.Popen([sys.executable, "-c", "while True: pass"])
for _ in range(0 if how == "paced" else 20):
    print(llama_generate.generate(server, options, 0))
if how == "starved":
    hungry.kill()
    hungry.wait()
options.tokens = 32
for _ in range(25):
    print(llama_generate.generate(server, options, 0))
    rest()
    rest()
del server
gc.collect()
"""


@pytest.fixture(scope="module")
def rows_of(models, tmp_path_factory):
    """How many rows a program causes, from a run with room and time for all of them."""

    def count(how: str) -> tuple[str, int]:
        output = tmp_path_factory.mktemp(how) / "x.ggmlviz"
        done, trace = traced(script(PACED, how, models.tiny, "--tokens", 400), output)
        assert_whole(trace)
        return done.out, count_rows(trace)

    return count


def test_overwritten_rows_are_counted(models, rows_of):
    out, trace = run_in_ring(script(PACED, "paced", models.tiny), GGML_VIZ_RING_MB=1)
    untouched, written = rows_of("paced")
    assert out == untouched
    assert validate(trace.recording).problems == []
    assert trace.recording.loss.overwritten > 0
    assert_rows_add_up(trace, written, 2)


def test_lost_rows_are_counted(models, tmp_path, rows_of):
    done, trace = traced(script(PACED, "starved", models.tiny, "--tokens", 400), tmp_path / "x.ggmlviz")
    out, written = rows_of("calm")
    assert done.out == out
    assert validate(trace.recording).problems == []
    assert trace.recording.loss.overwritten == 0 < trace.recording.loss.lost
    assert_rows_add_up(trace, written, 2)


def test_lost_rows_are_counted_after_the_ring_went_round(models, rows_of):
    _, trace = run_in_ring(script(PACED, "starved", models.tiny, "--tokens", 400), GGML_VIZ_RING_MB=1)
    _, written = rows_of("calm")
    assert_rows_add_up(trace, written, 2)


@pytest.mark.parametrize("mode", ["ring", "file"])
def test_only_the_owner_may_read(models, tmp_path, mode):
    command = ["sh", "-c", 'umask 0; exec "$@"', "sh", *llama(models.tiny, "--hold")]
    output = {"GGML_VIZ_OUTPUT": tmp_path / "x.ggmlviz"} if mode == "file" else {}
    variables = environment([find_shim()], **output)
    quiet = {"stdin": subprocess.PIPE, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, env=variables, **quiet) as program:
        path = tmp_path / "x.ggmlviz" if mode == "file" else ring_of(program.pid)
        wait_for(path.exists, "the trace")
        status = path.lstat()
        program.communicate(b"\n", timeout=60)
    assert stat.S_ISREG(status.st_mode) and stat.S_IMODE(status.st_mode) == 0o600
    assert status.st_uid == os.geteuid()
    assert_whole(open_trace(path))
    if mode == "ring":
        path.unlink()


PLANTS = """
import os, sys
kind, victim = sys.argv[1:3]
path = f"/dev/shm/ggmlviz-{os.getpid()}"
if kind == "symlink": os.symlink(victim, path)
if kind == "dangling symlink": os.symlink(victim + "-new", path)
if kind == "hard link": os.link(victim, path)
if kind == "fifo": os.mkfifo(path, 0o666)
if kind == "directory": os.mkdir(path)
print(os.getpid(), flush=True)
os.execv(sys.executable, [sys.executable, *sys.argv[3:]])
"""


@pytest.mark.parametrize("kind", ["symlink", "dangling symlink", "hard link", "fifo", "directory"])
def test_planted_names_are_neither_followed_nor_written_to(models, kind):
    victim = SHARED_MEMORY / f"victim-of-{os.getpid()}"  # beside the ring, since a hard link cannot leave its disk
    victim.write_bytes(b"precious")
    before = victim.stat()
    program = llama(models.tiny)
    try:
        done = under_shim(script(PLANTS, kind, victim, *program[1:]))
        after = victim.stat()
        content, made = victim.read_bytes(), victim.with_name(f"{victim.name}-new").exists()
    finally:
        victim.unlink()
    pid, out = done.out.split("\n", 1)
    ring = ring_of(pid)
    assert out == succeed(program).out
    assert (content, made) == (b"precious", False)
    assert (before.st_mtime_ns, before.st_size, before.st_mode) == (after.st_mtime_ns, after.st_size, after.st_mode)
    if kind == "directory":
        (line,) = done.lines_of_shim()
        assert str(ring) in line
        ring.rmdir()
        return
    assert stat.S_ISREG(ring.lstat().st_mode)
    assert ring.stat().st_ino != before.st_ino
    trace = open_trace(ring)
    ring.unlink()
    assert_whole(trace)


@pytest.mark.parametrize("kind", ["symlink", "fifo", "directory", "text"])
def test_strange_rings_of_the_dead_are_left_alone(models, tmp_path, kind):
    """Looking for ended rings to remove neither hangs nor removes what is none."""
    path = ring_of(NO_PROCESS)
    _, of_other = traced(llama(models.tiny), tmp_path / "x.ggmlviz")
    if kind == "symlink":
        path.symlink_to(of_other.recording.path)
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind == "directory":
        path.mkdir()
    else:
        path.write_text("no ring")
    try:
        _, trace = run_in_ring(llama(models.tiny))
        assert_whole(trace)
        assert os.path.lexists(path)
        assert_whole(open_trace(tmp_path / "x.ggmlviz"))
    finally:
        path.rmdir() if kind == "directory" else path.unlink()


# --- no room ---


@needs_mounts
@pytest.mark.parametrize("room", ["2100k", "4m", "5m"])
def test_disk_full(models, tmp_path, much, room):
    out, written = much
    (disk := tmp_path / "disk").mkdir()
    mounts = f"mount -t tmpfs -o size={room} tmpfs {disk}"
    keep = f"cp {disk}/x.ggmlviz {tmp_path}/kept.ggmlviz"
    done = under_shim(with_mounts(mounts, llama(models.tiny, *MUCH), keep), GGML_VIZ_OUTPUT=disk / "x.ggmlviz")
    assert done.out == out
    trace = open_trace(tmp_path / "kept.ggmlviz")
    assert validate(trace.recording).problems == []
    assert trace.recording.closed
    loss = trace.recording.loss
    assert bool(trace.recording.header["flags"] & HeaderFlag.WRAPPED) == (loss.overwritten > 0)
    assert loss.lost + loss.overwritten > 0
    assert_rows_add_up(trace, written, 2)


@needs_mounts
def test_disk_full_from_the_start(models, tmp_path, much):
    out, _ = much
    (disk := tmp_path / "disk").mkdir()
    mounts = f"mount -t tmpfs -o size=1100k tmpfs {disk}"
    keep = f"cp {disk}/x.ggmlviz {tmp_path}/kept.ggmlviz"
    done = under_shim(with_mounts(mounts, llama(models.tiny, *MUCH), keep), GGML_VIZ_OUTPUT=disk / "x.ggmlviz")
    assert done.out == out
    trace = open_trace(tmp_path / "kept.ggmlviz")
    assert validate(trace.recording).problems == []
    assert len(trace.runs) == trace.recording.loss.lost == 0 < trace.recording.loss.calls
    assert any("were not recorded" in sentence for sentence in validate(trace.recording).losses)


@needs_mounts
def test_disk_without_any_room(models, tmp_path):
    (disk := tmp_path / "disk").mkdir()
    mounts = f"mount -t tmpfs -o size=4k tmpfs {disk} && head -c 4096 /dev/zero > {disk}/filler"
    command = with_mounts(mounts, llama(models.tiny), f"ls {disk} >&2")
    done = under_shim(command, GGML_VIZ_OUTPUT=disk / "x.ggmlviz")
    assert done.out == succeed(llama(models.tiny)).out
    (line,) = done.lines_of_shim()
    assert str(disk / "x.ggmlviz") in line
    assert done.err.splitlines()[-1] == "filler"


LIMITED = """
import resource, signal, sys
import llama_generate
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)  # Python ignores it; other programs die of it
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
sys.argv[1:] = sys.argv[2:]
llama_generate.main()
"""


@pytest.mark.parametrize(
    "limit",
    [
        pytest.param(1000, id="no header"),
        pytest.param(5000, id="no segment"),
        pytest.param(1 << 20, id="no whole segment"),
        pytest.param(3 << 20, id="two segments"),
    ],
)
def test_largest_file_is_limited(models, tmp_path, much, limit):
    """Who reaches the limit gets a signal that ends the program, unless it is the shim who reaches it."""
    out, written = much
    output = tmp_path / "x.ggmlviz"
    done = run(script(LIMITED, limit, models.tiny, *MUCH), [find_shim()], GGML_VIZ_OUTPUT=output)
    assert (done.code, done.out) == (0, out)
    if limit < 4096:
        assert len(done.lines_of_shim()) == 1
        assert not output.exists()
        return
    trace = open_trace(output)
    assert validate(trace.recording).problems == []
    assert trace.recording.loss.lost + trace.recording.loss.calls > 0
    if limit > 2 << 20:
        assert_rows_add_up(trace, written, 2)


@pytest.mark.parametrize("mode", ["ring", "file"])
def test_interrupted_reservations_are_repeated(models, tmp_path, mode):
    interrupt = compile_library(TESTS / "native" / "interrupt_fallocate.c", tmp_path / "interrupt.so", "-D_GNU_SOURCE")
    output = {"GGML_VIZ_OUTPUT": tmp_path / "x.ggmlviz"} if mode == "file" else {"GGML_VIZ_VERBOSE": 1}
    done = succeed(llama(models.tiny), [interrupt, find_shim()], **output)
    assert done.out == succeed(llama(models.tiny)).out
    if mode == "file":
        assert_whole(open_trace(tmp_path / "x.ggmlviz"))
        return
    path = Path(re.search(r"recording to (\S+)", done.err)[1])
    trace = open_trace(path)
    path.unlink()
    assert_whole(trace)


# --- no right, no place ---


def assert_untraced_with_one_line(done, models, path):
    assert done.out == succeed(llama(models.tiny)).out
    (line,) = done.lines_of_shim()
    assert str(path) in line and "nothing is recorded" in line


@needs_mounts
def test_read_only_folder(models, tmp_path):
    (folder := tmp_path / "folder").mkdir()
    mounts = f"mount --bind {folder} {folder} && mount -o remount,ro,bind {folder}"
    done = under_shim(with_mounts(mounts, llama(models.tiny)), GGML_VIZ_OUTPUT=folder / "x.ggmlviz")
    assert_untraced_with_one_line(done, models, folder / "x.ggmlviz")
    assert list(folder.iterdir()) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_folder_without_rights(models, tmp_path):
    (folder := tmp_path / "folder").mkdir(mode=0o500)
    done = under_shim(llama(models.tiny), GGML_VIZ_OUTPUT=folder / "x.ggmlviz")
    assert_untraced_with_one_line(done, models, folder / "x.ggmlviz")


@pytest.mark.parametrize("name", ["missing/x.ggmlviz", "file/x.ggmlviz", "n" * 300], ids=["missing", "file", "long"])
def test_impossible_outputs(models, tmp_path, name):
    (tmp_path / "file").touch()
    done = under_shim(llama(models.tiny), tmp_path, GGML_VIZ_OUTPUT=name)
    assert_untraced_with_one_line(done, models, name)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_an_earlier_trace_is_kept(models, tmp_path):
    (tmp_path / "x.ggmlviz").write_text("precious")
    done = under_shim(llama(models.tiny), tmp_path, GGML_VIZ_OUTPUT="x.ggmlviz")
    assert (tmp_path / "x.ggmlviz").read_text() == "precious"
    (beside,) = set(tmp_path.iterdir()) - {tmp_path / "x.ggmlviz"}
    (line,) = done.lines_of_shim()
    assert beside.name in line
    assert_whole(open_trace(beside))


@needs_mounts
@pytest.mark.parametrize(
    "mounts",
    [
        pytest.param("mount -t tmpfs -o ro tmpfs /dev/shm", id="read-only"),
        pytest.param("mount -t tmpfs -o size=100k tmpfs /dev/shm", id="small"),
        pytest.param("mount -t tmpfs -o mode=755 tmpfs /dev && mknod -m 666 /dev/null c 1 3", id="missing"),
    ],
)
def test_no_shared_memory(models, mounts):
    done = under_shim(with_mounts(mounts, llama(models.tiny)))
    assert_untraced_with_one_line(done, models, "/dev/shm/ggmlviz-")

"""What cannot be attached to is said in a sentence, and left as it was."""

from __future__ import annotations

import contextlib
import os
import platform
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from native_support import any_compiler
from support import environment, find_shim, llama, needs_llama, needs_mounts, script, wait_for

from ggmlviz.capture import target
from ggmlviz.capture.attach import attach, detach
from ggmlviz.capture.environment import Settings
from ggmlviz.capture.errors import CaptureError
from ggmlviz.capture.ptrace import StoppedThread
from ggmlviz.capture.target import find_target
from ggmlviz.cli import main

pytestmark = pytest.mark.skipif(platform.machine() != "x86_64", reason="attach is for x86-64, for now")
NOBODY = 65534


@contextlib.contextmanager
def running(command: list[str], **options) -> Iterator[int]:
    with subprocess.Popen(command, env=environment(), stdin=subprocess.PIPE, **options) as process:
        wait_for(lambda: state_of(process.pid) == "S", "its rest")
        try:
            yield process.pid
        finally:
            process.kill()


def refusal(pid: int, verb=lambda pid: attach(pid, Settings())) -> str:
    with pytest.raises(CaptureError) as caught:
        verb(pid)
    return str(caught.value)


def state_of(pid: int) -> str:
    return target.status_of(pid)["State"][0]


def test_no_ggml():
    with running(["sleep", "100"]) as pid:
        assert (
            refusal(pid)
            == f"there is no ggml in sleep ({pid}), and it loads no libraries while it runs: nothing to record"
        )
        assert refusal(pid, detach) == f"nothing is attached to sleep ({pid})"
        assert "libggmlviz" not in Path(f"/proc/{pid}/maps").read_text()


def test_no_process():
    process = subprocess.Popen(["true"])
    process.wait()
    assert refusal(process.pid) == f"there is no process {process.pid}"
    assert "ggml-viz itself" in refusal(os.getpid())


def test_zombie():
    process = subprocess.Popen(["true"])
    wait_for(lambda: state_of(process.pid) == "Z", "its end")
    assert "has ended already" in refusal(process.pid)
    process.wait()


def test_thread_of_the_kernel():
    if not target.read(Path("/proc/2/status")).startswith("Name:\tkthreadd"):
        pytest.skip("no threads of the kernel can be seen here")
    assert "is a thread of the kernel" in refusal(2)


def test_stopped():
    with running(["sleep", "100"]) as pid:
        os.kill(pid, signal.SIGSTOP)
        wait_for(lambda: state_of(pid) == "T", "its stop")
        assert f"kill -CONT {pid}" in refusal(pid)
        assert state_of(pid) == "T"


def test_traced_by_another():
    with running(["sleep", "100"]) as pid, StoppedThread(pid):
        assert f"process {pid} is being traced by process {os.getpid()}" in refusal(pid)


NAPS = """
#include <time.h>
#include <unistd.h>
int main(void) {
    const struct timespec nap = {0, 1000000};
    for (;;) {
        nanosleep(&nap, 0);
        if (write(1, ".", 1) != 1) return 0;
    }
}
"""
# Without any header or library of the other architecture: `write` one dot, `nanosleep` a millisecond, again.
NAPS_OF_32_BITS = """
.globl _start
_start:
    movl $4, %eax
    movl $1, %ebx
    movl $dot, %ecx
    movl $1, %edx
    int $0x80
    cmpl $1, %eax
    jne done
    movl $162, %eax
    movl $nap, %ebx
    movl $0, %ecx
    int $0x80
    jmp _start
done:
    movl $1, %eax
    movl $0, %ebx
    int $0x80
.data
dot: .byte '.'
.balign 4
nap: .long 0, 1000000
"""
STRANGERS = {
    "32 bits": (
        ["{cc}", "-m32", "-nostdlib", "-static", "-no-pie"],
        ".s",
        "is 32-bit x86, and the shim is 64-bit x86-64",
    ),
    "static": (["{cc}", "-static"], ".c", "is static: it has no loader that could load the shim"),
    "static and position-independent": (["{cc}", "-static-pie"], ".c", "is static: it has no loader"),
    "musl": (["musl-gcc"], ".c", "uses another C library (musl) than the shim was built for: use a build for glibc"),
    "musl, static": (["musl-gcc", "-static"], ".c", "is static: it has no loader"),
}


@pytest.mark.parametrize("name", STRANGERS)
def test_strangers(tmp_path, name):
    """Each is told in one sentence, and goes on with what it does."""
    command, suffix, words = STRANGERS[name]
    source, program = tmp_path / f"naps{suffix}", tmp_path / "naps"
    source.write_text(NAPS if suffix == ".c" else NAPS_OF_32_BITS)
    command = [word.format(cc=any_compiler()) for word in command]
    if (
        not shutil.which(command[0])
        or subprocess.run([*command, str(source), "-o", str(program)], capture_output=True, check=False).returncode
    ):
        pytest.skip(f"{name}: cannot be compiled here")
    with subprocess.Popen([str(program)], stdout=subprocess.PIPE, bufsize=0) as process:
        assert process.stdout.read(1) == b"."
        before = Path(f"/proc/{process.pid}/maps").read_text()
        for verb in (lambda pid: attach(pid, Settings()), detach):
            said = refusal(process.pid, verb)
            assert said.startswith(f"{program} ({process.pid}) {words}") and "\n" not in said and ". " not in said
        assert Path(f"/proc/{process.pid}/maps").read_text() == before
        assert process.stdout.read(1 << 16)  # all that it wrote until now
        later = b""
        while len(later) < 20:
            later += process.stdout.read(20)
        assert set(later) == set(b".")
        assert process.poll() is None
        process.kill()


@needs_mounts
def test_another_world():
    with running(["unshare", "-m", "sleep", "100"]) as pid:
        wait_for(lambda: Path(f"/proc/{pid}/comm").read_text() == "sleep\n", "sleep")
        assert "sees other files than we do" in refusal(pid)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_another_user():
    with running(["sleep", "100"]) as pid:
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            os.setuid(NOBODY)
            try:
                find_target(pid)
            except CaptureError as error:
                os.write(write, str(error).encode())
            os._exit(0)
        os.waitpid(child, 0)
        os.close(write)
        with os.fdopen(read) as said:
            assert said.read() == f"process {pid} belongs to root: attach to it as that user, or as root"


@pytest.mark.parametrize(
    ("scope", "us", "words"),
    [
        ("1", 1000, "kernel.yama.ptrace_scope is 1): do it as root"),
        ("2", 1000, "kernel.yama.ptrace_scope is 2): do it as root"),
        ("3", 0, "kernel.yama.ptrace_scope is 3): use `ggml-viz run`"),
        ("0", 1000, "has more rights than we have"),
        ("", 0, "root lacks CAP_SYS_PTRACE"),
        ("1", 1001, "belongs to user 1000"),
    ],
)
def test_what_the_kernel_does_not_say(monkeypatch, tmp_path, scope, us, words):
    yama = tmp_path / "ptrace_scope"
    yama.write_text(f"{scope}\n")
    monkeypatch.setattr(target, "YAMA", yama)
    monkeypatch.setattr(os, "geteuid", lambda: us)
    monkeypatch.setattr(target, "name_of", lambda user: f"user {user}")
    assert words in target.why_forbidden(7, {"Uid": "1000 1000 1000 1000"})


@pytest.fixture
def idle() -> Iterator[int]:
    """A Python that could load a ggml."""
    with running(script("input()")) as pid:
        yield pid
    Path(f"/dev/shm/ggmlviz-{pid}").unlink(missing_ok=True)


def test_no_ggml_yet(idle, capsys):
    assert main(["attach", "--ring-mb", "4", str(idle)]) == 0
    said = capsys.readouterr().out
    assert f"records into /dev/shm/ggmlviz-{idle}" in said and "no ggml yet" in said
    assert main(["attach", str(idle)]) == 2
    assert f"({idle}) is recorded already: see `ggml-viz ps`" in capsys.readouterr().err
    assert main(["detach", str(idle)]) == 0
    assert "is on its own again" in capsys.readouterr().out
    assert main(["detach", str(idle)]) == 2
    assert "nothing is attached to" in capsys.readouterr().err


def test_what_the_process_itself_says_against_it(idle, tmp_path):
    """The program's terminal stays clean: who asked is told."""
    folder = tmp_path / "folder"
    folder.mkdir()
    taken = folder / "x.ggmlviz"
    taken.write_text("not a trace")
    assert "is not a trace, so it stays" in refusal(idle, lambda pid: attach(pid, Settings(taken)))
    assert "not graph, op or thread" in refusal(idle, lambda pid: attach(pid, Settings(None, "everything")))
    missing = tmp_path / "gone" / "x.ggmlviz"
    missing.parent.mkdir()
    (tmp_path / "gone" / "x.ggmlviz").symlink_to("nowhere")
    assert "is not a plain file" in refusal(idle, lambda pid: attach(pid, Settings(missing)))
    assert refusal(idle, detach).startswith("nothing is attached")
    attach(idle, Settings(ring_mb=4))
    detach(idle)


@needs_llama
def test_preloaded(models):
    settings = environment([find_shim()], GGML_VIZ_RING_MB=4)
    with subprocess.Popen(llama(models.tiny, "--hold"), env=settings, stdin=-1, stderr=-1, text=True) as process:
        try:
            assert process.stderr.readline() == "READY\n"
            assert "is recorded already" in refusal(process.pid)
            assert "was started under the shim" in refusal(process.pid, detach)
        finally:
            process.kill()
            Path(f"/dev/shm/ggmlviz-{process.pid}").unlink(missing_ok=True)


def test_options_that_exclude_each_other(capsys):
    assert main(["attach", "-o", "x.ggmlviz", "--ring-mb", "4", "1"]) == 2
    assert "choose one" in capsys.readouterr().err

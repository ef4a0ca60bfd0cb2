"""What the integration tests share: running real programs, with the shim and without it, and opening their traces."""

from __future__ import annotations

import importlib.util
import os
import pty
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

import pytest

from ggmlviz.capture.shim import find_shim
from ggmlviz.format.recording import Recording
from ggmlviz.trace.trace import Trace
from ggmlviz.trace.validate import validate

TESTS = Path(__file__).resolve().parent
PROGRAMS = TESTS / "programs"
EXAMPLES = TESTS.parent / "examples"
OURS = ("GGML_", "LD_", "ORACLE_")  # a test must not depend on what the caller's environment says of these
SECONDS = 60  # no program here should take more than a few; one that does hangs

has_llama = importlib.util.find_spec("xllamacpp") is not None
has_whisper = importlib.util.find_spec("pywhispercpp") is not None
needs_llama = pytest.mark.skipif(not has_llama, reason="xllamacpp is not installed")
needs_whisper = pytest.mark.skipif(not has_whisper, reason="pywhispercpp is not installed")


def can_mount() -> bool:
    """In a namespace of its own, which also root may not do in some containers."""
    if os.geteuid() != 0 or not shutil.which("unshare"):
        return False
    command = ["unshare", "-m", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


needs_mounts = pytest.mark.skipif(not can_mount(), reason="only root can mount in a namespace of its own")


class Run(NamedTuple):
    """A program that has ended."""

    code: int
    out: str
    err: str

    def lines_of_shim(self) -> list[str]:
        return [line for line in self.err.splitlines() if line.startswith("ggml-viz")]


def python(program: str, *arguments: object) -> list[str]:
    """The command of one of tests/programs."""
    return [sys.executable, str(PROGRAMS / program), *map(str, arguments)]


def llama(model: Path, *arguments: object) -> list[str]:
    return python("llama_generate.py", model, *arguments)


def script(text: str, *arguments: object) -> list[str]:
    """A Python program that is written in the test itself."""
    return [sys.executable, "-c", text, *map(str, arguments)]


def with_mounts(mounts: str, command: list[str], afterwards: str = "true") -> list[str]:
    """The command in a namespace in which the shell text `mounts` was run before, and `afterwards` is run behind it."""
    return ["unshare", "-m", "sh", "-c", f'{mounts} && {{ "$@"; code=$?; {afterwards}; exit $code; }}', "sh", *command]


def environment(preload: Iterable[Path] = (), **variables: object) -> dict[str, str]:
    """The caller's, without what would change the outcome."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    if preload := ":".join(map(str, preload)):
        kept["LD_PRELOAD"] = preload
    path = os.pathsep.join(filter(None, [str(PROGRAMS), kept.get("PYTHONPATH")]))
    return kept | {"PYTHONPATH": path} | {name: str(value) for name, value in variables.items()}


def run(command: list[str], preload: Iterable[Path] = (), folder: Path | None = None, **variables: object) -> Run:
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment(preload, **variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    return Run(done.returncode, done.stdout, done.stderr)


def succeed(command: list[str], preload: Iterable[Path] = (), folder: Path | None = None, **variables: object) -> Run:
    done = run(command, preload, folder, **variables)
    assert done.code == 0, f"{command} ended with {done.code}:\n{done.err}"
    return done


def under_shim(command: list[str], folder: Path | None = None, **variables: object) -> Run:
    return succeed(command, [find_shim()], folder, **variables)


def on_a_terminal(command: list[str], **variables: object) -> str:
    """What a command that succeeds shows there, 200 columns wide."""
    parent, child = pty.openpty()
    shown = environment(TERM="xterm", COLUMNS=200, **variables)
    with subprocess.Popen(command, stdout=child, stderr=subprocess.PIPE, env=shown) as process:
        os.close(child)
        text = b""
        while True:
            try:
                text += os.read(parent, 65536)
            except OSError:  # what Linux says when the other end is closed
                break
        assert (process.wait(), process.stderr.read()) == (0, b"")
    os.close(parent)
    return text.decode()


def traced(command: list[str], output: Path, **variables: object) -> tuple[Run, Trace]:
    """Run under the shim and open what it recorded."""
    done = under_shim(command, GGML_VIZ_OUTPUT=output, **variables)
    return done, open_trace(output)


def open_trace(path: Path) -> Trace:
    return Trace(Recording.open(path))


def assert_whole(trace: Trace) -> None:
    """Closed, without a contradiction, nothing lost, every node time attributed."""
    verdict = validate(trace.recording)
    assert not verdict.problems
    assert not verdict.losses
    assert trace.recording.closed
    assert (trace.executions["node"] >= 0).all()


def runs_in_order(trace: Trace):
    return trace.runs[trace.runs["number"].argsort()]


def wait_for(condition: Callable[[], object], what: str, instead: Callable[[], str] = lambda: "") -> object:
    """What the condition gives as soon as it is true; it is given up after a deadline that is far beyond need, and
    then says what there is `instead`."""
    deadline = time.monotonic() + SECONDS
    while not (result := condition()):
        if time.monotonic() > deadline:
            pytest.fail(f"waited in vain for {what}{instead()}")
        time.sleep(0.005)
    return result


def compile_library(source: Path, output: Path, *flags: str) -> Path:
    compile_c("-shared", "-fPIC", "-fvisibility=hidden", *flags, str(source), "-o", str(output), "-ldl", "-lpthread")
    return output


def compile_program(source: Path, output: Path, *flags: str) -> Path:
    compile_c(str(source), "-o", str(output), *flags)
    return output


def compile_c(*arguments: str) -> None:
    compiler = shutil.which("cc")
    if not compiler:
        pytest.skip("no C compiler")
    command = [compiler, "-O2", "-Wall", "-Wextra", "-Werror", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr

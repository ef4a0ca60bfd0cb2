"""Run a command under the shim for a short while, and see what becomes of it and of its children."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from ggmlviz.capture.environment import Settings, traced_environment
from ggmlviz.capture.process import mapped_files
from ggmlviz.capture.shim import SHIM_NAME

LONGEST_PAUSE = 0.1
GRACE_SECONDS = 3.0
SHIM_SAYS = "ggml-viz: "
MAX_COMPLAINT = 64 << 10


@dataclass
class Seen:
    """A program as it was last seen in one process."""

    pid: int
    program: str
    files: set[str] | None = None  # what it has mapped; None where we may not know

    @property
    def has_shim(self) -> bool:
        return any(Path(file).name == SHIM_NAME for file in self.files or ())


@dataclass
class Observation:
    seen: dict[tuple[int, str], Seen] = field(default_factory=dict)
    seconds: float = 0.0
    exit_code: int | None = None  # None: it was stopped by us
    shim_said: list[str] = field(default_factory=list)
    program_said: list[str] = field(default_factory=list)  # on stderr, in the end


def observe(
    command: Sequence[str], shim: Path, output: Path, seconds: float, is_enough: Callable[[], bool]
) -> Observation:
    """Run it until it ends, the time is over, or `is_enough` says so; then stop it with all its children."""
    observation = Observation()
    environment = traced_environment(os.environ, shim, Settings(output=output, verbose=True))
    complaints = output.with_suffix(".stderr")
    start = time.monotonic()
    with complaints.open("wb") as stderr:
        # A session of its own: at the end the whole of it is stopped, and the terminal stays ours.
        child = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            start_new_session=True,
        )
    try:
        while not has_ended(child) and time.monotonic() - start < seconds and not is_enough():
            look_at(child.pid, observation)
            # Often at first, because a program may be over soon.
            time.sleep(min(LONGEST_PAUSE, 0.005 + (time.monotonic() - start) / 10))
        ended = has_ended(child)
        observation.seconds = time.monotonic() - start
    finally:
        stop(child)
    observation.exit_code = child.returncode if ended else None
    sort_lines(complaints, observation)
    return observation


def has_ended(child: subprocess.Popen) -> bool:
    """Whether it is over, without collecting it: until then nobody else gets its pid, nor its session's number."""
    return os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def look_at(pid: int, observation: Observation) -> None:
    for process in family(pid):
        try:
            program = process.exe()
        except psutil.Error:
            continue
        if program:
            files = mapped_files(process.pid)
            seen = observation.seen.setdefault((process.pid, program), Seen(process.pid, program, files))
            # Libraries that were there once count, though they may have gone; a look that failed changes nothing.
            seen.files = (seen.files or set()) | files if files is not None else seen.files


def family(leader: int) -> set[psutil.Process]:
    """The leader's descendants, and what is left of its session where their parents have gone."""
    members: set[psutil.Process] = set()
    with contextlib.suppress(psutil.Error):
        leading = psutil.Process(leader)
        members |= {leading, *leading.children(recursive=True)}
    for process in psutil.process_iter():
        with contextlib.suppress(OSError):
            if os.getsid(process.pid) == leader:
                members.add(process)
    return members


def stop(child: subprocess.Popen) -> None:
    """End it and all that belongs to it: politely first, then for certain."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        processes = family(child.pid)
        deadline = time.monotonic() + GRACE_SECONDS
        for process in processes:
            with contextlib.suppress(psutil.Error):
                process.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(GRACE_SECONDS)
        others = [process for process in processes if process.pid != child.pid]
        psutil.wait_procs(others, max(0.0, deadline - time.monotonic()))
    child.wait()


def sort_lines(complaints: Path, observation: Observation) -> None:
    """Tell the shim's lines from the program's own."""
    with complaints.open(errors="replace") as file:
        lines = file.read(MAX_COMPLAINT).splitlines()
    for line in lines:
        if line.startswith(SHIM_SAYS):
            observation.shim_said.append(line.removeprefix(SHIM_SAYS))
        elif line.strip():
            observation.program_said.append(line)

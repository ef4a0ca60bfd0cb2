"""The rings on this machine: recordings in shared memory, of programs that run or that have ended."""

from __future__ import annotations

import os
import stat
import time
from dataclasses import asdict, dataclass
from enum import Enum
from pathlib import Path

from ggmlviz.capture.errors import CaptureError
from ggmlviz.capture.process import is_stopped, mapped_files, start_of
from ggmlviz.capture.ring_files import RING_NAME, SHARED_MEMORY, ring_files
from ggmlviz.errors import TraceError
from ggmlviz.format.header import Header
from ggmlviz.format.layout import Mode
from ggmlviz.format.recording import Recording
from ggmlviz.format.source import Source


class RingState(Enum):
    LIVE = "live"  # its process records
    STOPPED = "stopped"  # it would, but a signal or a debugger has stopped it
    ENDED = "ended"  # closed in good order
    CRASHED = "crashed"  # its process is gone and could not close it
    UNREADABLE = "unreadable"
    NOT_OURS = "not ours"  # somebody else's, or not made by the shim


@dataclass(frozen=True)
class Ring:
    path: Path
    pid: int
    state: RingState
    command: str = ""
    bytes: int = 0
    seconds: float = 0.0  # how long it has recorded
    reason: str = ""  # why it cannot be read
    pid_started: int = 0

    def as_dict(self) -> dict:
        return asdict(self) | {"path": str(self.path), "state": self.state.value}


def rings(folder: Path = SHARED_MEMORY) -> list[Ring]:
    found = []
    for path, pid in ring_files(folder).items():
        try:
            found.append(look_at(path, pid))
        except FileNotFoundError:
            continue  # removed meanwhile, as ended rings are when another recording begins
    return found


def ring_of(pid: int, folder: Path = SHARED_MEMORY) -> Path:
    """The ring of a process, running or not."""
    path = folder / f"{RING_NAME}{pid}"
    if not os.path.lexists(path):
        raise CaptureError(f"process {pid} has no ring: `ggml-viz ps` lists those that have one")
    ring = look_at(path, pid)
    if ring.reason:
        raise CaptureError(f"{path} is {ring.state.value}: {ring.reason}")
    return path


def look_at(path: Path, pid: int) -> Ring:
    status = path.lstat()
    if reason := why_not_ours(status):
        return Ring(path, pid, RingState.NOT_OURS, reason=reason)
    try:
        source = Source(path)
        header = Header(source)
    except TraceError as error:
        return Ring(path, pid, RingState.UNREADABLE, bytes=status.st_size, reason=str(error))
    if header["pid"] != pid or header["uid"] != status.st_uid or header["mode"] != Mode.RING:
        return Ring(path, pid, RingState.NOT_OURS, reason="its header belongs to another process")
    state = state_of(path, header)
    started = header["pid_started"]
    return Ring(path, pid, state, command_of(path), status.st_size, seconds_of(header, state), pid_started=started)


def why_not_ours(status: os.stat_result) -> str:
    """Anybody can make files in shared memory: only what the shim would have made for this user is opened.

    The superuser may look at the rings of all, as the superuser may look at their processes.
    """
    if not stat.S_ISREG(status.st_mode):
        return "it is no plain file"
    if status.st_uid != os.geteuid() and os.geteuid() != 0:
        return f"it belongs to user {status.st_uid}"
    if stat.S_IMODE(status.st_mode) != 0o600:
        return f"its mode is {stat.S_IMODE(status.st_mode):04o}, and the shim makes 0600"
    return ""


def command_of(path: Path) -> str:
    """What its process was started with, as the shim wrote it down."""
    return Recording.definitions_of(path).meta.get("command", "")


def state_of(path: Path, header: Header) -> RingState:
    if header.closed:
        return RingState.ENDED
    if start_of(header["pid"]) != header["pid_started"]:
        return RingState.CRASHED
    # The same process may run another program by now, which knows nothing of this ring.
    files = mapped_files(header["pid"])
    if files is not None and str(path.absolute()) not in files:
        return RingState.CRASHED
    return RingState.STOPPED if is_stopped(header["pid"]) else RingState.LIVE


def seconds_of(header: Header, state: RingState) -> float:
    if state is RingState.LIVE:
        return (time.monotonic_ns() - header.start.monotonic_ns) / 1e9
    return max(0, header.latest.monotonic_ns - header.start.monotonic_ns) / 1e9 if header.latest else 0.0


def clean(folder: Path = SHARED_MEMORY) -> list[Ring]:
    """Remove this user's rings whose processes are gone; returns what was removed."""
    removed = []
    for ring in rings(folder):
        if ring.state is not RingState.NOT_OURS and ring.path.lstat().st_uid == os.geteuid() and is_gone(ring):
            ring.path.unlink(missing_ok=True)
            removed.append(ring)
    return removed


def is_gone(ring: Ring) -> bool:
    """Whether no process has the ring any more; of one that cannot be read, whether none has its number."""
    if ring.state in (RingState.LIVE, RingState.STOPPED):
        return False
    if ring.state is RingState.UNREADABLE:
        return start_of(ring.pid) is None
    return start_of(ring.pid) != ring.pid_started or ring.state is RingState.CRASHED


def table(found: list[Ring]) -> list[str]:
    """For people: one line per ring."""
    lines = [f"{'PID':>8}  {'STATE':<10}  {'RECORDED':>9}  {'SIZE':>9}  COMMAND"]
    for ring in found:
        size, recorded = f"{ring.bytes / 1e6:.1f} MB", f"{ring.seconds:.1f} s"
        lines.append(f"{ring.pid:>8}  {ring.state.value:<10}  {recorded:>9}  {size:>9}  {ring.command or ring.reason}")
    return lines

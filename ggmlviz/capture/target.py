"""May and can a running process be attached to? What stands in the way, in a sentence."""

from __future__ import annotations

import contextlib
import os
import platform
import pwd
import sys
from dataclasses import dataclass
from pathlib import Path

from ggmlviz.capture.checks import USE_SHARED, is_musl
from ggmlviz.capture.elf import Elf, NotElf, contains, read_elf
from ggmlviz.capture.errors import CaptureError
from ggmlviz.capture.image import Mapping, mappings
from ggmlviz.capture.process import PROC
from ggmlviz.capture.shim import SHIM_NAME
from ggmlviz.capture.symptoms import has_ggml

YAMA = Path("/proc/sys/kernel/yama/ptrace_scope")
KEEPER = "ggmlviz"  # the name of the shim's own thread
C_LIBRARY = ("libc.", "libc-2.", "ld-", "libdl", "libpthread")
GLIBC = ("libc.so.6", "libc-2.")
MUSL = ("ld-musl", "libc.musl", "libc.so")  # the last is how Debian calls it
LOADS = b"\0dlopen\0"  # among the names of what a file calls


@dataclass(frozen=True)
class Target:
    """A process that may be looked at."""

    pid: int
    program: str
    maps: list[Mapping]

    @property
    def shims(self) -> list[Mapping]:
        """The beginnings of the shims it has loaded; one that is not in use stays where it is."""
        return [mapping for mapping in self.maps if mapping.name == SHIM_NAME and mapping.offset == 0]

    @property
    def is_recorded(self) -> bool:
        names = (read(PROC / str(self.pid) / "task" / task / "comm") for task in tasks(self.pid))
        return any(name.strip() == KEEPER for name in names)

    @property
    def is_preloaded(self) -> bool:
        variables = read(PROC / str(self.pid) / "environ").split("\0")
        return bool(self.shims) and any(text.startswith("LD_PRELOAD=") and SHIM_NAME in text for text in variables)

    def __str__(self) -> str:
        return f"{self.program} ({self.pid})"


def find_target(pid: int) -> Target:
    """The process, if nothing forbids to look into it."""
    if sys.platform != "linux" or platform.machine() != "x86_64":
        raise CaptureError("attach works on Linux and x86-64 only, for now: use `ggml-viz run`")
    if pid == os.getpid():
        raise CaptureError(f"process {pid} is ggml-viz itself")
    status = status_of(pid)
    if status["State"][0] in "ZX":
        raise CaptureError(f"process {pid} has ended already, and waits for its parent to notice")
    if "VmSize" not in status:
        raise CaptureError(f"process {pid} is a thread of the kernel")
    if int(status.get("Tgid", pid)) != pid:
        raise CaptureError(f"{pid} is a thread of process {status['Tgid']}: name that one")
    if tracer := int(status.get("TracerPid", 0)):
        raise CaptureError(f"process {pid} is being traced by process {tracer}, a debugger perhaps: only one can do so")
    if status["State"][0] in "Tt":
        raise CaptureError(f"process {pid} is stopped, so it can do nothing for us: kill -CONT {pid} lets it run on")
    try:
        maps = mappings(pid)
        with (PROC / str(pid) / "mem").open("rb"):
            pass
        program = os.readlink(PROC / str(pid) / "exe")
    except FileNotFoundError as error:
        raise CaptureError(f"process {pid} has ended") from error
    except PermissionError as error:
        raise CaptureError(why_forbidden(pid, status)) from error
    check_world(pid)
    check_program(pid, program, maps)
    return Target(pid, Path(program).name, maps)


def status_of(pid: int) -> dict[str, str]:
    text = read(PROC / str(pid) / "status")
    if not text:
        raise CaptureError(f"there is no process {pid}")
    return {name: value.strip() for name, _, value in (line.partition(":") for line in text.splitlines())}


def why_forbidden(pid: int, status: dict[str, str]) -> str:
    """The kernel says no more than no; these are its reasons, the likeliest first."""
    owner, us = int(status["Uid"].split()[0]), os.geteuid()
    scope = read(YAMA).strip()
    if owner != us and us != 0:
        return f"process {pid} belongs to {name_of(owner)}: attach to it as that user, or as root"
    if scope == "3":
        return "this system forbids to trace any process (kernel.yama.ptrace_scope is 3): use `ggml-viz run`"
    if us != 0 and scope in ("1", "2"):
        return (
            f"this system lets only root attach to processes (kernel.yama.ptrace_scope is {scope}): do it as root, or "
            "allow it with `sysctl kernel.yama.ptrace_scope=0`"
        )
    if us != 0:
        return f"process {pid} has more rights than we have, or asked not to be looked at: attach to it as root"
    return f"process {pid} may not be traced: root lacks CAP_SYS_PTRACE here, as in many containers"


def check_world(pid: int) -> None:
    """The path of the shim and that of the trace must mean the same there as here."""
    with contextlib.suppress(PermissionError):
        for what in ("ns/mnt", "root"):
            if os.readlink(PROC / str(pid) / what) != os.readlink(PROC / "self" / what):
                raise CaptureError(
                    f"process {pid} sees other files than we do (a container, a sandbox?): run ggml-viz where it runs"
                )


def check_program(pid: int, program: str, maps: list[Mapping]) -> None:
    # By this name the very file can be read, be it deleted or replaced.
    elf = read_elf(PROC / str(pid) / "exe")
    if elf.kind != (host := read_elf(PROC / "self" / "exe")).kind:
        raise CaptureError(f"{program} ({pid}) is {elf.kind}, and the shim is {host.kind}: use a build for that")
    names = {mapping.name for mapping in maps}
    if any(name.startswith(GLIBC) for name in names):
        return
    if is_musl(elf) or any(name.startswith(MUSL) for name in names):
        what = f"{program} ({pid}) uses another C library (musl) than the shim was built for"
        raise CaptureError(f"{what}: use a build for glibc")
    raise CaptureError(f"{program} ({pid}) is static: it has no loader that could load the shim; {USE_SHARED}")


def ggml_in(target: Target) -> tuple[bool, bool]:
    """Whether it has a ggml whose calls can be intercepted, and whether it could still load one."""
    code = [mapping for mapping in target.maps if mapping.path.startswith("/") and "x" in mapping.rights]
    files = {mapping.path for mapping in code if mapping.name != SHIM_NAME}
    # Fewer, where a file was deleted or replaced since.
    elves = {path: elf for path in files if (elf := elf_of(path))}
    if any(elf.imported or (elf.defined and Path(path).name != target.program) for path, elf in elves.items()):
        return True, True
    if inside := [path for path, elf in elves.items() if has_ggml(elf)]:
        raise CaptureError(f"ggml is inside {inside[0]}, where no call to it can be intercepted: {USE_SHARED}")
    programs = [path for path in elves if not Path(path).name.startswith(C_LIBRARY)]
    return False, len(elves) < len(files) or any(contains(Path(path), LOADS) for path in programs)


def elf_of(path: str) -> Elf | None:
    with contextlib.suppress(NotElf, OSError):
        return read_elf(Path(path))
    return None


def tasks(pid: int) -> list[str]:
    try:
        return os.listdir(PROC / str(pid) / "task")
    except OSError:
        return []


def read(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""


def name_of(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"user {user}"

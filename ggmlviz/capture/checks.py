"""What can be told about a command without running it: could a preloaded library see its calls into ggml?"""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

from ggmlviz.capture.command import Resolved
from ggmlviz.capture.elf import Elf, NotElf, contains, read_elf
from ggmlviz.capture.environment import Settings, traced_environment
from ggmlviz.capture.finding import Finding, fine, obstacle, unknown

# In every program compiled against ggml's header, stripped or not.
GGML_MARK = b"GGML_ASSERT"

USE_SHARED = "use a build with shared libraries (cmake -DBUILD_SHARED_LIBS=ON), or llama.cpp's own release packages"


def check_command(resolved: Resolved) -> Finding:
    if resolved.problem:
        return obstacle("command", resolved.problem, is_final=True)
    first, *more = resolved.files
    return fine("command", str(first) + "".join(f", a script for {file}" for file in more))


def check_privileges(path: Path, uid: int, gid: int) -> Finding:
    """Would the loader ignore LD_PRELOAD, because the program gets rights that its caller has not?"""
    status = path.stat()
    gains = []
    if status.st_mode & stat.S_ISUID and status.st_uid != uid:
        gains.append(f"runs as user {status.st_uid} (setuid)")
    # Without the group's right to execute, this bit says something else: mandatory locking.
    if status.st_mode & stat.S_ISGID and status.st_mode & stat.S_IXGRP and status.st_gid != gid:
        gains.append(f"runs as group {status.st_gid} (setgid)")
    if uid != 0 and has_capabilities(path):
        gains.append("has file capabilities")
    if not gains or os.statvfs(path).f_flag & os.ST_NOSUID:
        return fine("privileges", "it gains none, so that LD_PRELOAD holds")
    return obstacle(
        "privileges",
        f"{path} {' and '.join(gains)}, so the loader ignores LD_PRELOAD",
        "run a copy without these rights (cp makes one), or run it as that user",
        is_final=True,
    )


def has_capabilities(path: Path) -> bool:
    try:
        return bool(os.getxattr(path, "security.capability"))
    except OSError:
        return False


def check_program(elf: Elf, host: Elf) -> Finding:
    """Can the shim, which was built for the same machine and loader as `host`, be loaded into this program?"""
    if elf.kind != host.kind:
        return obstacle(
            "program", f"{elf.path} is {elf.kind}, the shim is {host.kind}", f"build ggml-viz for {elf.machine}"
        )
    if not elf.interpreter:
        return obstacle("program", f"{elf.path} is static: it has no loader that could preload anything", USE_SHARED)
    if is_musl(elf) != is_musl(host):
        return obstacle(
            "program",
            f"{elf.path} is loaded by {elf.interpreter}, the shim was built for {Path(host.interpreter).name}",
            "install ggml-viz on a system with the same C library, the program's own container for one",
            is_final=True,
        )
    return fine("program", f"{elf.kind}, loaded by {elf.interpreter}")


def is_musl(elf: Elf) -> bool:
    return Path(elf.interpreter).name.startswith("ld-musl")


def check_ggml(elf: Elf) -> Finding:
    """Do calls into ggml leave this file, so that a preloaded function can stand in their way?"""
    if elf.imported:
        return fine("ggml", f"{elf.path.name} calls {len(elf.imported)} of its functions in a shared library")
    if elf.defined or elf.hidden or contains(elf.path, GGML_MARK):
        return obstacle(
            "ggml", f"it is part of {elf.path.name} itself, where no call to it can be intercepted", USE_SHARED
        )
    return unknown("ggml", f"{elf.path.name} neither has it nor calls it; a library or a child process may")


def check_shim(shim: Path) -> Finding:
    """Load the shim into a program that does nothing, for the loader's own opinion of it."""
    command = [sys.executable, "-S", "-E", "-c", ""]
    environment = traced_environment(os.environ, shim, Settings())
    done = subprocess.run(command, check=False, env=environment, stderr=subprocess.PIPE, text=True)
    if done.returncode or done.stderr:
        complaint = (done.stderr.splitlines() or [f"a Python with it ended with {done.returncode}"])[0]
        return obstacle("shim", f"{shim} cannot be loaded: {complaint}", "install ggml-viz again on this machine", True)
    return fine("shim", str(shim))


def check_files(resolved: Resolved) -> list[Finding]:
    """All findings about the program that a command leads to."""
    path = resolved.program
    # A script's own setuid bits mean nothing to the kernel: only the program counts.
    findings = [check_privileges(path, os.getuid(), os.getgid())]
    try:
        elf = read_elf(path)
    except NotElf as error:
        return [*findings, obstacle("program", str(error), "is it a script that lacks its #! line?", True)]
    except OSError as error:
        return [*findings, unknown("program", f"{path} cannot be read: {error.strerror}")]
    findings.append(check_program(elf, read_elf(Path("/proc/self/exe"))))
    return [*findings, check_ggml(elf)]

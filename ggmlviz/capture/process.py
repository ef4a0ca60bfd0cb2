"""What the kernel tells about other processes, from /proc."""

from __future__ import annotations

import contextlib
from pathlib import Path

import psutil

PROC = Path("/proc")


def start_of(pid: int) -> int | None:
    """When the process started, in the kernel's ticks since boot; None where there is no such process.

    With the pid it names one process for ever, while a pid alone is used again.
    """
    try:
        stat = (PROC / str(pid) / "stat").read_bytes()
    except OSError:
        return None
    # The second field is the program's name, in parentheses, and may hold spaces and parentheses itself.
    state, *rest = stat[stat.rindex(b")") + 1 :].split()
    return None if state in (b"Z", b"X") else int(rest[18])


def is_stopped(pid: int) -> bool:
    """By a signal or a debugger: it does nothing until it is told to go on."""
    try:
        stat = (PROC / str(pid) / "stat").read_bytes()
    except OSError:
        return False
    return stat[stat.rindex(b")") + 1 :].split()[0] in (b"T", b"t")


def descendants(pid: int) -> set[int]:
    """Its children, their children, and so on: a cheap look, that may miss some while others come and go."""
    found: set[int] = set()
    for task in (PROC / str(pid) / "task").glob("*/children"):
        with contextlib.suppress(OSError):
            found.update(map(int, task.read_text().split()))
    return found.union(*map(descendants, found))


def is_descendant(pid: int, ancestor: int) -> bool:
    try:
        return any(parent.pid == ancestor for parent in psutil.Process(pid).parents())
    except psutil.NoSuchProcess:
        return False


def mapped_files(pid: int) -> set[str] | None:
    """The files that a process has mapped; None where we may not know or there is no such process."""
    try:
        with (PROC / str(pid) / "maps").open(errors="surrogateescape") as maps:
            # address permissions offset device inode path
            fields = (line.rstrip("\n").split(maxsplit=5) for line in maps)
            return {field[5] for field in fields if len(field) == 6 and field[5].startswith("/")}
    except OSError:
        return None

"""Where a thread may be made to do something else for a moment: it must hold none of the C library's own locks."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from ggmlviz.capture.image import Image, Mapping, Memory
from ggmlviz.capture.ptrace import Registers, StoppedThread

CODE_64_BIT = 0x33
# Names of what a process cannot do without; an allocator may stand in for part of it.
LOADERS = ("ld-linux", "ld-2.", "libdl.so", "libdl-")
C_LIBRARIES = ("libc.so", "libc-2.", "libpthread.so", "libpthread-")
SYSCALL = b"\x0f\x05"
# mov $15, %rax; syscall: what a signal handler returns to
RETURN_FROM_SIGNAL = b"\x48\xc7\xc0\x0f\x00\x00\x00\x0f\x05"
LOAD_NUMBER = b"\xb8"  # mov $NUMBER, %eax
SAVED_REGISTERS = 6  # words from where a handler returns to, to the registers: r8 and so on
STACK_BYTES = 256 << 10

FUTEX, FUTEX_WAIT, FUTEX_WAIT_BITSET, FUTEX_KIND, LOCKED_AND_WAITED_FOR = 202, 0, 9, 127, 2
# The system calls in which threads wait for something to happen, or just tell it. The C library holds none of its locks
# in them that matter here. Memory and files are another matter: these it asks for in the middle of its own affairs.
WAITS = {
    0: "read",
    1: "write",
    7: "poll",
    23: "select",
    24: "sched_yield",
    34: "pause",
    35: "nanosleep",
    43: "accept",
    44: "sendto",
    45: "recvfrom",
    46: "sendmsg",
    47: "recvmsg",
    61: "wait4",
    70: "msgrcv",
    65: "semop",
    127: "rt_sigpending",
    128: "rt_sigtimedwait",
    130: "rt_sigsuspend",
    208: "io_getevents",
    220: "semtimedop",
    230: "clock_nanosleep",
    232: "epoll_wait",
    247: "waitid",
    270: "pselect6",
    271: "ppoll",
    281: "epoll_pwait",
    288: "accept4",
    299: "recvmmsg",
    441: "epoll_pwait2",
}


class Places:
    """What lies where in a process, as far as it matters for stopping there."""

    def __init__(self, memory: Memory, maps: Sequence[Mapping]):
        self.memory = memory
        self.maps = maps
        self.code = [mapping for mapping in maps if "x" in mapping.rights]
        bases = {}
        for mapping in maps:
            if mapping.inode and mapping.offset == 0:
                bases[mapping.path] = mapping.begin
        self.images = {path: Image(memory, base) for path, base in bases.items()}
        # An allocator that the program brought along is asked for memory by the C library as well.
        self.allocators = {path for path, image in self.images.items() if image.symbol("malloc")}
        self.returns_from_signals = {
            mapping.begin + at
            for mapping in self.code
            if mapping.name.startswith(C_LIBRARIES)
            for at in find_all(memory.read(mapping.begin, mapping.end - mapping.begin), RETURN_FROM_SIGNAL)
        }

    def at(self, address: int) -> Mapping | None:
        return next((mapping for mapping in self.maps if mapping.begin <= address < mapping.end), None)

    def why_unsafe(self, thread: StoppedThread, registers: Registers) -> str:
        """Empty where the thread may be diverted."""
        if registers.cs != CODE_64_BIT:
            return "it runs 32-bit code"
        if not registers.fs_base or self.memory.number(registers.fs_base + 16) != registers.fs_base:
            return "it was not made by the C library"
        if (rseq := thread.restartable_sequence) and self.memory.number(rseq + 8):
            return "it is in a sequence that must not be interrupted"
        moments = [self._moment_now(registers), *self._interrupted_by_signals(registers.rsp)]
        return next(filter(None, map(self._why_unsafe_at, moments)), "")

    def _moment_now(self, registers: Registers) -> Moment:
        given = registers.rsi, registers.rdx
        if self.memory.read(registers.rip, 2) == SYSCALL:
            return Moment(registers.rip, registers.rax, *given)  # on the point of being made, or made again
        if self.memory.read(registers.rip - 2, 2) == SYSCALL:
            return Moment(registers.rip, registers.orig_rax, *given)
        return Moment(registers.rip)

    def _why_unsafe_at(self, moment: Moment) -> str:
        place = self.at(moment.rip)
        if place is None:
            return "it is nowhere"
        if place.name.startswith(LOADERS):
            return "it is in the loader"
        if place.name.startswith(C_LIBRARIES):
            return "" if moment.waits else "it is in the C library"
        return "it is in an allocator" if place.path in self.allocators else ""

    def _interrupted_by_signals(self, stack: int) -> list[Moment]:
        """Where the thread was when it got the signals that it may be handling. They may be over, their traces left."""
        place = self.at(stack)
        if place is None:
            return []
        data = self.memory.read(stack & ~7, min(place.end - (stack & ~7), STACK_BYTES))
        words = struct.unpack(f"<{len(data) // 8}Q", data[: len(data) & ~7])
        ends = [at for at, word in enumerate(words) if word in self.returns_from_signals]
        frames = (words[at + SAVED_REGISTERS : at + SAVED_REGISTERS + 19] for at in ends)
        return [self._moment_of(saved) for saved in frames if len(saved) == 19 and saved[18] & 0xFFFF == CODE_64_BIT]

    def _moment_of(self, saved: tuple[int, ...]) -> Moment:
        rsi, rdx, rax, rip = saved[9], saved[12], saved[13], saved[16]
        before = self.memory.read(rip - 7, 7)
        if self.memory.read(rip, 2) == SYSCALL:
            return Moment(rip, rax, rsi, rdx)  # it will be made again
        if before[:1] == LOAD_NUMBER and before[5:] == SYSCALL:
            return Moment(rip, int.from_bytes(before[1:5], "little"), rsi, rdx)
        return Moment(rip)


@dataclass(frozen=True)
class Moment:
    """Where a thread is, and in which system call."""

    rip: int
    call: int = -1
    second: int = 0  # what the call was given
    third: int = 0

    @property
    def waits(self) -> bool:
        if self.call != FUTEX:
            return self.call in WAITS
        kind = self.second & FUTEX_KIND
        # A lock of the C library's own is waited for with this very value.
        other_than_lock = kind == FUTEX_WAIT and self.third & 0xFFFFFFFF != LOCKED_AND_WAITED_FOR
        return kind == FUTEX_WAIT_BITSET or other_than_lock


def find_all(data: bytes, wanted: bytes) -> list[int]:
    found, at = [], data.find(wanted)
    while at >= 0:
        found.append(at)
        at = data.find(wanted, at + 1)
    return found

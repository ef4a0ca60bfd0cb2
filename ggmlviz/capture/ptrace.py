"""The kernel's ptrace on x86-64: one thread of another process stopped, looked at, diverted and let go.

Nothing here asks the kernel to harm the thread when we die: it then runs on from wherever it was told to.
"""

from __future__ import annotations

import ctypes
import errno
import os
import signal
import time
from enum import IntEnum

WALL = 0x40000000  # threads that are no children, too
EVENT_STOP = 128
SYSCALL_STOP = signal.SIGTRAP | 0x80
STOP_SECONDS = 0.5  # how long a thread may take to come to a stop
GONE = {errno.ESRCH, errno.ECHILD}
NO_SYSCALL = (1 << 64) - 1
INTERRUPTED = (1 << 64) - errno.EINTR
# The waits that end with EINTR when their thread is only stopped: for messages through sockets with a time limit, for
# semaphores, signals, finished transfers, and by epoll. All others are made again by the kernel.
CUT_SHORT = {0, 1, 43, 44, 45, 46, 47, 65, 128, 208, 220, 232, 281, 288, 299, 333, 441}

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.restype = ctypes.c_long
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]


class Request(IntEnum):
    POKE = 5
    CONTINUE = 7
    GET_REGISTERS = 12
    SET_REGISTERS = 13
    DETACH = 17
    SYSCALL = 24
    SEIZE = 0x4206
    INTERRUPT = 0x4207
    GET_SIGNAL_MASK = 0x420A
    GET_RSEQ = 0x420F


MARK_SYSCALL_STOPS = 1  # an option of SEIZE


REGISTERS = (
    *("r15", "r14", "r13", "r12", "rbp", "rbx", "r11", "r10", "r9", "r8", "rax", "rcx", "rdx", "rsi", "rdi"),
    *("orig_rax", "rip", "cs", "flags", "rsp", "ss", "fs_base", "gs_base", "ds", "es", "fs", "gs"),
)


class Registers(ctypes.Structure):
    """struct user_regs_struct."""

    _fields_ = [(name, ctypes.c_uint64) for name in REGISTERS]


class Rseq(ctypes.Structure):
    _fields_ = [("pointer", ctypes.c_uint64), ("rest", ctypes.c_uint32 * 4)]


class ThreadGone(Exception):
    """It has ended, or does not stop (a thread that waits for a disk does not)."""


def has_signal(thread: int) -> bool:
    """Whether a signal waits for it that it will get."""
    try:
        with open(f"/proc/{thread}/status") as status:
            fields = dict(line.split(":", 1) for line in status if ":" in line)
    except OSError as error:
        raise ThreadGone from error
    own, shared, blocked = (int(fields[name], 16) for name in ("SigPnd", "ShdPnd", "SigBlk"))
    return bool((own | shared) & ~blocked)


class StoppedThread:
    """A thread that is stopped for the time of a `with`. Signals that come meanwhile reach it."""

    def __init__(self, thread: int):
        self.thread = thread

    def __enter__(self) -> StoppedThread:
        self._call(Request.SEIZE, data=MARK_SYSCALL_STOPS)
        try:
            self.stop()
        except BaseException:
            self._let_go()
            raise
        return self

    def __exit__(self, *_) -> None:
        self._let_go()

    def stop(self) -> None:
        self._call(Request.INTERRUPT)
        deadline = time.monotonic() + STOP_SECONDS
        while (event := self.next_stop()) != EVENT_STOP:
            if event is not None:
                self.resume(event)
            elif time.monotonic() > deadline:
                raise ThreadGone
            else:
                time.sleep(0.0001)
        self._make_again()

    def _make_again(self) -> None:
        """The system call that our stop has cut short, unless a signal has."""
        registers = self.registers
        if registers.rax == INTERRUPTED and registers.orig_rax in CUT_SHORT and not has_signal(self.thread):
            registers.rax, registers.rip = registers.orig_rax, registers.rip - 2
            registers.orig_rax = NO_SYSCALL
            self.registers = registers

    def next_stop(self) -> int | None:
        """None while it runs; EVENT_STOP, SYSCALL_STOP, or the number of a signal that it is about to get."""
        try:
            thread, status = os.waitpid(self.thread, WALL | os.WNOHANG)
        except ChildProcessError as error:
            raise ThreadGone from error
        if not thread:
            return None
        if not os.WIFSTOPPED(status):
            raise ThreadGone
        return EVENT_STOP if status >> 16 == EVENT_STOP else os.WSTOPSIG(status)

    def resume(self, stop: int = 0, until_syscall: bool = False) -> None:
        """Let it run on; a signal that stopped it is delivered."""
        number = 0 if stop in (EVENT_STOP, SYSCALL_STOP) else stop
        self._call(Request.SYSCALL if until_syscall else Request.CONTINUE, data=number)

    @property
    def registers(self) -> Registers:
        registers = Registers()
        self._call(Request.GET_REGISTERS, data=ctypes.addressof(registers))
        return registers

    @registers.setter
    def registers(self, registers: Registers) -> None:
        self._call(Request.SET_REGISTERS, data=ctypes.addressof(registers))

    @property
    def signal_mask(self) -> int:
        mask = ctypes.c_uint64()
        self._call(Request.GET_SIGNAL_MASK, ctypes.sizeof(mask), ctypes.addressof(mask))
        return mask.value

    @property
    def restartable_sequence(self) -> int:
        """The address of its struct rseq; 0 where there is none or the kernel does not say."""
        found = Rseq()
        try:
            self._call(Request.GET_RSEQ, ctypes.sizeof(found), ctypes.addressof(found))
        except OSError:
            return 0
        return found.pointer

    def write(self, address: int, data: bytes) -> None:
        """Also where the process itself may only read and execute. The length is a multiple of eight."""
        for offset in range(0, len(data), 8):
            self._call(Request.POKE, address + offset, int.from_bytes(data[offset : offset + 8], "little"))

    def _let_go(self) -> None:
        try:
            self._call(Request.DETACH)
        except ThreadGone:
            # It runs, and only one that is stopped can be let go.
            try:
                self.stop()
                self._call(Request.DETACH)
            except ThreadGone:
                pass  # gone, or it is let go when we end

    def _call(self, request: Request, address: int = 0, data: int = 0) -> None:
        if libc.ptrace(request, self.thread, address, data) == -1:
            number = ctypes.get_errno()
            if number in GONE:
                raise ThreadGone
            raise OSError(number, os.strerror(number))

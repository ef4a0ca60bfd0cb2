"""The code of csrc/inject.c with the words behind it, and the block of memory that it works on. The two must agree."""

from __future__ import annotations

import ctypes
import os
import struct
from dataclasses import dataclass
from pathlib import Path

from ggmlviz.capture.errors import CaptureError
from ggmlviz.capture.image import Memory
from ggmlviz.capture.ptrace import Registers

# What the block begins with: ready, left, created, state, read, thread, result. Then functions, words and texts; from
# 16896 on the thread's extended state is kept, and the end is a stack.
BLOCK_BYTES = 1 << 16
READY, LEFT, STATE, READ, THREAD, RESULT = 0, 4, 12, 16, 20, 24
FUNCTIONS, ENTRY, NAME, PATH, ARGUMENT, ANSWER = 32, 64, 128, 256, 4352, 12544
ANSWER_BYTES = 4096
WORKING, CALLED, FAILED = 0, 1, 2
NAP_NS = 1_000_000

# Not the signals that end a process at once where they are blocked, nor those that the C library sends to itself.
NEVER_BLOCKED = (4, 5, 7, 8, 11, 32, 33)
BLOCKED = (1 << 64) - 1 & ~sum(1 << (number - 1) for number in NEVER_BLOCKED)

RESTART_SYSCALL = 219
RESTART_SAME, RESTART_BY_BLOCK = (-512, -513, -514), -516
WORDS_BYTES = 184
OTHERS = ("rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15")


@dataclass(frozen=True)
class Call:
    """A function of the shim to be called, by its name in a file to be opened or, where it is open, by its address."""

    name: str
    path: Path | None = None
    address: int = 0
    argument: bytes = b"\0"


def injected_code(shim: Path) -> bytes:
    library = ctypes.CDLL(str(shim))
    names = ("ggmlviz_injected", "ggmlviz_injected_end")
    begin, end = (ctypes.cast(getattr(library, name), ctypes.c_void_p).value for name in names)
    return ctypes.string_at(begin, end - begin)


def words_behind(registers: Registers, mask: int, block: int, pthread_create: int) -> bytes:
    """What the code finds behind itself: what it needs, and what the thread is to go on with."""
    rax, rip = registers.rax, registers.rip
    if signed(registers.orig_rax) >= 0:
        # As the kernel would have done: the system call that was interrupted is made again.
        if signed(rax) in RESTART_SAME:
            rax, rip = registers.orig_rax, rip - 2
        elif signed(rax) == RESTART_BY_BLOCK:
            rax, rip = RESTART_SYSCALL, rip - 2
    rest = [getattr(registers, name) for name in OTHERS]
    words = (BLOCKED, mask, block, BLOCK_BYTES, pthread_create, registers.flags, registers.rsp, rip, rax, *rest)
    return struct.pack(f"<{len(words)}Q", *words)


def signed(value: int) -> int:
    return ctypes.c_int64(value).value


def fill(memory: Memory, block: int, functions: dict[str, int], call: Call) -> None:
    """Say what is to be done. Until then, the code would do nothing."""
    path = os.fsencode(call.path) + b"\0" if call.path else b"\0"
    if len(path) > ARGUMENT - PATH or len(call.argument) > ANSWER - ARGUMENT:
        raise CaptureError("the names of the files are too long")
    pointers = [functions[name] for name in ("dlopen", "dlsym", "dlerror", "pthread_detach")]
    memory.write(block + FUNCTIONS, struct.pack("<4Q", *pointers))
    memory.write(block + ENTRY, struct.pack("<4Q", call.address, 0, NAP_NS, BLOCK_BYTES))
    memory.write(block + NAME, call.name.encode() + b"\0")
    memory.write(block + PATH, path)
    memory.write(block + ARGUMENT, call.argument)
    memory.write(block + READY, struct.pack("<I", 1))

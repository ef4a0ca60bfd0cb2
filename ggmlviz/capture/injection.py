"""Makes a foreign process call a function: in a thread of its own, which one of the process's threads is made to start.

The code for it (payload.py) is laid into the unused end of the last page of a library's code, in this process only. Of
the thread all registers are changed in one step, and nothing else; from there it finds back alone. So the process lives
on whenever we die.
"""

from __future__ import annotations

import os
import struct
import time
from pathlib import Path

from ggmlviz.capture import payload
from ggmlviz.capture.errors import CaptureError
from ggmlviz.capture.image import Memory, mappings
from ggmlviz.capture.payload import Call
from ggmlviz.capture.ptrace import NO_SYSCALL, SYSCALL_STOP, Registers, StoppedThread, ThreadGone
from ggmlviz.capture.safe_point import C_LIBRARIES, Places

NEEDED = ("dlopen", "dlsym", "dlerror", "pthread_create", "pthread_detach")
SAFE_POINT_SECONDS, START_SECONDS, ANSWER_SECONDS, END_SECONDS = 15, 10, 60, 6
MMAP, NO_SYSCALL_YET = 9, -38


class Injection:
    """One call in one process."""

    def __init__(self, pid: int, memory: Memory, shim: Path, call: Call):
        self.pid = pid
        self.memory = memory
        self.call = call
        self.places = Places(memory, mappings(pid))
        self.functions = c_functions(self.places)
        self.code = payload.injected_code(shim)
        self.cave = find_cave(self.places, self.code)
        self.block = 0

    def run(self) -> tuple[int, str]:
        """What the function returns, and what it says."""
        if self.memory.read(self.cave, len(self.code)) == self.code:
            self._wait_until_unused()
        deadline, reasons = time.monotonic() + SAFE_POINT_SECONDS, set()
        while not self.block and time.monotonic() < deadline:
            for number in threads_of(self.pid):
                if reason := self._try_thread(number):
                    reasons.add(reason)
                if self.block:
                    return self._answer()
            self.places = Places(self.memory, mappings(self.pid))
            time.sleep(0.005)
        why = "; ".join(sorted(reasons)) or "it has ended"
        raise CaptureError(f"no thread of process {self.pid} came to where it may be interrupted: {why}")

    def _try_thread(self, number: int) -> str:
        """Why this thread is not to be used, or nothing: then it was."""
        try:
            with StoppedThread(number) as thread:
                if reason := self.places.why_unsafe(thread, thread.registers):
                    return reason
                self._divert(thread)
                self._wait_until_back(thread)
        except ThreadGone:
            return "" if self.block else "it did not stop"
        return ""

    def _divert(self, thread: StoppedThread) -> None:
        before = thread.registers
        block = free_address(self.places)
        words = payload.words_behind(before, thread.signal_mask, block, self.functions["pthread_create"])
        if self.memory.read(self.cave, len(self.code)) != self.code:
            thread.write(self.cave, self.code)
        thread.write(self.cave + len(self.code), words)
        changed = Registers.from_buffer_copy(before)
        changed.rip, changed.orig_rax = self.cave, NO_SYSCALL
        thread.registers = changed
        # From here on it finds back alone. When it has got its block it is stopped once more, to have that filled.
        thread.resume(until_syscall=True)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            stop = thread.next_stop()
            if stop is None:
                time.sleep(0.00005)
                continue
            if stop == SYSCALL_STOP and self._is_in_code(now := thread.registers) and now.orig_rax == MMAP:
                returned = payload.signed(now.rax)
                if returned == block:
                    payload.fill(self.memory, block, self.functions, self.call)
                    self.block = block
                    return thread.resume()
                if -4096 < returned < 0 and returned != NO_SYSCALL_YET:
                    raise CaptureError(f"process {self.pid} got no memory: {os.strerror(-returned)}")
            thread.resume(stop, until_syscall=True)
        raise CaptureError(f"a thread of process {self.pid} did not get to what it was to do")

    def _wait_until_back(self, thread: StoppedThread) -> None:
        """The code must not be changed, for another call, while the thread is still in it."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if (stop := thread.next_stop()) is not None:
                thread.resume(stop)
            if self._number(payload.LEFT) == 0:
                time.sleep(0.0002)
                continue
            thread.stop()
            if not self._is_in_code(thread.registers):
                return
            thread.resume()
        raise CaptureError(f"process {self.pid} did not start a thread in time")

    def _answer(self) -> tuple[int, str]:
        deadline = time.monotonic() + ANSWER_SECONDS
        while (state := self._number(payload.STATE)) == payload.WORKING:
            if time.monotonic() > deadline:
                raise CaptureError(f"process {self.pid} has begun, but gave no answer in {ANSWER_SECONDS} s")
            time.sleep(0.0005)
        if state is None:
            ended = not threads_of(self.pid)
            raise CaptureError(f"process {self.pid} " + ("has ended" if ended else "could not start a thread"))
        answer = self.memory.text(self.block + payload.ANSWER, payload.ANSWER_BYTES).decode(errors="replace")
        result = self._number(payload.RESULT, "<i")
        thread = self._number(payload.THREAD)
        self.memory.write(self.block + payload.READ, struct.pack("<I", 1))
        deadline = time.monotonic() + END_SECONDS
        while thread in threads_of(self.pid) and time.monotonic() < deadline:
            time.sleep(0.0005)
        if state == payload.FAILED:
            raise CaptureError(f"process {self.pid} cannot load the shim: {answer}")
        return result, answer

    def _number(self, place: int, form: str = "<I") -> int | None:
        """None when the block is gone."""
        data = self.memory.read(self.block + place, 4)
        return struct.unpack(form, data)[0] if len(data) == 4 else None

    def _is_in_code(self, registers: Registers) -> bool:
        return self.cave <= registers.rip < self.cave + len(self.code)

    def _wait_until_unused(self) -> None:
        """Somebody attached or detached before, and may have died over it: nobody is to be in there any more."""
        deadline = time.monotonic() + START_SECONDS
        for number in threads_of(self.pid):
            while self._uses_code(number):
                if time.monotonic() > deadline:
                    raise CaptureError("an earlier attach or detach has not come to its end in this process")
                time.sleep(0.01)

    def _uses_code(self, number: int) -> bool:
        try:
            with StoppedThread(number) as thread:
                return self._is_in_code(thread.registers)
        except ThreadGone:
            return False


def call_in(pid: int, shim: Path, call: Call) -> tuple[int, str]:
    with Memory(pid) as memory:
        return Injection(pid, memory, shim, call).run()


def c_functions(places: Places) -> dict[str, int]:
    """Where the process has the functions of the C library that are needed."""
    images = [
        image
        for path, image in places.images.items()
        if Path(path).name.startswith((*C_LIBRARIES, "libdl.so", "libdl-"))
    ]
    found = {name: next(filter(None, (image.symbol(name) for image in images)), 0) for name in NEEDED}
    if missing := [name for name in NEEDED if not found[name]]:
        raise CaptureError(f"its C library has no {missing[0]} to be called: start it with `ggml-viz run`")
    return found


def find_cave(places: Places, code: bytes) -> int:
    """Room behind the code of a library, up to the end of the page: nothing is there, or what we left there before."""
    needed = len(code) + payload.WORDS_BYTES
    for mapping in sorted(places.code, key=lambda mapping: not mapping.name.startswith(C_LIBRARIES)):
        if mapping.path not in places.images or not mapping.name.startswith("lib"):
            continue
        for address, size, _ in places.images[mapping.path].segments:
            begin = (address + size + 15) & ~15
            if not mapping.begin < begin <= mapping.end - needed:
                continue
            there = places.memory.read(begin, needed)
            if there.startswith(code) or code.startswith(there.rstrip(b"\0")):
                return begin
    raise CaptureError("there is no room in its memory for what it would have to execute: start it with `ggml-viz run`")


def free_address(places: Places) -> int:
    """In the middle of the widest gap, where neither the heap nor a stack grows to."""
    gaps = [(a.end, b.begin) for a, b in zip(places.maps, places.maps[1:], strict=False) if b.begin < 1 << 47]
    begin, end = max(gaps, key=lambda gap: gap[1] - gap[0])
    return (begin + (end - begin) // 2) & -payload.BLOCK_BYTES


def threads_of(pid: int) -> list[int]:
    try:
        return sorted(int(name) for name in os.listdir(f"/proc/{pid}/task"))
    except OSError:
        return []

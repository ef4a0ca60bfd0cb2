"""What another process has loaded, read from its memory: the file on the disk may be another one by now."""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from pathlib import Path

PT_LOAD, PT_DYNAMIC = 1, 2
DT_STRTAB, DT_SYMTAB, DT_GNU_HASH = 5, 6, 0x6FFFFEF5
SYMBOL_BYTES = 24
MAX_NAME = 256


@dataclass(frozen=True)
class Mapping:
    begin: int
    end: int
    rights: str
    offset: int
    inode: int
    path: str

    @property
    def name(self) -> str:
        return Path(self.path.removesuffix(" (deleted)")).name if self.path.startswith("/") else self.path


def mappings(pid: int) -> list[Mapping]:
    found = []
    with open(f"/proc/{pid}/maps", errors="surrogateescape") as lines:
        for line in lines:
            place, rights, offset, _, inode, *path = line.rstrip("\n").split(maxsplit=5)
            begin, end = (int(part, 16) for part in place.split("-"))
            found.append(Mapping(begin, end, rights, int(offset, 16), int(inode), path[0] if path else ""))
    return found


class Memory:
    """The memory of a process, as far as it may be looked at."""

    def __init__(self, pid: int):
        self.file = os.open(f"/proc/{pid}/mem", os.O_RDWR | os.O_CLOEXEC)

    def __enter__(self) -> Memory:
        return self

    def __exit__(self, *_) -> None:
        os.close(self.file)

    def read(self, address: int, count: int) -> bytes:
        """Fewer bytes where the memory ends."""
        try:
            return os.pread(self.file, count, address)
        except (OSError, OverflowError):
            return b""

    def write(self, address: int, data: bytes) -> None:
        os.pwrite(self.file, data, address)

    def number(self, address: int, form: str = "<Q") -> int:
        data = self.read(address, struct.calcsize(form))
        return struct.unpack(form, data)[0] if len(data) == struct.calcsize(form) else 0

    def text(self, address: int, most: int = MAX_NAME) -> bytes:
        return self.read(address, most).split(b"\0")[0]


class Image:
    """One loaded module, by the address of its ELF header."""

    def __init__(self, memory: Memory, base: int):
        self.memory = memory
        self.base = base
        self.segments = []  # address, bytes in memory, rights
        self.tables: dict[int, int] = {}
        header = memory.read(base, 64)
        if header[:5] != b"\x7fELF\x02":
            return
        programs, entry_bytes, count = (*struct.unpack_from("<Q", header, 32), *struct.unpack_from("<HH", header, 54))
        headers = [
            struct.unpack_from("<IIQQQQQQ", memory.read(base + programs + i * entry_bytes, 56).ljust(56, b"\0"))
            for i in range(count)
        ]
        loads = [fields for fields in headers if fields[0] == PT_LOAD]
        self.bias = base - min((fields[3] - fields[2] for fields in loads), default=0)
        self.segments = [(self.bias + fields[3], fields[6], fields[1]) for fields in loads]
        for kind, _, _, address, _, _, size, _ in headers:
            if kind == PT_DYNAMIC:
                dynamic = memory.read(self.bias + address, size)
                self.tables = dict(struct.iter_unpack("<QQ", dynamic[: len(dynamic) & ~15]))

    def symbol(self, name: str) -> int:
        """The address of an exported function; 0 if there is none."""
        if not all(tag in self.tables for tag in (DT_GNU_HASH, DT_SYMTAB, DT_STRTAB)):
            return 0
        table, symbols, strings = (self._address(tag) for tag in (DT_GNU_HASH, DT_SYMTAB, DT_STRTAB))
        wanted, hashed = name.encode(), gnu_hash(name)
        buckets, first, words, _ = struct.unpack("<IIII", self.memory.read(table, 16).ljust(16, b"\0"))
        if not buckets:
            return 0
        chains = table + 16 + 8 * words + 4 * buckets
        index = self.memory.number(table + 16 + 8 * words + 4 * (hashed % buckets), "<I")
        while index >= first:
            chain = self.memory.number(chains + 4 * (index - first), "<I")
            if chain | 1 == hashed | 1:
                entry = self.memory.read(symbols + index * SYMBOL_BYTES, SYMBOL_BYTES).ljust(SYMBOL_BYTES, b"\0")
                place, _, _, section, value, _ = struct.unpack("<IBBHQQ", entry)
                if section and value and self.memory.text(strings + place, len(wanted) + 1) == wanted:
                    return self.bias + value
            if chain & 1:
                break
            index += 1
        return 0

    def _address(self, tag: int) -> int:
        # The C library adds the base to what it can write; in the kernel's own module it cannot.
        value = self.tables[tag]
        return value + self.bias if value < self.bias else value


def gnu_hash(name: str) -> int:
    hashed = 5381
    for byte in name.encode():
        hashed = (hashed * 33 + byte) & 0xFFFFFFFF
    return hashed

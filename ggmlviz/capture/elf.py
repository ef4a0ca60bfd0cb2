"""A small reader of ELF files: enough to say whether a preloaded library can reach the calls inside one.

It reads what the headers point at and never more than the bounds below, whatever the headers claim.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

MAX_HEADERS = 4096
MAX_TEXT = 4096
MAX_NAME = 256
MAX_SYMBOLS = 4_000_000
MAX_STRINGS = 256 << 20
MAX_SEARCH = 1 << 30
CHUNK = 4 << 20

PT_INTERP = 3
SHT_SYMTAB, SHT_DYNSYM = 2, 11
SHN_UNDEF = 0
MACHINES = {3: "x86", 40: "arm", 62: "x86-64", 183: "arm64", 243: "riscv"}

PREFIX = b"ggml_"


class NotElf(ValueError):
    """The file is no ELF file, or a damaged one."""


@dataclass
class Elf:
    path: Path
    bits: int
    machine: str
    interpreter: str = ""  # the dynamic loader; a static program has none
    defined: set[str] = field(default_factory=set)  # ggml's functions that it offers to others
    imported: set[str] = field(default_factory=set)  # ggml's functions that it calls in others
    hidden: set[str] = field(default_factory=set)  # ggml's functions that only its debug symbols know

    @property
    def kind(self) -> str:
        return f"{self.bits}-bit {self.machine}"


def read_elf(path: Path) -> Elf:
    with path.open("rb") as file:
        return _Reader(file.fileno(), path).read()


def contains(path: Path, text: bytes) -> bool:
    """Whether the text stands anywhere in the file (in its first GiB)."""
    with path.open("rb") as file:
        tail = b""
        for _ in range(0, MAX_SEARCH, CHUNK):
            chunk = file.read(CHUNK)
            if not chunk:
                return False
            if text in tail + chunk:
                return True
            tail = chunk[-len(text) :]
    return False


class _Reader:
    def __init__(self, file: int, path: Path):
        self.file = file
        self.path = path
        self.size = os.fstat(file).st_size
        ident = self.data(0, 16)
        if ident[:4] != b"\x7fELF" or ident[4] not in (1, 2) or ident[5] not in (1, 2):
            raise NotElf(f"{path} is no ELF file")
        self.wide = ident[4] == 2
        self.order = "<" if ident[5] == 1 else ">"
        _, machine, _, _, self.programs, self.sections, _, _, *counts = self.one(16, "HHIQQQIHHHHHH", "HHIIIIIHHHHHH")
        self.program_bytes, self.program_count, self.section_bytes, self.section_count, _ = counts
        self.elf = Elf(path, 64 if self.wide else 32, MACHINES.get(machine, f"machine {machine}"))

    def read(self) -> Elf:
        for kind, offset, size in self.segments():
            if kind == PT_INTERP:
                text = self.data(offset, min(size, MAX_TEXT))
                self.elf.interpreter = os.fsdecode(text.split(b"\0")[0])
        self.read_symbols()
        return self.elf

    def segments(self) -> Iterator[tuple[int, int, int]]:
        for index in range(min(self.program_count, MAX_HEADERS)):
            place = self.programs + index * self.program_bytes
            if self.wide:
                kind, _, offset, _, _, size = self.one(place, "IIQQQQ")
            else:
                kind, offset, _, _, size = self.one(place, "IIIII")
            yield kind, offset, size

    def read_symbols(self) -> None:
        # Section headers are not needed to run and may have been cut off: then there is nothing to learn here.
        places = [self.sections + index * self.section_bytes for index in range(min(self.section_count, MAX_HEADERS))]
        headers = [self.one(place, "IIQQQQIIQQ", "IIIIIIIIII") for place in places if place]
        for _, kind, _, _, offset, size, link, *_ in headers:
            if kind in (SHT_DYNSYM, SHT_SYMTAB) and link < len(headers):
                strings = self.data(headers[link][4], min(headers[link][5], MAX_STRINGS))
                for name, section in self.symbols(offset, size, strings):
                    if kind == SHT_SYMTAB:
                        self.elf.hidden.add(name)
                    else:
                        (self.elf.imported if section == SHN_UNDEF else self.elf.defined).add(name)
        self.elf.hidden -= self.elf.defined | self.elf.imported

    def symbols(self, offset: int, size: int, strings: bytes) -> Iterator[tuple[str, int]]:
        """ggml's symbols in a table, each with the section that defines it."""
        if PREFIX not in strings:
            return
        entry = struct.Struct(self.order + ("IBBHQQ" if self.wide else "IIIBBH"))
        table = self.data(offset, min(size - size % entry.size, MAX_SYMBOLS * entry.size))
        for fields in entry.iter_unpack(table):
            start = fields[0]
            if strings.startswith(PREFIX, start):
                name = strings[start : start + MAX_NAME].split(b"\0")[0]
                yield name.decode(errors="replace"), fields[3 if self.wide else 5]

    def one(self, offset: int, wide: str, narrow: str | None = None) -> tuple:
        layout = struct.Struct(self.order + (wide if self.wide or narrow is None else narrow))
        return layout.unpack(self.data(offset, layout.size))

    def data(self, offset: int, count: int) -> bytes:
        data = os.pread(self.file, count, offset) if offset + count <= self.size else b""
        if len(data) < count:
            raise NotElf(f"{self.path} is cut off: its headers point behind its end")
        return data

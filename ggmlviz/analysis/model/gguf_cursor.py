"""Reading the values of a GGUF file one after another, with nothing in it trusted.

gguf.GGUFReader makes an array of every element of every list, which takes seconds for the vocabulary of a real model,
and never ends when a length is damaged. So the way through the bytes is our own; what the numbers mean is gguf's.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import NamedTuple

from gguf import GGUFValueType

from ggmlviz.errors import DamagedModel

LONGEST_LIST = 64  # longer ones are vocabularies
LONGEST_TEXT = 1 << 20  # bytes; more is nobody's name, and nothing to read
_FORMATS = {
    GGUFValueType.UINT8: "B",
    GGUFValueType.INT8: "b",
    GGUFValueType.UINT16: "H",
    GGUFValueType.INT16: "h",
    GGUFValueType.UINT32: "I",
    GGUFValueType.INT32: "i",
    GGUFValueType.FLOAT32: "f",
    GGUFValueType.BOOL: "?",
    GGUFValueType.UINT64: "Q",
    GGUFValueType.INT64: "q",
    GGUFValueType.FLOAT64: "d",
}
_LENGTH_BYTES = 8


class LongList(NamedTuple):
    """What is kept of a list that nobody wants to see whole."""

    type: str
    length: int


Value = bool | int | float | str | list | LongList


class Cursor:
    """A place in the file; `part` names what is being read, for the sentence about its end."""

    def __init__(self, path: Path, data: memoryview, order: str):
        self.path = path
        self.at = 0
        self.part = "header"
        self._data = data
        self._order = order

    def take(self, format: str) -> tuple:
        """Numbers as `struct` names them."""
        layout = struct.Struct(self._order + format)
        begin = self.at
        self.skip(layout.size)
        return layout.unpack_from(self._data, begin)

    def skip(self, count: int) -> None:
        if count > len(self._data) - self.at:
            raise self._cut_off()
        self.at += count

    def text(self) -> str:
        (length,) = self.take("Q")
        begin = self.at
        self.skip(length)
        return str(self._data[begin : begin + min(length, LONGEST_TEXT)], "utf-8", "replace")

    def value(self, type: int) -> Value:
        if type == GGUFValueType.STRING:
            return self.text()
        if type == GGUFValueType.ARRAY:
            return self._list(*self.take("IQ"))
        if type not in _FORMATS:
            raise self.damaged(f"has a value of the type {type}, which GGUF does not have")
        return self.take(_FORMATS[GGUFValueType(type)])[0]

    def expect(self, count: int, least_bytes: int) -> None:
        """That many things follow, each of at least that many bytes: if not, no time is spent on the first ones."""
        if count > (len(self._data) - self.at) // least_bytes:
            raise self._cut_off()

    def damaged(self, what: str) -> DamagedModel:
        return DamagedModel(self.path, f"its {self.part} {what}", "copy or download it again")

    def _list(self, item: int, length: int) -> list | LongList:
        if item == GGUFValueType.STRING:
            return self._strings(length)
        if item not in _FORMATS:
            raise self.damaged(f"has a list of the type {item}, which ggml does not read")
        format = _FORMATS[GGUFValueType(item)]
        if length <= LONGEST_LIST:
            return list(self.take(f"{length}{format}"))
        self.skip(length * struct.calcsize(self._order + format))
        return LongList(GGUFValueType(item).name.lower(), length)

    def _strings(self, length: int) -> list[str] | LongList:
        self.expect(length, _LENGTH_BYTES)
        if length <= LONGEST_LIST:
            return [self.text() for _ in range(length)]
        # A quarter of a million of them is usual, so this loop does only what it must.
        at, end = self.at, len(self._data) - _LENGTH_BYTES
        length_at, data = struct.Struct(self._order + "Q").unpack_from, self._data
        for _ in range(length):
            if at > end:
                raise self._cut_off()
            at += _LENGTH_BYTES + length_at(data, at)[0]
        if at > len(data):
            raise self._cut_off()
        self.at = at
        return LongList("string", length)

    def _cut_off(self) -> DamagedModel:
        return self.damaged(f"is longer than the file, which ends after {len(self._data):,} bytes")

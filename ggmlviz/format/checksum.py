"""CRC-32C of bytes where they lie: nothing is copied."""

from __future__ import annotations

from ggmlviz.format._ring import ffi, lib


def crc32c(data: memoryview, crc: int = 0) -> int:
    return lib.ggmlviz_crc32c(crc, ffi.from_buffer(data), len(data))

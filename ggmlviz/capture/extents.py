"""Asks the file system in which pieces a file lies on its disk."""

from __future__ import annotations

import errno
import os
import struct
import sys

import numpy as np

from ggmlviz.analysis.memory.file_pages import EXTENT, UNKNOWN, Fragments
from ggmlviz.capture.errors import CannotTell
from ggmlviz.capture.residency import check_size

FS_IOC_FIEMAP = 0xC020660B
EVERYTHING = 2**64 - 1
WRITE_FIRST = 1  # what was never written to the disk has no place there yet
LAST, NO_PLACE = 0x1, 0x2 | 0x4  # of the flags of an extent; unknown, and to be allocated
AT_ONCE = 512
HEAD = struct.Struct("=QQIIII")  # start, length, flags, how many it told, how many there is room for, reserved
ENTRY = np.dtype(
    [("begin", "u8"), ("place", "u8"), ("size", "u8"), ("reserved", "u8", 2), ("flags", "u4"), ("unused", "u4", 3)]
)
NOT_ABLE = {errno.ENOTTY, errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS}


def fragments_of(path: str | os.PathLike[str], expected: int | None = None) -> Fragments:
    """`expected`: how many bytes it should have."""
    if not sys.platform.startswith("linux"):
        raise CannotTell(path, "only Linux tells how a file lies on the disk")
    try:
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            check_size(path, size, expected)
            entries = _entries(file.fileno())
    except OSError as error:
        what = "its file system does not tell how it lies on the disk" if error.errno in NOT_ABLE else error.strerror
        raise CannotTell(path, what or str(error)) from None
    extents = np.zeros(len(entries), EXTENT)
    extents["begin"] = entries["begin"]
    # Extents are whole blocks; the last one goes on behind the end of the file.
    extents["size"] = np.clip(size - extents["begin"], 0, entries["size"].astype(np.int64))
    extents["place"] = np.where(entries["flags"] & NO_PLACE, UNKNOWN, entries["place"].astype(np.int64))
    return Fragments(size, extents[extents["size"] > 0])


def _entries(file: int) -> np.ndarray:
    import fcntl

    found, start = [np.empty(0, ENTRY)], 0
    while True:
        asked = bytearray(HEAD.pack(start, EVERYTHING - start, WRITE_FIRST, 0, AT_ONCE, 0))
        asked += bytes(AT_ONCE * ENTRY.itemsize)
        fcntl.ioctl(file, FS_IOC_FIEMAP, asked)
        told = HEAD.unpack_from(asked)[3]
        entries = np.frombuffer(bytes(asked), ENTRY, told, HEAD.size)
        found.append(entries)
        if not told or entries["flags"][-1] & LAST:
            return np.concatenate(found)
        start = int(entries["begin"][-1] + entries["size"][-1])

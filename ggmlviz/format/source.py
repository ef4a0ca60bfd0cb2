"""A trace's bytes, mapped read-only: the same for a finished file, a file that still grows, and shared memory."""

from __future__ import annotations

import mmap
import os
import weakref
from pathlib import Path

from ggmlviz.errors import NotATrace, UnreadableTrace
from ggmlviz.format.regular_file import open_regular


class Source:
    """The mapping, and how many bytes of it the file really has right now."""

    def __init__(self, path: str | os.PathLike[str]):
        self.path = Path(path)
        self._descriptor = open_regular(self.path, UnreadableTrace, "name a trace file in it or elsewhere")
        weakref.finalize(self, os.close, self._descriptor)
        self.length = os.fstat(self._descriptor).st_size
        if self.length == 0:
            raise NotATrace(self.path, "the file is empty", "if its program has just started, try again")
        self.bytes = self._mapped()

    def refresh(self) -> None:
        """Follow a file that grew. One that shrank is believed too: pages past its end must not be touched."""
        self.length = os.fstat(self._descriptor).st_size
        if self.length > len(self.bytes):
            self.bytes = self._mapped()

    def release(self) -> None:
        """Let the pages go that were looked at: they stay in the system's cache, and no longer count as our memory."""
        if hasattr(self._map, "madvise"):
            self._map.madvise(mmap.MADV_DONTNEED)

    def _mapped(self) -> memoryview:
        # Arrays made of an older mapping keep it alive for as long as they are in use.
        self._map = mmap.mmap(self._descriptor, self.length, access=mmap.ACCESS_READ)
        return memoryview(self._map)

"""Finds the rings that a program and its descendants make while it runs."""

from __future__ import annotations

import contextlib
from pathlib import Path

from ggmlviz.capture.process import descendants, is_descendant, start_of
from ggmlviz.capture.ring_files import SHARED_MEMORY, ring_files


class RingWatch:
    """Looks again and again, for a ring tells the pid of its process but not whose child that was."""

    def __init__(self, folder: Path = SHARED_MEMORY):
        self.folder = folder
        self.ours: list[Path] = []
        self.unsure: list[Path] = []  # their processes came and went between two looks
        self.family: set[int] = set()
        self.decided = {identity(path) for path in ring_files(folder)}

    def look(self, child: int) -> None:
        # Processes are remembered, because one may make its ring and end before the next look.
        self.family |= {child} | descendants(child)
        for path, pid in ring_files(self.folder).items():
            if identity(path) in self.decided:
                continue
            self.decided.add(identity(path))
            if pid in self.family or is_descendant(pid, child):
                self.ours.append(path)
            elif start_of(pid) is None:
                self.unsure.append(path)

    def ask_the_unsure(self) -> None:
        """Rings tell who started their process. Only once the program has ended: to read them takes numpy's threads."""
        from ggmlviz.errors import TraceError
        from ggmlviz.format.recording import Recording

        for path in list(self.unsure):
            with contextlib.suppress(TraceError):
                if Recording.open(path).header["parent"] in self.family:
                    self.unsure.remove(path)
                    self.ours.append(path)


def identity(path: Path) -> tuple[Path, int]:
    """A ring replaced by one of the same name is another ring."""
    try:
        return path, path.lstat().st_ino
    except FileNotFoundError:
        return path, 0

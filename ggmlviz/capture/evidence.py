"""What a trace proves: that runs were recorded and nodes timed, and how each ggml was hooked."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ggmlviz.errors import TraceError
from ggmlviz.format.layout import RowKind
from ggmlviz.format.recording import Recording


@dataclass(frozen=True)
class Library:
    """One ggml in the process."""

    path: str
    layout: str  # which layout of its structs was recognised, or why it was refused


@dataclass(frozen=True)
class Evidence:
    runs: int = 0
    nodes: int = 0
    libraries: list[Library] = field(default_factory=list)


def evidence_in(path: Path) -> Evidence:
    """None of all that where the trace cannot be read, as in the moment when it is made."""
    try:
        recording = Recording.open(path)
    except TraceError:
        return Evidence()
    definitions = recording.definitions
    libraries = definitions.libraries[["path", "layout"]].tolist()
    return Evidence(
        count_of(RowKind.RUN_END, recording),
        count_of(RowKind.NODE, recording),
        [Library(*(definitions.strings[text] for text in texts)) for texts in libraries],
    )


def count_of(kind: RowKind, recording: Recording) -> int:
    pieces = (piece for lane in recording.lanes for piece in lane.pieces)
    return sum(int(np.count_nonzero(piece.rows["kind"] == kind)) for piece in pieces)

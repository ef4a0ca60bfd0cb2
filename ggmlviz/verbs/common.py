"""What several verbs need."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from ggmlviz.errors import GgmlVizError

PROBLEMS_FOUND, CANNOT_BE_OPENED = 1, 2


def trace_path(name: str) -> Path:
    """A trace file, or the ring of the process with that number. A file of that name comes first."""
    if name.isascii() and name.isdecimal() and not os.path.exists(name):
        from ggmlviz.capture.rings import ring_of

        return ring_of(int(name))
    return Path(name)


def summary_of(path: Path):
    from ggmlviz.format.recording import Recording
    from ggmlviz.trace.summary import summarise

    return summarise(Recording.open(path))


def print_json(value: object) -> None:
    import json

    print(json.dumps(value, indent=2))


def complain(error: GgmlVizError, code: int) -> int:
    print(f"ggml-viz: {error}", file=sys.stderr)
    return code

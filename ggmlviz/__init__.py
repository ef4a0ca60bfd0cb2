"""ggml-viz as a library: `ggmlviz.open(path)` gives a Trace, whose tables are numpy arrays with documented columns."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ggmlviz.trace.trace import Trace


def open(path: str | os.PathLike[str]) -> Trace:
    """The trace in a file, or in the ring of a running program; raises GgmlVizError with one clear sentence."""
    from ggmlviz.trace.trace import Trace  # numpy is loaded when it is needed, not by `ggml-viz --help`

    return Trace.open(path)

"""Why a capture was not begun."""

from __future__ import annotations

from ggmlviz.errors import GgmlVizError


class CaptureError(GgmlVizError):
    """Something to put right first: the place of the trace, the shim, the process that was named."""

    exit_code = 2


class CommandNotStarted(GgmlVizError):
    """The system would not run the program; the exit code is the one a shell gives."""

    def __init__(self, program: str, error: OSError):
        super().__init__(f"cannot run {program}: {error.strerror}")
        self.exit_code = 127 if isinstance(error, FileNotFoundError) else 126

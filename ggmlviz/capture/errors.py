"""Why a capture was not begun, or a question not answered."""

from __future__ import annotations

import os

from ggmlviz.errors import GgmlVizError


class CaptureError(GgmlVizError):
    """Something to put right first: the place of the trace, the shim, the process that was named."""

    exit_code = 2


class CommandNotStarted(GgmlVizError):
    """The system would not run the program; the exit code is the one a shell gives."""

    def __init__(self, program: str, error: OSError):
        super().__init__(f"cannot run {program}: {error.strerror}")
        self.exit_code = 127 if isinstance(error, FileNotFoundError) else 126


class CannotTell(GgmlVizError):
    """The system does not answer a question about a file."""

    exit_code = 3

    def __init__(self, path: str | os.PathLike[str], why: str):
        super().__init__(f"{os.fspath(path)}: {why}.")

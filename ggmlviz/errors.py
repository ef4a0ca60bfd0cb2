"""What can go wrong in a way the user can do something about: one sentence, and the exit code of the command."""

from __future__ import annotations

import os


class GgmlVizError(Exception):
    """The base of all: the command prints it without a stack trace and ends with its code."""

    exit_code = 1


class TraceError(GgmlVizError):
    """Something about one trace: where, what happened, what to do next."""

    def __init__(self, path: str | os.PathLike[str], what: str, advice: str):
        super().__init__(f"{os.fspath(path)}: {what}; {advice}.")
        self.path = path


class UnreadableTrace(TraceError):
    """The system does not let us read it: missing, a directory, no permission."""

    exit_code = 3


class NotATrace(TraceError):
    """It can be read, but it is something else."""

    exit_code = 4


class DamagedTrace(TraceError):
    """It was a trace, but its header cannot be trusted."""

    exit_code = 5


class NewerTrace(TraceError):
    """Its writer says that this version of ggml-viz would misread it."""

    exit_code = 6


class UnsuitableTrace(TraceError):
    """It is a trace, but one that cannot answer what was asked."""

    exit_code = 8

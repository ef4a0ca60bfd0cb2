"""What can go wrong in a way the user can do something about: one sentence, and the exit code of the command."""

from __future__ import annotations

import os


class GgmlVizError(Exception):
    """The base of all: the command prints it without a stack trace and ends with its code."""

    exit_code = 1


class FileError(GgmlVizError):
    """Something about one file: where, what happened, what to do next."""

    def __init__(self, path: str | os.PathLike[str], what: str, advice: str):
        super().__init__(f"{os.fspath(path)}: {what}; {advice}.")
        self.path = path


class TraceError(FileError):
    """The file is a trace, or was to be one."""


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


class ModelError(FileError):
    """The file is a model, or was to be one, or tells of one."""


class UnreadableModel(ModelError):
    """The system does not let us read it, or a part of it is missing."""

    exit_code = 3


class NotAModel(ModelError):
    """It can be read, but it is something else than a GGUF file, or tells of none."""

    exit_code = 4


class DamagedModel(ModelError):
    """It is a GGUF file, but it contradicts itself or ends too soon."""

    exit_code = 5


class NewerModel(ModelError):
    """It has something that this version of the gguf package does not know."""

    exit_code = 6


class AnotherModel(ModelError):
    """It is a sound model, but not the one that was traced."""

    exit_code = 7

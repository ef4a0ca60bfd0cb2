"""What can be wrong with a model file, or with what a trace tells of one."""

from __future__ import annotations

import os

from ggmlviz.errors import GgmlVizError


class ModelError(GgmlVizError):
    """Something about one file: which, what is wrong, what to do next."""

    def __init__(self, path: str | os.PathLike[str], what: str, advice: str):
        super().__init__(f"{os.fspath(path)}: {what}; {advice}.")
        self.path = path


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

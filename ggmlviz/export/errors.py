"""Why a trace was not exported."""

from __future__ import annotations

from ggmlviz.errors import GgmlVizError


class ExportError(GgmlVizError):
    """The trace does not hold what the format tells, or there is no place for it."""


class WrongOptions(ExportError):
    """What was asked for contradicts itself."""

    exit_code = 2


class MissingExtra(ExportError):
    def __init__(self, package: str, extra: str):
        super().__init__(f"{package} is not installed, and --to {extra} needs it: pip install 'ggml-viz[{extra}]'")

"""`ggml-viz export`: which writer is asked, what for, and where it writes."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from types import ModuleType

from ggmlviz.export.destination import file, folder
from ggmlviz.export.errors import ExportError, MissingExtra, WrongOptions
from ggmlviz.export.formats import FORMATS, Choices, Format
from ggmlviz.export.progress import Progress
from ggmlviz.format.legacy import LegacyRecording
from ggmlviz.format.recording import Recording
from ggmlviz.trace.trace import Trace

OPTIONS = {"begin": "from", "end": "until"}  # what choices are called on the command line, if not by their names


def export(path: Path, name: str, target: Path | None, choices: Choices, replace: bool) -> Path:
    """Where the export went."""
    format = FORMATS[name]
    _check(choices, format, name)
    recording = Recording.open(path)
    if isinstance(recording, LegacyRecording):
        raise ExportError(
            f"{path}: this old format tells no op times that are true; record it again with ggml-viz run."
        )
    target = target or Path(f"{path.stem}{'.' + choices.part if choices.part else ''}{format.suffix}")
    writer = _writer(format, name)
    trace, progress = Trace(recording), Progress()
    try:
        if format.is_folder:
            with folder(target) as output:
                writer.write(trace, output, progress)
        else:
            with file(target, replace, path, format.is_binary) as output:
                writer.write(trace, output, choices, progress)
    finally:
        progress.end()
    return target


def _writer(format: Format, name: str) -> ModuleType:
    try:
        return import_module(f"ggmlviz.export.{format.module}")
    except ModuleNotFoundError as error:
        if format.needs and error.name and error.name.partition(".")[0] == format.needs:
            raise MissingExtra(format.needs, name) from None
        raise


def _check(choices: Choices, format: Format, name: str) -> None:
    for choice, value in choices._asdict().items():
        if value is not None and value is not False and choice not in format.options:
            *others, last = [other for other in FORMATS if choice in FORMATS[other].options]
            fitting = f"{', '.join(others)} and {last}" if others else last
            option = OPTIONS.get(choice, choice)
            raise WrongOptions(f"--{option} says nothing to --to {name}, only to {fitting}")

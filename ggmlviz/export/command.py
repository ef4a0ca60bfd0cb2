"""`ggml-viz export`: which writer is asked, what for, and where it writes."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from types import ModuleType

from ggmlviz.export.destination import folder, text_file
from ggmlviz.export.errors import ExportError, MissingExtra, WrongOptions
from ggmlviz.export.formats import FORMATS, Choices, Format
from ggmlviz.export.progress import Progress
from ggmlviz.format.legacy import LegacyRecording
from ggmlviz.format.recording import Recording
from ggmlviz.trace.trace import Trace


def export(path: Path, name: str, target: Path | None, choices: Choices, replace: bool) -> Path:
    """Where the export went."""
    format = FORMATS[name]
    _check(choices, format, name)
    recording = Recording.open(path)
    if isinstance(recording, LegacyRecording):
        raise ExportError(
            f"{path}: this old format tells no op times that are true; record it again with ggml-viz run."
        )
    target = target or Path(f"{path.stem}{'.' + choices.table if choices.table else ''}{format.suffix}")
    writer = _writer(format, name)
    trace, progress = Trace(recording), Progress()
    try:
        if format.is_folder:
            with folder(target) as output:
                writer.write(trace, output, progress)
        else:
            with text_file(target, replace, path) as output:
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
    for option, value in choices._asdict().items():
        if value is not None and value is not False and option not in format.options:
            fitting = [other for other in FORMATS if option in FORMATS[other].options]
            raise WrongOptions(f"--{option} says nothing to --to {name}, only to {' and '.join(fitting)}")

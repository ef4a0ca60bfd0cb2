"""`ggml-viz export`: which writer is asked, what for, and where it writes."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from types import ModuleType

from ggmlviz.export.destination import file, folder
from ggmlviz.export.errors import MissingExtra, WrongOptions
from ggmlviz.export.formats import FORMATS, OF_ALL_VIEWS, VIEWS, Choices, Format
from ggmlviz.export.progress import Progress
from ggmlviz.format.recording import Recording
from ggmlviz.trace.trace import Trace

OPTIONS = {"begin": "from", "end": "until", "other": "with"}  # what choices are called, if not by their names


def export(path: Path, name: str, target: Path | None, choices: Choices, replace: bool) -> Path:
    """Where the export went."""
    format = FORMATS[name]
    _check(choices, format, name)
    recording = Recording.open(path)
    target = target or Path(f"{path.stem}{'.' + choices.part if choices.part else ''}{format.suffix}")
    writer = _writer(format, name)
    trace, progress = Trace.of(recording), Progress()
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
        if value is None or value is False:
            continue
        if choice not in format.options:
            fitting = [other for other in FORMATS if choice in FORMATS[other].options]
            raise _says_nothing(choice, f"--to {name}", fitting)
        if choices.view and choice not in (*OF_ALL_VIEWS, *VIEWS[choices.view]):
            fitting = [view for view in VIEWS if choice in VIEWS[view]]
            raise _says_nothing(choice, f"--view {choices.view}", fitting)


def _says_nothing(choice: str, to: str, fitting: list[str]) -> WrongOptions:
    *others, last = fitting
    named = f"{', '.join(others)} and {last}" if others else last
    return WrongOptions(f"--{OPTIONS.get(choice, choice)} says nothing to {to}, only to {named}")

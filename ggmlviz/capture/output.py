"""Where a trace is written, and what was written there."""

from __future__ import annotations

import datetime
import glob
import os
import stat
from pathlib import Path

from ggmlviz.capture.errors import CaptureError

# The format's own word for it comes with numpy, whose threads must not be here while a program runs; see `child`.
MAGIC = b"GGMLVIZ1"
SUFFIX = ".ggmlviz"


def default_output(program: str, now: datetime.datetime) -> Path:
    """A name in the current folder that nothing has yet, told by program and time."""
    stem = f"{Path(program).name}-{now:%Y%m%d-%H%M%S}"
    path, attempt = Path(stem + SUFFIX), 1
    while os.path.lexists(path):
        attempt += 1
        path = Path(f"{stem}-{attempt}{SUFFIX}")
    return path


def make_room(path: Path) -> None:
    """Remove an old trace of this name, because the shim only ever creates new files.

    Anything that is not a trace is left alone and refused: a slip of the keyboard must not cost a model or a program.
    """
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        check_folder(path.parent)
        return
    except OSError as error:
        raise CaptureError(f"cannot write {path}: {error.strerror}") from error
    if not stat.S_ISREG(mode):
        raise CaptureError(f"{path} is not a plain file: name another one with -o")
    try:
        if not is_trace(path):
            raise CaptureError(f"{path} exists and is not a trace, so it stays: name another file with -o")
        path.unlink()
    except OSError as error:
        raise CaptureError(f"cannot replace {path}: {error.strerror}") from error


def check_folder(folder: Path) -> None:
    if not folder.is_dir():
        raise CaptureError(f"there is no folder {folder} to write the trace in")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise CaptureError(f"the folder {folder} cannot be written: name a file elsewhere with -o")


def is_trace(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def siblings(path: Path) -> set[Path]:
    """The traces that further processes of the same command write: x.PID.ggmlviz beside x.ggmlviz."""
    stem, dot, ending = path.name.rpartition(".")
    begin, end = (f"{stem}.", dot + ending) if dot else (f"{path.name}.", "")
    candidates = path.parent.glob(f"{glob.escape(begin)}*{glob.escape(end)}")
    return {file for file in candidates if file.name[len(begin) : len(file.name) - len(end)].isdecimal()}

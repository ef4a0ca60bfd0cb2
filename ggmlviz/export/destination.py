"""Where an export goes. A file gets its name when it is whole, and takes nobody else's by mistake."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, TextIO

from ggmlviz.export.errors import ExportError

STDOUT = Path("-")


@contextmanager
def file(path: Path, replace: bool, trace: Path, is_binary: bool) -> Iterator[TextIO | BinaryIO]:
    if path == STDOUT:
        yield sys.stdout.buffer if is_binary else sys.stdout
        return
    if path.exists():
        if path.is_dir():
            raise ExportError(f"{path} is a directory: name a file with -o")
        if path.samefile(trace):
            raise ExportError(f"{path} is the trace itself: name another file with -o")
        if not replace:
            raise ExportError(f"{path} exists: --force replaces it, -o names another file")
    unfinished = path.with_name(f"{path.name}.part")
    try:
        how = {"mode": "wb"} if is_binary else {"mode": "w", "encoding": "utf-8", "newline": ""}
        with unfinished.open(**how) as output:
            yield output
        os.replace(unfinished, path)
    except OSError as error:
        raise _not_written(path, error) from error
    finally:
        with suppress(OSError):
            unfinished.unlink()


@contextmanager
def folder(path: Path) -> Iterator[Path]:
    """Of other experiments what is there stays there."""
    if path == STDOUT:
        raise ExportError("this format is a folder, which does not go to stdout: name one with -o")
    try:
        path.mkdir(parents=True, exist_ok=True)
        yield path
    except OSError as error:
        raise _not_written(path, error) from error


def _not_written(path: Path, error: OSError) -> ExportError:
    return ExportError(f"cannot write {path}: {error.strerror}")

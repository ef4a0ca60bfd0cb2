"""Asks the system which pages of a file are in memory, without bringing in any."""

from __future__ import annotations

import ctypes
import mmap
import os
import sys

import numpy as np

from ggmlviz.analysis.memory.file_pages import Residency
from ggmlviz.capture.errors import CannotTell

IN_MEMORY = 1  # the lowest bit of each byte


def residency_of(path: str | os.PathLike[str], expected: int | None = None) -> Residency:
    """`expected`: how many bytes it should have."""
    if not sys.platform.startswith("linux"):
        raise CannotTell(path, "only Linux tells which pages of a file are in memory")
    try:
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            check_size(path, size, expected)
            _check_allowed(path, file.fileno())
            if not size:
                return Residency(mmap.PAGESIZE, 0, np.empty(0, bool))
            with mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ) as mapped:
                return Residency(mmap.PAGESIZE, size, _asked(path, mapped))
    except OSError as error:
        raise CannotTell(path, error.strerror or str(error)) from None


def check_size(path: str | os.PathLike[str], size: int, expected: int | None) -> None:
    if expected not in (None, size):
        raise CannotTell(path, f"it has {size:,} bytes now, and had {expected:,} when it was traced")


def _check_allowed(path: str | os.PathLike[str], file: int) -> None:
    """To others than those who may write to it, Linux says that every page is in memory, whether or not it is."""
    if os.geteuid() not in (0, os.fstat(file).st_uid) and not os.access(path, os.W_OK):
        raise CannotTell(path, "the system tells what of it is in memory only to those who own it or may write to it")


def _asked(path: str | os.PathLike[str], mapped: mmap.mmap) -> np.ndarray:
    pages = np.empty(-(-len(mapped) // mmap.PAGESIZE), np.uint8)
    view = np.frombuffer(mapped, np.uint8)
    system = ctypes.CDLL(None, use_errno=True)
    arguments = ctypes.c_void_p(view.ctypes.data), ctypes.c_size_t(len(mapped)), ctypes.c_void_p(pages.ctypes.data)
    del view  # it would keep the file mapped
    if system.mincore(*arguments):
        raise CannotTell(path, os.strerror(ctypes.get_errno()))
    return pages & IN_MEMORY != 0

"""The ggml libraries that programs started from here would find, and what they say of their version."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from ggmlviz.capture.elf import Elf, NotElf, read_elf

LIBRARY = re.compile(r"\.so(\.\d+)*$")
NAMED = re.compile(r"ggml|llama|whisper", re.IGNORECASE)
SECONDS = 10
ASK = """
import ctypes, sys
library = ctypes.CDLL(sys.argv[1])
for name in ("ggml_version", "ggml_commit"):
    tell = getattr(library, name, None)
    if tell:
        tell.restype = ctypes.c_char_p
    print((tell() or b"").decode(errors="replace") if tell else "")
"""


class Build(NamedTuple):
    path: str
    kind: str
    version: str
    commit: str


def builds() -> list[Build]:
    """One for each library that has ggml's core in it; the backends beside it are of the same build."""
    found: dict[tuple[Path, str], Build] = {}
    for path in _candidates():
        real = path.resolve()
        # Wheels keep libx.so, libx.so.0 and libx.so.0.1 as copies of each other.
        copies = real.parent, real.name.partition(".so")[0]
        if copies not in found and (elf := _ggml_in(real)):
            found[copies] = Build(_shown(real), elf.kind, *_version(real, elf))
    return list(found.values())


def _candidates() -> Iterator[Path]:
    here = Path.cwd()
    folders: Iterable[Path] = {Path(sysconfig.get_path(name)) for name in ("purelib", "platlib")}
    for folder in [*sorted(folders), here / "node_modules", *sorted(here.glob("*/node_modules"))]:
        yield from (path for path in _libraries(folder) if NAMED.search(str(path.relative_to(folder))))
    for name in filter(None, os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep)):
        folder = Path(name)
        if folder.is_dir():
            yield from (path for path in sorted(folder.iterdir()) if _is_library(path) and NAMED.search(path.name))


def _libraries(folder: Path) -> Iterator[Path]:
    for at, below, names in os.walk(folder):
        below.sort()
        yield from (path for name in sorted(names) if _is_library(path := Path(at, name)))


def _is_library(path: Path) -> bool:
    return bool(LIBRARY.search(path.name))


def _ggml_in(path: Path) -> Elf | None:
    try:
        elf = read_elf(path)
    except (NotElf, OSError):
        return None
    return elf if "ggml_init" in elf.defined else None


def _version(path: Path, elf: Elf) -> tuple[str, str]:
    """Asked in a process of its own, since loading a library runs its code."""
    if "ggml_version" not in elf.defined:
        return "", ""
    environment = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}
    try:
        done = subprocess.run(
            [sys.executable, "-c", ASK, str(path)],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
    except subprocess.TimeoutExpired:
        return "", ""
    version, commit = (*done.stdout.splitlines(), "", "")[:2]
    return version, commit


def _shown(path: Path) -> str:
    """Without the name of the person whose home it is in."""
    home = Path.home()
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)

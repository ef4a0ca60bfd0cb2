"""Programs in C that tests compile for themselves, and the real ggml that some of them are linked against."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from ggmlviz.capture.shim import find_shim

REPOSITORY = Path(__file__).resolve().parents[1]
CSRC = REPOSITORY / "csrc"
NATIVE = REPOSITORY / "tests" / "native"
STRICT = ("-std=gnu11", "-Wall", "-Wextra", "-Werror", "-pthread")
RING = ("clock.c", "crc32c.c", "head.c", "lane.c", "ring.c", "slots.c", "store.c")
TIME_LIMIT = 120


def compilers() -> list[str]:
    return [name for name in ("gcc", "clang") if shutil.which(name)]


def any_compiler() -> str:
    for name in ("cc", "gcc", "clang"):
        if shutil.which(name):
            return name
    pytest.skip("there is no C compiler")


def compile_program(
    target: Path, sources: Sequence[str], *flags: str, compiler: str = "", csrc: Sequence[str] = ()
) -> Path:
    """Compile sources of tests/native with some of csrc/; warnings are errors."""
    paths = [str(NATIVE / name) for name in sources] + [str(CSRC / name) for name in csrc]
    command = [compiler or any_compiler(), *STRICT, "-I", str(CSRC), *paths, "-o", str(target), *flags]
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIME_LIMIT)
    assert done.returncode == 0, done.stderr
    return target


class Ggml(NamedTuple):
    """The shared libraries of one ggml."""

    base: Path
    cpu: Path

    def link_flags(self) -> list[str]:
        folder = self.base.parent
        names = [f"-l:{library.name}" for library in (self.base, self.cpu)]
        return [f"-L{folder}", *names, f"-Wl,-rpath,{folder}", "-Wl,--allow-shlib-undefined"]


def find_ggml() -> Ggml:
    """The ggml in the wheel of pywhispercpp, whose libraries have a hash in their names."""
    try:
        files = importlib.metadata.files("pywhispercpp") or []
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("pywhispercpp, whose ggml is used here, is not installed")
    found = {}
    for part in ("base", "cpu"):
        hashed = [file for file in files if file.match(f"pywhispercpp.libs/libggml-{part}-*.so*")]
        if len(hashed) != 1:
            pytest.skip("this pywhispercpp has no shared ggml of its own")
        found[part] = Path(hashed[0].locate())
    return Ggml(**found)


def traced(output: Path | None = None, **settings: str) -> dict[str, str]:
    """The environment of a traced program; settings by the end of their name, RING_MB="8"."""
    environment = untraced()
    environment["LD_PRELOAD"] = str(find_shim())
    if output is not None:
        environment["GGML_VIZ_OUTPUT"] = str(output)
    environment.update({f"GGML_VIZ_{name}": value for name, value in settings.items()})
    return environment


def untraced() -> dict[str, str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GGML_VIZ_")}
    environment.pop("LD_PRELOAD", None)
    return environment

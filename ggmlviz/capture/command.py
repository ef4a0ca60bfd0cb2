"""What really runs when a command is given: found through PATH and through the `#!` lines of scripts."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path

# The kernel's own limits.
MAX_SCRIPTS = 4
MAX_FIRST_LINE = 256


@dataclass
class Resolved:
    """The files on the way from the command to the program the kernel loads, which is the last one."""

    files: list[Path] = field(default_factory=list)
    problem: str = ""

    @property
    def program(self) -> Path:
        return self.files[-1]


def resolve(name: str) -> Resolved:
    resolved = Resolved()
    for _ in range(MAX_SCRIPTS + 1):
        path = shutil.which(name)
        if path is None:
            resolved.problem = problem_with(name)
            return resolved
        resolved.files.append(Path(path))
        interpreter = interpreter_of(Path(path))
        if interpreter is None:
            return resolved
        name = interpreter
    resolved.problem = f"{resolved.files[0]} leads to more than {MAX_SCRIPTS} scripts in turn"
    return resolved


def problem_with(name: str) -> str:
    if os.path.isdir(name):
        return f"{name} is a folder"
    if found := shutil.which(name, mode=os.F_OK):
        return f"{found} is not executable: chmod +x it"
    return f"{name} does not exist" if "/" in name else f"{name} is in none of the folders of PATH"


def interpreter_of(script: Path) -> str | None:
    """The program that a script's first line asks for; None where the file is no script, or may not be read."""
    try:
        with script.open("rb") as file:
            line = file.readline(MAX_FIRST_LINE)
    except OSError:
        return None
    words = os.fsdecode(line[2:]).split() if line.startswith(b"#!") else []
    if not words:
        return None
    if Path(words[0]).name == "env":
        # `env [-S] [NAME=VALUE] program`: env only looks the program up and becomes it.
        return next((word for word in words[1:] if not word.startswith("-") and "=" not in word), words[0])
    return words[0]

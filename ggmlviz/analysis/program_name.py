"""What a program is called, told from the command that started it."""

from __future__ import annotations

from pathlib import PurePath

from ggmlviz.format.definitions import Definitions
from ggmlviz.trace.trace import Trace

SCRIPTS = (".py", ".mjs", ".js")


def program_name(command: str) -> str:
    """As a person calls it: a script by its own name."""
    words = [PurePath(word).name for word in command.split()]
    scripts = [word for word in words[1:] if word.endswith(SCRIPTS)]
    return scripts[0] if scripts else words[0] if words else ""


def name_of(trace: Trace) -> str:
    """With the number of its process."""
    return f"{program_name(trace.definitions.meta.get('command', ''))} {trace.recording.pid}".strip()


def model_of(definitions: Definitions) -> str:
    """The name of its first model file; empty: none is known."""
    paths = definitions.files["path"].tolist()
    return PurePath(definitions.strings[paths[0]]).name if paths else ""


def titled(trace: Trace) -> str:
    """Program, process and model."""
    return " · ".join(filter(None, (name_of(trace), model_of(trace.definitions))))

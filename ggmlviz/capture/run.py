"""`ggml-viz run`: a program runs as it always does, and leaves a trace."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ggmlviz.capture import output
from ggmlviz.capture.child import running
from ggmlviz.capture.environment import Settings, traced_environment
from ggmlviz.capture.ring_watch import RingWatch
from ggmlviz.capture.shim import find_shim


@dataclass(frozen=True)
class Outcome:
    exit_code: int  # negative where a signal killed the program
    traces: list[Path] = field(default_factory=list)
    unsure: list[Path] = field(default_factory=list)  # rings of that time, perhaps of another command
    removed: list[Path] = field(default_factory=list)  # rings that made room for a later one


def run(command: Sequence[str], settings: Settings) -> Outcome:
    """Run it to its end under the shim, its signals and streams untouched."""
    environment = traced_environment(os.environ, find_shim(), settings)
    if settings.output is None:
        return run_with_rings(command, environment)
    return run_with_file(command, environment, settings.output)


def run_with_file(command: Sequence[str], environment: dict[str, str], path: Path) -> Outcome:
    output.make_room(path)
    before = output.siblings(path)
    with running(command, environment) as child:
        exit_code = child.wait()
    first = [path] if path.exists() else []
    return Outcome(exit_code, first + sorted(output.siblings(path) - before))


def run_with_rings(command: Sequence[str], environment: dict[str, str]) -> Outcome:
    rings = RingWatch()
    with running(command, environment) as child:
        exit_code = child.wait(lambda: rings.look(child.pid))
        rings.look(child.pid)
    rings.ask_the_unsure()
    # A recording that begins removes the rings that ended before it, this command's earlier ones too.
    removed = [path for path in rings.ours if not path.exists()]
    kept = [path for path in rings.ours if path not in removed]
    return Outcome(exit_code, kept, [path for path in rings.unsure if path.exists()], removed)

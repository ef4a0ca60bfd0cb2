"""Opens the window, on a trace or on none, and keeps for the next time how it was left."""

from __future__ import annotations

import sys
from pathlib import Path

from ggmlviz.app.live.feeds import Feeds
from ggmlviz.app.toolkit.display_check import NoWindow, check_display

FAILED = 1


def start(
    path: Path | None,
    theme: str | None = None,
    size: tuple[int, int] | None = None,
    run_commands: str | None = None,
    screenshot: Path | None = None,
    feeds: Feeds | None = None,
) -> int:
    scale = check_display()
    try:
        from ggmlviz.app.program import Program
    except ImportError as error:
        raise NoWindow(
            f"the window's toolkit cannot be loaded: {error}; reinstall it: pip install dearpygui"
        ) from error
    program = Program(scale, theme, size, run_commands, feeds)
    failed = program.run(path, screenshot)
    if failed:
        print(f"ggml-viz: {failed}", file=sys.stderr)
    return FAILED if failed else 0

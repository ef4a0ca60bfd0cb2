"""Look at a trace, or at a program that runs."""

from __future__ import annotations

import argparse
from pathlib import Path

from ggmlviz.verbs.arguments import positive, size
from ggmlviz.verbs.common import trace_path
from ggmlviz.verbs.declaring import Add


def view(options: argparse.Namespace) -> int:
    from ggmlviz.app.start import start

    feeds = None
    if options.live is not None:
        from ggmlviz.capture.feed import Feeds

        feeds = Feeds(options.live, options.history)
    path = trace_path(options.trace) if options.trace else None
    return start(path, options.theme, options.size, options.run_commands, options.screenshot, feeds)


def declare(add: Add) -> None:
    added = add(
        view,
        "open the window; the word `view` may be left out",
        "ggml-viz x.ggmlviz",
        "ggml-viz --live",
        "ggml-viz --live llama-server",
        "ggml-viz --live 4711 4712",
        "ggml-viz view --theme light --size 1280x800 x.ggmlviz",
        "ggml-viz view --run-commands steps.txt --screenshot x.png x.ggmlviz",
    )
    added.add_argument("--theme", choices=("dark", "light"), help="default: the one used last")
    added.add_argument("--size", metavar="WxH", type=size, help="of the window, in pixels (default: as it was last)")
    added.add_argument(
        "--run-commands", metavar="FILE", help="do what it says, a command of the palette in each line; - is stdin"
    )
    added.add_argument(
        "--live",
        metavar="PID|NAME|FILE",
        nargs="*",
        help="watch programs while they run: those with these numbers, or with this in their command, also when they "
        "start later; all are shown side by side, and panels are about the first (default: any one)",
    )
    added.add_argument(
        "--history", metavar="ROWS", type=positive, default=4_000_000, help="to keep while watching (default: 4000000)"
    )
    added.add_argument("--screenshot", metavar="PNG", type=Path, help="when all is drawn, write a picture and end")
    added.add_argument("trace", metavar="FILE|PID", nargs="?", help="a trace file, or a process that records into one")

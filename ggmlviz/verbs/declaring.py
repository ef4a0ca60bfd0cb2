"""How a verb says what it takes."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from ggmlviz.verbs.arguments import positive, seconds

Verb = Callable[[argparse.Namespace], int]
Add = Callable[..., argparse.ArgumentParser]  # of a verb, what it does, and examples


class Command(argparse.Action):
    """The rest of the line, with or without the -- before it."""

    def __call__(self, parser, options, words, option_string=None):
        words = words[1:] if words[:1] == ["--"] else words
        if not words:
            parser.error("name the command to run, after --")
        setattr(options, self.dest, words)


def adding(verbs: argparse._SubParsersAction) -> Add:
    def add(verb: Verb, summary: str, *examples: str) -> argparse.ArgumentParser:
        added = verbs.add_parser(
            verb.__name__,
            help=summary,
            description=summary[0].upper() + summary[1:] + ".",
            epilog="\n  ".join(["examples:", *examples]),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        added.set_defaults(run_verb=verb)
        return added

    return add


def add_trace(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("trace", metavar="FILE|PID", help="a trace file, or a process that records into a ring")


def add_pid(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("pid", metavar="PID", type=positive, help="the number of the process")


def add_json(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--json", action="store_true", help="for programs")


def add_range(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--from", metavar="S", dest="begin", type=seconds, help="only runs that begin from this second on"
    )
    verb.add_argument("--to", metavar="S", dest="end", type=seconds, help="only runs that begin before this second")


def add_command(verb: argparse.ArgumentParser) -> None:
    verb.usage = f"{verb.prog} [options] -- CMD ..."
    verb.add_argument("command", metavar="-- CMD", nargs=argparse.REMAINDER, action=Command, help="and its arguments")

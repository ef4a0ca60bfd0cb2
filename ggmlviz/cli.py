"""The command line: which verbs there are, and how errors end them."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Collection, Sequence

from ggmlviz.errors import GgmlVizError
from ggmlviz.verbs import answers, programs, rings, surroundings, traces, window
from ggmlviz.verbs.common import complain
from ggmlviz.verbs.declaring import adding

DESCRIPTION = "See what a GGML program (llama.cpp, whisper.cpp, ...) really does: op by op, thread by thread."
EXAMPLES = """\
examples:
  ggml-viz run -- ./llama-cli -m model.gguf -p hello
  ggml-viz llama-cli-20261120-120000.ggmlviz
  ggml-viz info llama-cli-20261120-120000.ggmlviz
  ggml-viz doctor -- ./llama-cli -m model.gguf
"""
INTERRUPTED, PIPE_CLOSED = 130, 141  # what a shell says of SIGINT and SIGPIPE


def main(arguments: Sequence[str] | None = None) -> int:
    # A tensor's name may have letters that an old terminal has not.
    sys.stdout.reconfigure(errors="backslashreplace")
    parser, verbs = build_parser()
    options = parser.parse_args(with_a_verb(sys.argv[1:] if arguments is None else arguments, verbs))
    try:
        code = options.run_verb(options)
        sys.stdout.flush()
        return code
    except GgmlVizError as error:
        return complain(error, error.exit_code)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read has seen enough. Python would complain once more when it closes the stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED


def with_a_verb(arguments: Sequence[str], verbs: Collection[str]) -> list[str]:
    """A trace that is named without a verb is to be looked at; so is none at all."""
    first = arguments[0] if arguments else ""
    named = first in verbs or first in ("-h", "--help", "--version")
    return [*([] if named else ["view"]), *arguments]


class Version(argparse.Action):
    def __call__(self, parser, *_):
        from importlib.metadata import version

        print(f"ggml-viz {version('ggml-viz')}")
        parser.exit()


def build_parser() -> tuple[argparse.ArgumentParser, Collection[str]]:
    """And the names of the verbs."""
    parser = argparse.ArgumentParser(
        "ggml-viz",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=Version, nargs=0, help="show the version and exit")
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)
    for group in (window, programs, rings, traces, answers, surroundings):
        group.declare(adding(verbs))
    return parser, verbs.choices


if __name__ == "__main__":
    sys.exit(main())

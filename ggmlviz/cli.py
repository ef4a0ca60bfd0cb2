"""The command line: which verbs there are, what they take, and how errors end them."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from ggmlviz import verbs
from ggmlviz.arguments import megabytes, percent, positive, seconds, size
from ggmlviz.capture.environment import DETAILS
from ggmlviz.errors import GgmlVizError
from ggmlviz.export.formats import FORMATS, TABLES, VIEWS

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
    parser = build_parser()
    options = parser.parse_args(with_a_verb(sys.argv[1:] if arguments is None else arguments))
    try:
        code = options.run_verb(options)
        sys.stdout.flush()
        return code
    except GgmlVizError as error:
        return verbs.complain(error, error.exit_code)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read has seen enough. Python would complain once more when it closes the stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED


def with_a_verb(arguments: Sequence[str]) -> list[str]:
    """A trace that is named without a verb is to be looked at; so is none at all."""
    first = arguments[0] if arguments else ""
    named = callable(getattr(verbs, first, None)) or first in ("-h", "--help", "--version")
    return [*([] if named else ["view"]), *arguments]


class Version(argparse.Action):
    def __call__(self, parser, *_):
        from importlib.metadata import version

        print(f"ggml-viz {version('ggml-viz')}")
        parser.exit()


class Command(argparse.Action):
    """The rest of the line, with or without the -- before it."""

    def __call__(self, parser, options, words, option_string=None):
        words = words[1:] if words[:1] == ["--"] else words
        if not words:
            parser.error("name the command to run, after --")
        setattr(options, self.dest, words)


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "ggml-viz",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=Version, nargs=0, help="show the version and exit")
    verb_parsers = parser.add_subparsers(title="verbs", metavar="VERB", required=True)

    def add(verb: Callable, summary: str, *examples: str) -> argparse.ArgumentParser:
        added = verb_parsers.add_parser(
            verb.__name__,
            help=summary,
            description=summary[0].upper() + summary[1:] + ".",
            epilog="\n  ".join(["examples:", *examples]),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        added.set_defaults(run_verb=verb)
        return added

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
        verb.add_argument(
            "command", metavar="-- CMD", nargs=argparse.REMAINDER, action=Command, help="and its arguments"
        )

    added = add(
        verbs.view,
        "open the window; the word `view` may be left out",
        "ggml-viz x.ggmlviz",
        "ggml-viz --live",
        "ggml-viz --live llama-server",
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
        nargs="?",
        const="",
        help="watch a program while it runs: the one with this number, or with this in its command (default: any)",
    )
    added.add_argument(
        "--history", metavar="ROWS", type=positive, default=4_000_000, help="to keep while watching (default: 4000000)"
    )
    added.add_argument("--screenshot", metavar="PNG", type=Path, help="when all is drawn, write a picture and end")
    added.add_argument("trace", metavar="FILE|PID", nargs="?", help="a trace file, or a process that records into one")

    added = add(
        verbs.run,
        "run a program and record what it does",
        "ggml-viz run -- ./llama-cli -m model.gguf -p hello",
        "ggml-viz run -o slow.ggmlviz --detail op -- python generate.py",
        "ggml-viz run --ring --ring-mb 256 -- ./llama-server -m model.gguf",
    )
    where = added.add_mutually_exclusive_group()
    where.add_argument(
        "-o", dest="output", metavar="FILE", type=Path, help="the trace (default: PROGRAM-DATE-TIME.ggmlviz)"
    )
    where.add_argument("--ring", action="store_true", help="record into shared memory, keep the latest only")
    added.add_argument("--detail", choices=DETAILS, help="how much is recorded (default: thread, all)")
    added.add_argument("--ring-mb", metavar="N", type=megabytes, help="size of the ring")
    added.add_argument("-v", dest="verbose", action="store_true", help="let the shim say what it does")
    add_command(added)

    added = add(
        verbs.attach,
        "record a program that runs already and was started without ggml-viz (Linux, x86-64)",
        "ggml-viz attach 4711",
        "ggml-viz attach -o from-now-on.ggmlviz --detail op 4711",
        "ggml-viz attach --ring-mb 256 4711 && ggml-viz report 4711",
    )
    added.add_argument(
        "-o", dest="output", metavar="FILE", type=Path, help="the trace (default: a ring, /dev/shm/ggmlviz-PID)"
    )
    added.add_argument("--detail", choices=DETAILS, help="how much is recorded (default: thread, all)")
    added.add_argument("--ring-mb", metavar="N", type=megabytes, help="size of the ring (default: 64)")
    add_pid(added)

    add_pid(
        add(
            verbs.detach,
            "end what attach began: the trace is closed, the program runs on as before",
            "ggml-viz detach 4711",
        )
    )

    added = add(verbs.ps, "list the rings on this machine", "ggml-viz ps", "ggml-viz ps --json", "ggml-viz ps --clean")
    added.add_argument("--clean", action="store_true", help="remove your rings whose processes are gone")
    add_json(added)

    added = add(
        verbs.save,
        "write what a ring holds as a trace file, now or when something happens",
        "ggml-viz save 4711 -o now.ggmlviz",
        "ggml-viz save 4711 --last 10 -o before.ggmlviz",
        "ggml-viz save 4711 --last 5 -o slow.ggmlviz --save-when 'tpot > 2x median' --save-when crash",
        "ggml-viz save 4711 -o stall.ggmlviz --save-when 'op > 50ms' --save-when 'major_faults > 100'",
    )
    add_pid(added)
    added.add_argument("-o", dest="output", metavar="FILE", type=Path, required=True, help="the trace")
    added.add_argument("--last", metavar="S", type=seconds, help="only the last seconds (default: all the ring holds)")
    added.add_argument(
        "--save-when",
        metavar="WHAT",
        action="append",
        help="wait until this happens: tpot, run or op > TIME; tpot or run > Nx median; major_faults or "
        "minor_faults > N; exit; crash (may be given several times: the first that happens)",
    )

    added = add(
        verbs.record,
        "record a ring into a file from now on, until Ctrl+C or the end of its process",
        "ggml-viz record 4711 -o from-now-on.ggmlviz",
        "ggml-viz record 4711 --seconds 30 -o half-a-minute.ggmlviz",
    )
    add_pid(added)
    added.add_argument("-o", dest="output", metavar="FILE", type=Path, required=True, help="the trace, a new file")
    added.add_argument("--seconds", metavar="N", type=seconds, help="no longer than this")

    added = add(
        verbs.info,
        "say what a trace holds",
        "ggml-viz info x.ggmlviz",
        "ggml-viz info 4711",
        "ggml-viz info --json 4711",
    )
    add_json(added)
    add_trace(added)

    add_trace(
        add(verbs.dump, "print a trace as text", "ggml-viz dump x.ggmlviz", "ggml-viz dump x.ggmlviz | grep NODE")
    )
    added = add(
        verbs.validate,
        "check a trace: exit code 0 sound, 1 problems or loss, 2 unreadable",
        "ggml-viz validate x.ggmlviz",
        "ggml-viz validate --json 4711",
    )
    add_json(added)
    add_trace(added)

    added = add(
        verbs.report,
        "say how fast it was, where the time went and what bounds it",
        "ggml-viz report x.ggmlviz",
        "ggml-viz report --top 20 --from 1.5 --to 3 x.ggmlviz",
        "ggml-viz report --json 4711",
    )
    add_json(added)
    added.add_argument("--top", metavar="N", type=positive, default=10, help="longest tables (default: 10 rows)")
    add_range(added)
    add_trace(added)

    added = add(
        verbs.experts,
        "say which experts of a mixture were used, and what a cache for some of them would find",
        "ggml-viz experts x.ggmlviz",
        "ggml-viz experts --from 1.5 --json x.ggmlviz",
    )
    add_json(added)
    add_range(added)
    add_trace(added)

    added = add(
        verbs.ceilings,
        "measure what this machine can do at most, once",
        "ggml-viz ceilings",
        "ggml-viz ceilings --again",
        "ggml-viz ceilings --json",
    )
    added.add_argument("--again", action="store_true", help="measure also if it is known")
    add_json(added)

    added = add(
        verbs.memmap,
        "show where everything lies in a model file",
        "ggml-viz memmap model.gguf",
        "ggml-viz memmap --json model-00001-of-00003.gguf",
        "ggml-viz memmap --csv x.ggmlviz",
        "ggml-viz memmap --residency --extents model.gguf",
    )
    how = added.add_mutually_exclusive_group()
    how.add_argument("--json", action="store_true", help="for programs")
    how.add_argument("--csv", action="store_true", help="for spreadsheets")
    added.add_argument("--residency", action="store_true", help="also tell what of it is in memory now")
    added.add_argument("--extents", action="store_true", help="also tell in which pieces it lies on the disk")
    added.add_argument("model", metavar="MODEL|TRACE", help="a GGUF, or a trace that tells of one")

    added = add(
        verbs.export,
        "write a trace in a format of other programs",
        "ggml-viz export x.ggmlviz --to perfetto",
        "ggml-viz export x.ggmlviz --to csv --table nodes -o -",
        "ggml-viz export x.ggmlviz --to dot --layer 0 -o - | dot -Tsvg -o layer.svg",
        "ggml-viz export x.ggmlviz --to svg --view timeline --from 0.5 --until 0.6",
        "ggml-viz export x.ggmlviz --to png --view graph --layer 3 --size 1280x800 --theme dark",
    )
    added.epilog += "\n\nformats:\n" + "\n".join(f"  {name:<13} {it.summary}" for name, it in FORMATS.items())
    added.add_argument("--to", dest="format", metavar="FORMAT", choices=FORMATS, required=True, help="see below")
    added.add_argument(
        "-o",
        dest="output",
        metavar="OUT",
        type=Path,
        help="default: the name of the trace with another ending, in this directory; - is stdout",
    )
    added.add_argument(
        "--force", action="store_true", help="replace a file that exists; folders keep other traces anyway"
    )
    added.add_argument("--table", choices=TABLES, help="csv, json: which one")
    added.add_argument("--view", choices=VIEWS, help="svg, png: which one")
    added.add_argument("--size", metavar="WxH", type=size, help="svg, png: in pixels (default: 1600x900)")
    added.add_argument("--theme", choices=("dark", "light"), help="svg, png: default is light")
    added.add_argument("--from", metavar="S", dest="begin", type=seconds, help="svg, png: from this second on")
    added.add_argument("--until", metavar="S", dest="end", type=seconds, help="svg, png: up to this second")
    added.add_argument(
        "--graph", metavar="N", type=int, help="dot, svg, png: which one (default: the one with the most runs)"
    )
    added.add_argument(
        "--layer", metavar="N", type=int, help="dot: this layer and its neighbours; svg, png of the graph: opened"
    )
    added.add_argument("--grouped", action="store_true", help="dot: a node for each block, layers as clusters")
    add_trace(added)

    added = add(
        verbs.compare,
        "say what takes longer in B than in A: exit code 0 nothing, 1 something, 2 cannot be compared",
        "ggml-viz compare before.ggmlviz after.ggmlviz",
        "ggml-viz compare --threshold 10 before.ggmlviz after.ggmlviz",
        "ggml-viz compare --json before.ggmlviz after.ggmlviz",
    )
    add_json(added)
    added.add_argument(
        "--threshold",
        metavar="PERCENT",
        type=percent,
        default=5.0,
        help="what is slower by more, and significantly so, is a regression (default: 5)",
    )
    added.add_argument(
        "--overall",
        metavar="PERCENT",
        type=percent,
        help="a regression is also when everything is slower by more; only for machines that do nothing else",
    )
    added.add_argument("a", metavar="A", help="a trace")
    added.add_argument("b", metavar="B", help="a trace of the same, later or otherwise")

    added = add(
        verbs.trim,
        "cut a range of time out of a trace",
        "ggml-viz trim x.ggmlviz --from 1.5 --to 3 -o part.ggmlviz",
        "ggml-viz trim 4711 --from 60 -o later.ggmlviz",
    )
    added.add_argument("--from", metavar="S", dest="begin", type=seconds, help="runs that begin from this second on")
    added.add_argument("--to", metavar="S", dest="end", type=seconds, help="runs that begin before this second")
    added.add_argument("-o", dest="output", metavar="OUT", type=Path, required=True, help="the new trace")
    add_trace(added)

    added = add(verbs.env, "say what a bug report needs to know of this machine", "ggml-viz env", "ggml-viz env --json")
    add_json(added)

    added = add(
        verbs.doctor,
        "find out why there are no events: exit code 0 if there would be",
        "ggml-viz doctor -- ./llama-cli -m model.gguf -p hello",
        "ggml-viz doctor --no-run -- ./llama-server",
        "ggml-viz doctor --seconds 60 -- python generate.py",
    )
    added.add_argument(
        "--seconds", metavar="N", type=float, default=20, help="stop the command after this time (default: 20)"
    )
    added.add_argument("--no-run", dest="run", action="store_false", help="only look at the files")
    add_json(added)
    add_command(added)
    return parser


if __name__ == "__main__":
    sys.exit(main())

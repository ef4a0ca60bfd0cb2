"""What is in a trace, whether it is sound, and the same in other files."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ggmlviz.errors import TraceError
from ggmlviz.export.formats import FORMATS, TABLES, VIEWS
from ggmlviz.verbs.arguments import seconds, size
from ggmlviz.verbs.common import CANNOT_BE_OPENED, PROBLEMS_FOUND, complain, print_json, summary_of, trace_path
from ggmlviz.verbs.declaring import Add, add_json, add_trace


def info(options: argparse.Namespace) -> int:
    summary = summary_of(trace_path(options.trace))
    if options.json:
        print_json(summary.as_dict())
    else:
        print("\n".join(summary.lines()))
    return 0


def dump(options: argparse.Namespace) -> int:
    from ggmlviz.format.recording import Recording
    from ggmlviz.format.text import dump

    sys.stdout.writelines(f"{line}\n" for line in dump(Recording.open(trace_path(options.trace))))
    return 0


def validate(options: argparse.Namespace) -> int:
    from ggmlviz.format.recording import Recording
    from ggmlviz.trace.validate import validate

    try:
        verdict = validate(Recording.open(trace_path(options.trace)))
    except TraceError as error:
        return complain(error, CANNOT_BE_OPENED)
    if options.json:
        print_json({"good": verdict.good, "problems": verdict.problems, "losses": verdict.losses})
    else:
        lines = [f"problem: {sentence}" for sentence in verdict.problems]
        lines += [f"loss: {sentence}" for sentence in verdict.losses]
        print("\n".join(lines or ["no problems, nothing lost"]))
    return 0 if verdict.good else PROBLEMS_FOUND


def trim(options: argparse.Namespace) -> int:
    from ggmlviz.analysis.time_range import END_OF_TIME
    from ggmlviz.export.trim import trim

    end = END_OF_TIME / 1e9 if options.end is None else options.end
    runs = trim(trace_path(options.trace), options.begin or 0.0, end, options.output)
    print(f"ggml-viz: wrote {options.output} with {runs:,} graph runs", file=sys.stderr)
    return 0


def export(options: argparse.Namespace) -> int:
    from ggmlviz.export.command import export
    from ggmlviz.export.destination import STDOUT
    from ggmlviz.export.formats import Choices

    choices = Choices(**{name: getattr(options, name) for name in Choices._fields})
    if options.other:
        choices = choices._replace(other=trace_path(options.other))
    written = export(trace_path(options.trace), options.format, options.output, choices, options.force)
    if written != STDOUT:
        print(f"ggml-viz: wrote {written}", file=sys.stderr)
    return 0


def declare(add: Add) -> None:
    added = add(
        info,
        "say what a trace holds",
        "ggml-viz info x.ggmlviz",
        "ggml-viz info 4711",
        "ggml-viz info --json 4711",
    )
    add_json(added)
    add_trace(added)

    add_trace(add(dump, "print a trace as text", "ggml-viz dump x.ggmlviz", "ggml-viz dump x.ggmlviz | grep NODE"))

    added = add(
        validate,
        "check a trace: exit code 0 sound, 1 problems or loss, 2 unreadable",
        "ggml-viz validate x.ggmlviz",
        "ggml-viz validate --json 4711",
    )
    add_json(added)
    add_trace(added)

    added = add(
        trim,
        "cut a range of time out of a trace",
        "ggml-viz trim x.ggmlviz --from 1.5 --to 3 -o part.ggmlviz",
        "ggml-viz trim 4711 --from 60 -o later.ggmlviz",
    )
    added.add_argument("--from", metavar="S", dest="begin", type=seconds, help="runs that begin from this second on")
    added.add_argument("--to", metavar="S", dest="end", type=seconds, help="runs that begin before this second")
    added.add_argument("-o", dest="output", metavar="OUT", type=Path, required=True, help="the new trace")
    add_trace(added)

    added = add(
        export,
        "write a trace in a format of other programs",
        "ggml-viz export x.ggmlviz --to perfetto",
        "ggml-viz export x.ggmlviz --to csv --table nodes -o -",
        "ggml-viz export x.ggmlviz --to dot --layer 0 -o - | dot -Tsvg -o layer.svg",
        "ggml-viz export x.ggmlviz --to svg --view timeline --from 0.5 --until 0.6",
        "ggml-viz export x.ggmlviz --to png --view graph --layer 3 --size 1280x800 --theme dark",
        "ggml-viz export x.ggmlviz --to png --view compare --with y.ggmlviz",
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
    added.add_argument("--by", metavar="WHAT", help="svg, png of statistics or compare: op (default), layer, …")
    added.add_argument("--with", metavar="FILE|PID", dest="other", help="svg, png of compare: the second trace, B")
    added.add_argument("--tensor", metavar="NAME", help="svg, png of inspector or compare: of this node")
    added.add_argument(
        "--graph", metavar="N", type=int, help="dot, svg, png: which one (default: the one with the most runs)"
    )
    added.add_argument(
        "--layer", metavar="N", type=int, help="dot: this layer and its neighbours; svg, png of the graph: opened"
    )
    added.add_argument("--grouped", action="store_true", help="dot: a node for each block, layers as clusters")
    add_trace(added)

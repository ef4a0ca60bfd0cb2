"""What people ask of a trace."""

from __future__ import annotations

import argparse

from ggmlviz.errors import TraceError
from ggmlviz.verbs.arguments import percent, positive
from ggmlviz.verbs.common import CANNOT_BE_OPENED, PROBLEMS_FOUND, complain, print_json, trace_path
from ggmlviz.verbs.declaring import Add, add_json, add_range, add_trace


def report(options: argparse.Namespace) -> int:
    from ggmlviz.analysis.run_report import report_of
    from ggmlviz.export.report import tables
    from ggmlviz.export.text_tables import print_parts
    from ggmlviz.format.recording import Recording

    found = report_of(Recording.open(trace_path(options.trace)), range_of(options), options.top)
    if options.json:
        print_json(found.as_dict())
    else:
        print_parts(tables(found))
    return 0


def experts(options: argparse.Namespace) -> int:
    from ggmlviz.analysis.expert_use import expert_use
    from ggmlviz.errors import UnsuitableTrace
    from ggmlviz.export.experts import parts
    from ggmlviz.export.progress import Progress
    from ggmlviz.export.text_tables import print_parts
    from ggmlviz.trace.trace import Trace

    path, progress = trace_path(options.trace), Progress()
    found = expert_use(
        Trace.open(path), range_of(options), lambda share: progress.tell("caches", round(100 * share), 100)
    )
    progress.end()
    if not found:
        what = "no choice of experts is recorded in it"
        raise UnsuitableTrace(path, what, "record a mixture of experts on the CPU, with --detail op or thread")
    if options.json:
        print_json(found.as_dict())
    else:
        print_parts(parts(found))
    return 0


def compare(options: argparse.Namespace) -> int:
    from ggmlviz.analysis.comparison.compare import compare
    from ggmlviz.export.comparison import parts
    from ggmlviz.export.text_tables import print_parts
    from ggmlviz.trace.trace import Trace

    try:
        compared = compare(*(Trace.open(trace_path(name)) for name in (options.a, options.b)))
    except TraceError as error:
        return complain(error, CANNOT_BE_OPENED)
    overall = None if options.overall is None else options.overall / 100
    threshold = options.threshold / 100
    if options.json:
        print_json(compared.as_dict())
    else:
        print_parts(parts(compared, threshold, overall))
    if not compared.tested:
        return CANNOT_BE_OPENED
    worse = compared.regressions(threshold) or (overall is not None and compared.slower_as_a_whole(overall))
    return PROBLEMS_FOUND if worse else 0


def range_of(options: argparse.Namespace):
    from ggmlviz.analysis.time_range import END_OF_TIME, EVERYTHING, TimeRange

    begin = EVERYTHING.begin if options.begin is None else round(options.begin * 1e9)
    end = END_OF_TIME if options.end is None else round(options.end * 1e9)
    return TimeRange(begin, end)


def declare(add: Add) -> None:
    added = add(
        report,
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
        experts,
        "say which experts of a mixture were used, and what a cache for some of them would find",
        "ggml-viz experts x.ggmlviz",
        "ggml-viz experts --from 1.5 --json x.ggmlviz",
    )
    add_json(added)
    add_range(added)
    add_trace(added)

    added = add(
        compare,
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

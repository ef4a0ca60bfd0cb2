"""What each verb of the command line does: a few lines that hand the work on and print the answer."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from ggmlviz.errors import GgmlVizError, TraceError

# Everything else is imported by the verb that needs it: --help shall not wait for numpy, nor `run` start its threads.

PROBLEMS_FOUND, CANNOT_BE_OPENED = 1, 2


def run(options: argparse.Namespace) -> int:
    import datetime

    from ggmlviz.capture.child import leave_like
    from ggmlviz.capture.environment import Settings
    from ggmlviz.capture.errors import CaptureError
    from ggmlviz.capture.output import default_output
    from ggmlviz.capture.run import run

    if options.ring_mb and not options.ring:
        raise CaptureError("--ring-mb is the size of a ring: add --ring")
    output = None
    if not options.ring:
        output = options.output or default_output(options.command[0], datetime.datetime.now())
    outcome = run(options.command, Settings(output, options.detail, options.ring_mb, options.verbose))
    for line in after_run(outcome, options.command):
        print(f"ggml-viz: {line}", file=sys.stderr)
    return leave_like(outcome.exit_code)


def after_run(outcome, command: Sequence[str]) -> Iterator[str]:
    import shlex

    for path in outcome.removed:
        yield f"{path}: removed when a later process began to record; -o FILE keeps them all"
    runs = 0
    for path in outcome.traces + outcome.unsure:
        try:
            summary = summary_of(path)
        except GgmlVizError as error:
            yield str(error)
            continue
        runs += summary.graph_runs
        yield f"{path}: {totals(summary)}"
        if path in outcome.unsure:
            yield f"{path}: its process ended too soon to tell whether it belonged to this command"
    if not runs:
        yield f"no graph run was recorded; this tells why: ggml-viz doctor -- {shlex.join(command)}"


def totals(summary) -> str:
    closed = "closed cleanly" if summary.closed else "not closed, its program was killed or runs on"
    missing = "; ".join(summary.losses + summary.problems) or "nothing lost"
    return (
        f"{summary.graph_runs:,} graph runs, {summary.nodes_timed:,} nodes timed, {summary.threads} threads, "
        f"{summary.trace_bytes / 1e6:.1f} MB, {closed}, {missing}"
    )


def summary_of(path: Path):
    from ggmlviz.format.recording import Recording
    from ggmlviz.trace.summary import summarise

    return summarise(Recording.open(path))


def ps(options: argparse.Namespace) -> int:
    from ggmlviz.capture.rings import rings, table

    found = rings()
    if options.json:
        print_json([ring.as_dict() for ring in found])
    else:
        print("\n".join(table(found) if found else ["no rings: `ggml-viz run --ring -- CMD` makes one"]))
    return 0


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
    for what, sentences in (("problem", verdict.problems), ("loss", verdict.losses)):
        for sentence in sentences:
            print(f"{what}: {sentence}")
    if verdict.problems or verdict.losses:
        return PROBLEMS_FOUND
    print("no problems, nothing lost")
    return 0


def memmap(options: argparse.Namespace) -> int:
    from ggmlviz.export import memory_map

    model_map = model_map_of(trace_path(options.model))
    if options.json:
        print_json(memory_map.as_json(model_map))
    elif options.csv:
        memory_map.write_csv(model_map, sys.stdout)
    else:
        sys.stdout.writelines(f"{line}\n" for line in memory_map.lines(model_map))
    return 0


def model_map_of(path: Path):
    from ggmlviz.analysis.model_map import ModelMap
    from ggmlviz.errors import NotATrace, UnreadableTrace
    from ggmlviz.format.recording import Recording

    try:
        recording = Recording.open(path)
    except (NotATrace, UnreadableTrace):
        return ModelMap.of_file(path)
    return ModelMap.of_recording(recording)


def export(options: argparse.Namespace) -> int:
    from ggmlviz.export.command import export
    from ggmlviz.export.destination import STDOUT
    from ggmlviz.export.formats import Choices

    choices = Choices(options.table, options.graph, options.layer, options.grouped)
    written = export(trace_path(options.trace), options.format, options.output, choices, options.force)
    if written != STDOUT:
        print(f"ggml-viz: wrote {written}", file=sys.stderr)
    return 0


def report(options: argparse.Namespace) -> int:
    from ggmlviz.analysis.run_report import report_of
    from ggmlviz.analysis.time_range import END_OF_TIME, EVERYTHING, TimeRange
    from ggmlviz.export import report as rendering
    from ggmlviz.format.recording import Recording

    begin = EVERYTHING.begin if options.begin is None else round(options.begin * 1e9)
    end = END_OF_TIME if options.end is None else round(options.end * 1e9)
    found = report_of(Recording.open(trace_path(options.trace)), TimeRange(begin, end), options.top)
    if options.json:
        print_json(found.as_dict())
    elif sys.stdout.isatty():
        rendering.show(found)
    else:
        sys.stdout.writelines(f"{line}\n" for line in rendering.lines(found))
    return 0


def ceilings(options: argparse.Namespace) -> int:
    from ggmlviz.analysis.ceilings import ceilings
    from ggmlviz.export import ceilings as rendering

    found = ceilings(options.again)
    if options.json:
        print_json(found.as_dict())
    else:
        print("\n".join(rendering.lines(found)))
    return 0


def compare(options: argparse.Namespace) -> int:
    from ggmlviz.analysis.compare import compare
    from ggmlviz.export import comparison as rendering
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
        sys.stdout.writelines(f"{line}\n" for line in rendering.lines(compared, threshold, overall))
    if not compared.tested:
        return CANNOT_BE_OPENED
    worse = compared.regressions(threshold) or (overall is not None and compared.slower_as_a_whole(overall))
    return PROBLEMS_FOUND if worse else 0


def trim(options: argparse.Namespace) -> int:
    from ggmlviz.analysis.time_range import END_OF_TIME
    from ggmlviz.export.trim import trim

    end = END_OF_TIME / 1e9 if options.end is None else options.end
    runs = trim(trace_path(options.trace), options.begin or 0.0, end, options.output)
    print(f"ggml-viz: wrote {options.output} with {runs:,} graph runs", file=sys.stderr)
    return 0


def env(options: argparse.Namespace) -> int:
    from ggmlviz.capture.machine import lines, machine

    facts = machine()
    if options.json:
        print_json(facts)
    else:
        print("\n".join(lines(facts)))
    return 0


def doctor(options: argparse.Namespace) -> int:
    from ggmlviz.capture.doctor import diagnose, verdict, would_record

    findings = []
    for finding in diagnose(options.command, options.seconds if options.run else None):
        findings.append(finding)
        print("\n".join(finding.lines()), flush=True)
    print(f"\n{verdict(findings, options.command)}")
    return 0 if would_record(findings) else 1


def trace_path(name: str) -> Path:
    """A trace file, or the ring of the process with that number. A file of that name comes first."""
    if name.isascii() and name.isdecimal() and not os.path.exists(name):
        from ggmlviz.capture.rings import ring_of

        return ring_of(int(name))
    return Path(name)


def print_json(value: object) -> None:
    import json

    print(json.dumps(value, indent=2))


def complain(error: GgmlVizError, code: int) -> int:
    print(f"ggml-viz: {error}", file=sys.stderr)
    return code

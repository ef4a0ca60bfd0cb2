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


def attach(options: argparse.Namespace) -> int:
    from ggmlviz.capture.attach import attach
    from ggmlviz.capture.environment import Settings
    from ggmlviz.capture.errors import CaptureError

    if options.ring_mb and options.output:
        raise CaptureError("--ring-mb is the size of a ring, and -o names a file: choose one")
    attached = attach(options.pid, Settings(options.output, options.detail, options.ring_mb))
    print(f"ggml-viz: {attached.target} records into {attached.trace}; `ggml-viz detach {options.pid}` ends it")
    if not attached.pointers:
        print("ggml-viz: it has no ggml yet: its runs are recorded once it loads one")
    return 0


def detach(options: argparse.Namespace) -> int:
    from ggmlviz.capture.attach import detach

    target, all_given_back = detach(options.pid)
    print(f"ggml-viz: {target} is on its own again")
    if not all_given_back:
        print("ggml-viz: one of its threads is still in a call that was recorded: the memory of the trace stays mapped")
    return 0


def ps(options: argparse.Namespace) -> int:
    from ggmlviz.capture.rings import clean, rings, table

    removed = clean() if options.clean else []
    if not options.json:
        for ring in removed:
            print(f"removed {ring.path}: {ring.state.value}, {ring.command or ring.reason}")
    found = rings()
    if options.json:
        print_json([ring.as_dict() for ring in found])
    else:
        print("\n".join(table(found) if found else ["no rings: `ggml-viz run --ring -- CMD` makes one"]))
    return 0


def save(options: argparse.Namespace) -> int:
    from ggmlviz.analysis.triggers import parse
    from ggmlviz.capture.flight import wait_for
    from ggmlviz.capture.rings import ring_of
    from ggmlviz.export.save import save

    triggers = [parse(text) for text in options.save_when or ()]
    ring, reason = ring_of(options.pid), ""
    if triggers:
        reason = wait_for(ring, triggers)
        print(f"ggml-viz: {reason}", flush=True)
    runs = save(ring, options.output, options.last, reason)
    print(f"ggml-viz: wrote {options.output} with {runs:,} graph runs", file=sys.stderr)
    return 0


def record(options: argparse.Namespace) -> int:
    from ggmlviz.capture.flight import record_until
    from ggmlviz.capture.rings import ring_of

    recorder = record_until(ring_of(options.pid), options.output, options.seconds)
    lost = f"{recorder.lost:,} rows were overwritten before they could be read" if recorder.lost else "nothing lost"
    print(f"ggml-viz: wrote {options.output}: {recorder.rows:,} rows, {lost}", file=sys.stderr)
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
    if options.json:
        print_json({"good": verdict.good, "problems": verdict.problems, "losses": verdict.losses})
    else:
        lines = [f"problem: {sentence}" for sentence in verdict.problems]
        lines += [f"loss: {sentence}" for sentence in verdict.losses]
        print("\n".join(lines or ["no problems, nothing lost"]))
    return 0 if verdict.good else PROBLEMS_FOUND


def memmap(options: argparse.Namespace) -> int:
    from ggmlviz.capture.errors import CaptureError
    from ggmlviz.export import file_state, memory_map

    model_map = model_map_of(trace_path(options.model))
    if options.csv and (options.residency or options.extents):
        raise CaptureError("--csv tells of the parts of a model alone: use --json with --residency and --extents")
    states = states_of(model_map, options.residency, options.extents)
    if options.json:
        print_json(file_state.with_states(memory_map.as_json(model_map), model_map, states))
    elif options.csv:
        memory_map.write_csv(model_map, sys.stdout)
    else:
        sys.stdout.writelines(f"{line}\n" for line in memory_map.lines(model_map))
        sys.stdout.writelines(f"{line}\n" for line in file_state.lines(model_map, states))
    return 0


def states_of(model_map, residency: bool, extents: bool):
    from ggmlviz.analysis.memory.file_pages import FileState
    from ggmlviz.capture.extents import fragments_of
    from ggmlviz.capture.residency import residency_of

    return [
        FileState(
            residency_of(file.path, file.size) if residency else None,
            fragments_of(file.path, file.size) if extents else None,
        )
        for file in model_map.files
    ]


def model_map_of(path: Path):
    from ggmlviz.analysis.model.map import ModelMap
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

    choices = Choices(**{name: getattr(options, name) for name in Choices._fields})
    written = export(trace_path(options.trace), options.format, options.output, choices, options.force)
    if written != STDOUT:
        print(f"ggml-viz: wrote {written}", file=sys.stderr)
    return 0


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


def range_of(options: argparse.Namespace):
    from ggmlviz.analysis.time_range import END_OF_TIME, EVERYTHING, TimeRange

    begin = EVERYTHING.begin if options.begin is None else round(options.begin * 1e9)
    end = END_OF_TIME if options.end is None else round(options.end * 1e9)
    return TimeRange(begin, end)


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
        if not options.json:
            print("\n".join(finding.lines()), flush=True)
    good, sentence = would_record(findings), verdict(findings, options.command)
    if options.json:
        print_json({"good": good, "verdict": sentence, "findings": [finding.as_dict() for finding in findings]})
    else:
        print(f"\n{sentence}")
    return 0 if good else 1


def view(options: argparse.Namespace) -> int:
    from ggmlviz.app.start import start

    feeds = None
    if options.live is not None:
        from ggmlviz.capture.feed import Feeds

        feeds = Feeds(options.live, options.history)
    path = trace_path(options.trace) if options.trace else None
    return start(path, options.theme, options.size, options.run_commands, options.screenshot, feeds)


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

"""Record programs: one that is begun here, or one that runs already; or say why there is nothing to record."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from ggmlviz.capture.environment import DETAILS
from ggmlviz.errors import GgmlVizError
from ggmlviz.verbs.arguments import megabytes
from ggmlviz.verbs.common import print_json, summary_of
from ggmlviz.verbs.declaring import Add, add_command, add_json, add_pid


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


def declare(add: Add) -> None:
    added = add(
        run,
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
        attach,
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
            detach,
            "end what attach began: the trace is closed, the program runs on as before",
            "ggml-viz detach 4711",
        )
    )

    added = add(
        doctor,
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

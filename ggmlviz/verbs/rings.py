"""Rings in shared memory: which there are, and files of what they hold."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ggmlviz.verbs.arguments import seconds
from ggmlviz.verbs.common import print_json
from ggmlviz.verbs.declaring import Add, add_json, add_pid


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
    from ggmlviz.trace.trace import Trace
    from ggmlviz.trace.unfinished import told_unfinished

    triggers = [parse(text) for text in options.save_when or ()]
    ring, reason = ring_of(options.pid), ""
    if triggers:
        reason = wait_for(ring, triggers)
        print(f"ggml-viz: {reason}", flush=True)
    runs = save(ring, options.output, options.last, reason)
    for line in (f"wrote {options.output} with {runs:,} graph runs", *told_unfinished(Trace.open(options.output))):
        print(f"ggml-viz: {line}", file=sys.stderr)
    return 0


def record(options: argparse.Namespace) -> int:
    from ggmlviz.capture.flight import record_until
    from ggmlviz.capture.rings import ring_of

    recorder = record_until(ring_of(options.pid), options.output, options.seconds)
    lost = f"{recorder.lost:,} rows were overwritten before they could be read" if recorder.lost else "nothing lost"
    print(f"ggml-viz: wrote {options.output}: {recorder.rows:,} rows, {lost}", file=sys.stderr)
    return 0


def declare(add: Add) -> None:
    added = add(ps, "list the rings on this machine", "ggml-viz ps", "ggml-viz ps --json", "ggml-viz ps --clean")
    added.add_argument("--clean", action="store_true", help="remove your rings whose processes are gone")
    add_json(added)

    added = add(
        save,
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
        record,
        "record a ring into a file from now on, until Ctrl+C or the end of its process",
        "ggml-viz record 4711 -o from-now-on.ggmlviz",
        "ggml-viz record 4711 --seconds 30 -o half-a-minute.ggmlviz",
    )
    add_pid(added)
    added.add_argument("-o", dest="output", metavar="FILE", type=Path, required=True, help="the trace, a new file")
    added.add_argument("--seconds", metavar="N", type=seconds, help="no longer than this")

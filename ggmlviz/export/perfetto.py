"""The trace-event format that Perfetto and chrome://tracing open.

A track per thread, on which run ⊃ split ⊃ CPU section ⊃ node ⊃ wait; threads that only help have their parts of the
sections, with their waits. Events come table by table, not in the order of time, which both viewers allow.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TextIO

from ggmlviz.export.formats import Choices
from ggmlviz.export.perfetto_counters import counters
from ggmlviz.export.perfetto_events import Event, Tracks, text_of
from ggmlviz.export.perfetto_nodes import node_lines
from ggmlviz.export.perfetto_threads import part_events, wait_lines
from ggmlviz.export.progress import Progress
from ggmlviz.export.small_tables import DIRECTION, STATUS
from ggmlviz.export.table import Joins, looked_up
from ggmlviz.trace.trace import Trace


def write(trace: Trace, output: TextIO, choices: Choices, progress: Progress) -> None:
    tracks, joins = Tracks(trace), Joins(trace)
    meta = trace.definitions.meta | {"experiment": trace.recording.experiment}
    output.write(f'{{"displayTimeUnit":"ns","otherData":{json.dumps(meta)},"traceEvents":[\n')
    output.write(",\n".join(map(json.dumps, tracks.names())))
    for events in (_runs(joins, tracks), _splits(joins, tracks), _sections(trace, tracks), part_events(trace, tracks)):
        output.writelines(f",\n{text_of(event)}" for event in events)
    output.writelines(node_lines(joins, tracks, progress))
    output.writelines(wait_lines(trace, tracks, progress))
    for events in (_transfers(joins, tracks), _syncs(joins, tracks), counters(trace, tracks)):
        output.writelines(f",\n{text_of(event)}" for event in events)
    output.write("\n]}\n")


def _runs(joins: Joins, tracks: Tracks) -> Iterator[Event]:
    runs = joins.trace.runs
    starts_flow = set(tracks.run_of_split.tolist())
    for index, run in enumerate(runs):
        graph = int(run["graph"])
        described = joins.graphs.of(graph) if graph >= 0 else None
        arguments = {"number": int(run["number"]), "status": STATUS[run["status"]], "own_ns": int(run["own"])}
        if described:
            arguments |= {"graph": graph, "nodes": described.graph.nodes, "tokens": described.purpose.tokens}
        name = described.purpose.phase if described else "other"
        yield tracks.slice("run", name, run, arguments)
        if index in starts_flow:
            yield tracks.flow("s", index, run)


def _splits(joins: Joins, tracks: Tracks) -> Iterator[Event]:
    """With arrows from each run to its first split, and from there on to the next."""
    splits, runs = joins.trace.splits, tracks.run_of_split.tolist()
    last_of_run = {run: index for index, run in enumerate(runs)}
    backends = looked_up(joins.backends, splits["backend"], "unknown backend").tolist()
    for index, (split, run, backend) in enumerate(zip(splits, runs, backends, strict=True)):
        arguments = {"first_node": int(split["first"]), "nodes": int(split["nodes"])}
        yield tracks.slice("split", backend, split, arguments | {"status": STATUS[split["status"]]})
        if run >= 0:
            yield tracks.flow("f" if last_of_run[run] == index else "t", run, split)


def _sections(trace: Trace, tracks: Tracks) -> Iterator[Event]:
    own = {int(part["section"]): part for part in trace.parts if tracks.is_own(part)}
    for index, section in enumerate(trace.sections):
        arguments = {"nodes": int(section["nodes"]), "threads": int(section["threads"])}
        if index in own:
            arguments |= {"work_ns": int(own[index]["work"]), "wait_ns": int(own[index]["wait"])}
        yield tracks.slice("section", "CPU section", section, arguments)


def _transfers(joins: Joins, tracks: Tracks) -> Iterator[Event]:
    transfers = joins.trace.transfers
    names = looked_up(joins.strings, transfers["name"], "").tolist()
    for transfer, name in zip(transfers, names, strict=True):
        direction = DIRECTION[transfer["direction"]]
        arguments = {"direction": direction, "bytes": int(transfer["bytes"]), "buffer": int(transfer["buffer"])}
        yield tracks.slice("transfer", f"{direction} {name}", transfer, arguments)


def _syncs(joins: Joins, tracks: Tracks) -> Iterator[Event]:
    syncs = joins.trace.syncs
    backends = looked_up(joins.backends, syncs["backend"], "unknown backend").tolist()
    for sync, backend in zip(syncs, backends, strict=True):
        yield tracks.slice("sync", f"wait for {backend}", sync, {})

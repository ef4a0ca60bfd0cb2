"""The tables of a trace that need no more than names looked up."""

from __future__ import annotations

import numpy as np

from ggmlviz.export.lanes import runs_around
from ggmlviz.export.table import (
    THREAD,
    TIMES,
    Columns,
    Joins,
    Table,
    known,
    looked_up,
    objects,
    threads_of,
    times_of,
    words_of,
)
from ggmlviz.format.layout import BufferOrigin, Status, Transfer
from ggmlviz.trace.buffers import ROLES

STATUS, DIRECTION, ORIGIN = words_of(Status), words_of(Transfer), words_of(BufferOrigin)


def _threads(joins: Joins, part: slice) -> Columns:
    parts, sections = joins.trace.parts[part], joins.trace.sections
    return {
        "run": known(joins.numbers_of(sections["run"][parts["section"]])),
        "section": parts["section"],
        **threads_of(joins, parts["lane"]),
        "work_ns": parts["work"],
        "wait_ns": parts["wait"],
        "barriers": parts["barriers"],
    }


def _splits(joins: Joins, part: slice) -> Columns:
    splits = joins.trace.splits[part]
    return {
        "run": known(joins.numbers_of(runs_around(joins.trace, splits["lane"], splits["begin"]))),
        **threads_of(joins, splits["lane"]),
        **times_of(splits),
        "backend": looked_up(joins.backends, splits["backend"], ""),
        "first_node": splits["first"],
        "nodes": splits["nodes"],
        "status": STATUS[splits["status"]],
    }


def _transfers(joins: Joins, part: slice) -> Columns:
    transfers = joins.trace.transfers[part]
    return {
        "run": known(joins.numbers_of(runs_around(joins.trace, transfers["lane"], transfers["begin"]))),
        **threads_of(joins, transfers["lane"]),
        **times_of(transfers),
        "direction": DIRECTION[transfers["direction"]],
        "tensor": looked_up(joins.strings, transfers["name"], ""),
        "buffer": known(transfers["buffer"]),
        "bytes": transfers["bytes"],
    }


def _buffers(joins: Joins, part: slice) -> Columns:
    buffers, files = joins.trace.buffers[part], joins.strings[joins.trace.definitions.files["path"]]
    mapped = buffers["file"] >= 0
    return {
        "buffer": np.arange(part.start, part.stop),
        "type": joins.strings[buffers["type"]],
        "role": objects(list(ROLES))[buffers["role"]],
        "origin": ORIGIN[buffers["origin"]],
        "begin_ns": buffers["begin"],
        "end_ns": np.ma.array(buffers["end"], mask=buffers["frees"] == 0),
        "size_bytes": buffers["size"],
        "requested_bytes": buffers["requested"],
        "file": np.ma.array(looked_up(files, buffers["file"], ""), mask=~mapped),
        "file_offset": np.ma.array(buffers["file_offset"], mask=~mapped),
    }


def _trace(joins: Joins, part: slice) -> Columns:
    recording = joins.trace.recording
    facts = {
        "experiment": recording.experiment,
        "program": recording.definitions.meta.get("command", ""),
        "started": recording.started.isoformat(),
        "pid": recording.pid,
        "detail": recording.detail.name.lower(),
        "closed": recording.closed,
    }
    return {name: objects([value]) for name, value in facts.items()}


TRACE = Table(
    {"experiment": str, "program": str, "started": str, "pid": int, "detail": str, "closed": bool},
    lambda trace: 1,
    _trace,
)
THREADS = Table(
    {"run": int, "section": int, **THREAD, "work_ns": int, "wait_ns": int, "barriers": int},
    lambda trace: len(trace.parts),
    _threads,
)
SPLITS = Table(
    {"run": int, **THREAD, **TIMES, "backend": str, "first_node": int, "nodes": int, "status": str},
    lambda trace: len(trace.splits),
    _splits,
)
TRANSFERS = Table(
    {"run": int, **THREAD, **TIMES, "direction": str, "tensor": str, "buffer": int, "bytes": int},
    lambda trace: len(trace.transfers),
    _transfers,
)
BUFFERS = Table(
    {"buffer": int, "type": str, "role": str, "origin": str, "begin_ns": int, "end_ns": int}
    | {"size_bytes": int, "requested_bytes": int, "file": str, "file_offset": int},
    lambda trace: len(trace.buffers),
    _buffers,
)

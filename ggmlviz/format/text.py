"""A recording as text: a line per fact, complete, stable and easy to grep. Tests compare whole dumps."""

from __future__ import annotations

import json
from collections.abc import Iterator

import numpy as np

from ggmlviz.format.lane import Gap, Lane, Piece
from ggmlviz.format.layout import (
    NONE,
    REFERENCES,
    BufferOrigin,
    ClockKind,
    DefKind,
    Detail,
    EdgeSlot,
    FileKind,
    HeaderFlag,
    Mode,
    State,
    Usage,
)
from ggmlviz.format.legacy import FIELDS, NO_LABEL, EventType, LegacyRecording
from ggmlviz.format.recording import Recording
from ggmlviz.format.text_names import by_bits, by_name
from ggmlviz.format.text_row import row_text

ROWS_AT_ONCE = 4096
HEADER_SHOWN = {
    "magic": lambda magic: _quoted(magic.decode("ascii")),
    "mode": by_name(Mode),
    "clock": by_name(ClockKind),
    "detail": by_name(Detail),
    "state": by_name(State),
    "flags": by_bits(HeaderFlag),
}
DEFINITION_SHOWN = {
    (DefKind.FILE, "kind"): by_name(FileKind),
    (DefKind.BUFFER, "origin"): by_name(BufferOrigin),
    (DefKind.BUFFER, "usage"): by_name(Usage),
    (DefKind.BUFFER_USAGE, "usage"): by_name(Usage),
}
SLOT_SHOWN = by_name(EdgeSlot)


def dump(recording: Recording | LegacyRecording) -> Iterator[str]:
    """Lines without their ends: header, definitions, rows lane by lane, loss, problems."""
    if isinstance(recording, LegacyRecording):
        yield from _legacy(recording)
    else:
        yield from _header(recording)
        yield from _definitions(recording)
        for lane in recording.lanes:
            yield from _lane(lane)
        yield "loss " + _pairs(recording.loss._asdict())
    yield from (f"problem {sentence}" for sentence in recording.problems)


def _header(recording: Recording) -> Iterator[str]:
    fields = recording.header.fields
    for name in fields.dtype.names:
        if name == "experiment":
            yield f"header experiment={recording.experiment}"
        elif name in ("start", "latest"):
            yield from (f"header {name}.{part}={fields[name][part]}" for part in fields[name].dtype.names)
        elif not name.startswith("reserved"):
            yield f"header {name}={HEADER_SHOWN.get(name, str)(fields[name].item())}"


def _definitions(recording: Recording) -> Iterator[str]:
    definitions = recording.definitions
    for kind in DefKind:
        structs = definitions.of(kind)
        if kind is DefKind.STRING:
            yield from (f"def string id={id} text={_quoted(text)}" for id, text in enumerate(definitions.strings))
        elif kind is DefKind.SYNC:
            yield from (f"def sync {_pairs(moment._asdict())}" for moment in definitions.syncs)
        elif kind is DefKind.EDGES:
            yield from _edges(recording)
        elif kind is DefKind.MEMBERS:
            yield from _members(recording)
        else:
            yield from (f"def {kind.name.lower()} {_fields(recording, kind, struct)}" for struct in structs)


def _fields(recording: Recording, kind: DefKind, struct: np.void) -> str:
    shown = {}
    for name in struct.dtype.names:
        value, target = struct[name].tolist(), REFERENCES[kind].get(name)
        if target is DefKind.STRING:
            shown[name] = _quoted(recording.definitions.strings[value])
        elif target:
            shown[name] = "none" if value == NONE else value
        elif isinstance(value, list):
            shown[name] = ",".join(map(str, value))
        elif name != "reserved":
            shown[name] = DEFINITION_SHOWN.get((kind, name), str)(value)
    return _pairs(shown)


def _edges(recording: Recording) -> Iterator[str]:
    for topology in range(len(recording.definitions.topologies)):
        for reader, source, slot in recording.definitions.edges(topology).tolist():
            yield f"def edge topology={topology} reader={reader} source={source} slot={SLOT_SHOWN(slot)}"


def _members(recording: Recording) -> Iterator[str]:
    for graph in range(len(recording.definitions.graphs)):
        for index, tensor in enumerate(recording.definitions.members(graph).tolist()):
            yield f"def member graph={graph} index={index} tensor={tensor}"


def _lane(lane: Lane) -> Iterator[str]:
    for part in sorted([*lane.gaps, *lane.pieces], key=lambda part: part.first):
        yield from _gap(lane, part) if isinstance(part, Gap) else _piece(lane, part)
    shown = {"lost": lane.lost, "overwritten": lane.overwritten, "damaged": lane.damaged}
    yield f"lane lane={lane.number} end={lane.end} {_pairs(shown)}"


def _gap(lane: Lane, gap: Gap) -> Iterator[str]:
    yield f"gap lane={lane.number} n={gap.first} overwritten={gap.overwritten} damaged={gap.damaged}"


def _piece(lane: Lane, piece: Piece) -> Iterator[str]:
    for begin in range(0, len(piece.rows), ROWS_AT_ONCE):
        rows = piece.rows[begin : begin + ROWS_AT_ONCE].tolist()
        for number, row in enumerate(rows, piece.first + begin):
            yield f"row lane={lane.number} n={number} {row_text(*row)}"


def _legacy(recording: LegacyRecording) -> Iterator[str]:
    yield "header version=1"
    yield f"header op_times_reliable={str(recording.op_times_reliable).lower()}"
    for n, label in enumerate(recording.label_of.tolist()):
        event = recording.events[n]
        type = EventType(event["type"])
        shown = {name: event[name] for name in ("thread", *FIELDS[type])}
        if label != NO_LABEL:
            shown["label"] = _quoted(recording.labels[label])
        yield f"event n={n} ns={event['ns']} type={type.name} {_pairs(shown)}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _pairs(shown: dict) -> str:
    return " ".join(f"{name}={value}" for name, value in shown.items())

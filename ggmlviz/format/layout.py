"""The bytes as numpy sees them: every dtype and every name comes out of csrc/ggmlviz_events.h through cffi."""

from __future__ import annotations

import os.path
from enum import IntEnum, IntFlag

import numpy as np

from ggmlviz.format._ring import ffi, lib

MAGIC = b"GGMLVIZ1"
VERSION = lib.GGMLVIZ_VERSION
HEADER_BYTES = lib.GGMLVIZ_HEADER_BYTES
SEGMENT_HEADER_BYTES = lib.GGMLVIZ_SEGMENT_HEADER_BYTES
SEGMENT_MAGIC = lib.GGMLVIZ_SEGMENT_MAGIC
NONE = lib.GGMLVIZ_NONE


def _dtype_of(ctype) -> np.dtype:
    if ctype.kind == "struct":
        fields = ctype.fields
        return np.dtype(
            {
                "names": [name for name, _ in fields],
                "formats": [_dtype_of(field.type) for _, field in fields],
                "offsets": [field.offset for _, field in fields],
                "itemsize": ffi.sizeof(ctype),
            }
        )
    if ctype.kind == "array":
        if ctype.item.cname == "char":
            return np.dtype(f"S{ctype.length}")
        return np.dtype((_dtype_of(ctype.item), (ctype.length,)))
    return np.dtype(f"<{'u' if ctype.cname.startswith('u') else 'i'}{ffi.sizeof(ctype)}")


def struct(name: str) -> np.dtype:
    return _dtype_of(ffi.typeof(f"struct ggmlviz_{name}"))


def _members(name: str) -> dict[str, int]:
    """The constants of one enum without what all their names begin with: GGMLVIZ_ROW_NODE is NODE."""
    constants = ffi.typeof(f"enum ggmlviz_{name}").relements
    shared = os.path.commonprefix(list(constants)).rpartition("_")[0] + "_"
    return {constant[len(shared) :]: constants[constant] for constant in sorted(constants, key=constants.get)}


Mode = IntEnum("Mode", _members("mode"))
ClockKind = IntEnum("ClockKind", _members("clock"))
Detail = IntEnum("Detail", _members("detail"))
State = IntEnum("State", _members("state"))
HeaderFlag = IntFlag("HeaderFlag", _members("header_flag"))
SegmentKind = IntEnum("SegmentKind", _members("segment_kind"))
RowKind = IntEnum("RowKind", _members("row_kind"))
CpuFlag = IntFlag("CpuFlag", _members("cpu_flag"))
RowFlag = IntFlag("RowFlag", _members("row_flag"))
Status = IntEnum("Status", _members("status"))
Transfer = IntEnum("Transfer", _members("transfer"))
DefKind = IntEnum("DefKind", _members("def_kind"))
FileKind = IntEnum("FileKind", _members("file_kind"))
BufferOrigin = IntEnum("BufferOrigin", _members("buffer_origin"))
Usage = IntEnum("Usage", _members("usage"))
EdgeSlot = IntEnum("EdgeSlot", _members("edge_slot"))

HEADER = struct("header")
SEGMENT = struct("segment")
ROW = struct("row")
EDGE = struct("edge")
DEF = struct("def")
DEFINITIONS = {kind: struct(f"def_{kind.name.lower()}") for kind in DefKind}

# Which fields hold the id of a string, the header says only in its comments.
STRING_FIELDS: dict[DefKind, tuple[str, ...]] = {
    DefKind.META: ("key", "value"),
    DefKind.LIBRARY: ("path", "version", "commit", "layout"),
    DefKind.THREAD: ("name",),
    DefKind.BACKEND: ("name",),
    DefKind.FILE: ("path",),
    DefKind.FILE_TENSOR: ("name",),
    DefKind.BUFFER: ("type",),
    DefKind.TENSOR: ("name", "op", "description", "type_name"),
}


def _references(kind: DefKind) -> dict[str, DefKind]:
    """Its fields that hold the id of another definition: those named like a kind that has ids, as `buffer` is."""
    strings = dict.fromkeys(STRING_FIELDS.get(kind, ()), DefKind.STRING)
    with_ids = {other.name.lower(): other for other in DefKind if "id" in DEFINITIONS[other].names}
    return strings | {name: with_ids[name] for name in DEFINITIONS[kind].names if name in with_ids}


REFERENCES = {kind: _references(kind) for kind in DefKind}

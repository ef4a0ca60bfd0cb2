"""Version 1: the event stream of the older ggml-viz, which can be read but is not written any more."""

from __future__ import annotations

import struct
from array import array
from enum import IntEnum

import numpy as np

from ggmlviz.format.problems import Problems
from ggmlviz.format.source import Source

LEGACY_VERSION = 1
HEADER_BYTES = 12
NO_LABEL = -1


class EventType(IntEnum):
    GRAPH_BEGIN = 0
    GRAPH_END = 1
    OP_BEGIN = 2
    OP_END = 3
    ALLOC = 4
    FREE = 5
    BARRIER = 6
    THREAD_BEGIN = 7
    THREAD_END = 8


# Packed, so nothing is aligned. Fields from `pointer` to `bytes` lie on top of each other; FIELDS says which hold.
_LAYOUT = (
    ("type", "u1", 0),
    ("ns", "<u8", 1),
    ("thread", "<u4", 9),
    ("pointer", "<u8", 13),
    ("nodes", "<u4", 21),
    ("threads", "<u4", 25),
    ("graph_backend", "<u8", 29),
    ("op", "<u4", 21),
    ("op_size", "<u8", 29),
    ("op_backend", "<u8", 37),
    ("bytes", "<u8", 21),
    ("has_label", "u1", 45),
)
EVENT = np.dtype(
    {
        "names": [name for name, _, _ in _LAYOUT],
        "formats": [format for _, format, _ in _LAYOUT],
        "offsets": [offset for _, _, offset in _LAYOUT],
    }
)
LABEL_LENGTH = struct.Struct("<I")
_GRAPH = ("pointer", "nodes", "threads", "graph_backend")
_OP = ("pointer", "op", "op_size", "op_backend")
_MEMORY = ("pointer", "bytes")
FIELDS: dict[EventType, tuple[str, ...]] = {
    EventType.GRAPH_BEGIN: _GRAPH,
    EventType.GRAPH_END: _GRAPH,
    EventType.OP_BEGIN: _OP,
    EventType.OP_END: _OP,
    EventType.ALLOC: _MEMORY,
    EventType.FREE: _MEMORY,
    EventType.BARRIER: (),
    EventType.THREAD_BEGIN: (),
    EventType.THREAD_END: (),
}


class LegacyRecording:
    """`events` as they lie in the file; `label_of[i]` is the index of event i's label in `labels`, or NO_LABEL.

    The old tool wrote all the BEGINs of a graph in a loop, computed it, then wrote all the ENDs in a loop. So the
    times of a graph are real, and those of its ops are not: only their order means anything.
    """

    version = LEGACY_VERSION
    op_times_reliable = False

    def __init__(self, source: Source):
        self.path = source.path
        self.problems = Problems()
        data = source.bytes[HEADER_BYTES:]
        begins = self._scan(data)
        places = max(0, len(data) - EVENT.itemsize + 1)
        self.events = np.ndarray(places, EVENT, data, 0, (1,))[begins] if len(begins) else np.empty(0, EVENT)
        self.labels, self.label_of = self._read_labels(data, begins)

    def _scan(self, data: memoryview) -> np.ndarray:
        """Where the events begin; labels make them differ in length."""
        begins = array("Q")
        at = 0
        while at < len(data):
            end = _end_of_event(data, at)
            if end > len(data):
                self.problems.add(f"the file ends inside event {len(begins)}, which was left out")
                break
            if data[at] not in FIELDS or data[at + EVENT.itemsize - 1] > 1:
                self.problems.add(f"event {len(begins)} is damaged: the last {len(data) - at} bytes were left out")
                break
            begins.append(at)
            at = end
        return np.array(begins, np.int64)

    def _read_labels(self, data: memoryview, begins: np.ndarray) -> tuple[list[str], np.ndarray]:
        label_of = np.full(len(begins), NO_LABEL, np.int64)
        indices: dict[str, int] = {}
        for event in np.flatnonzero(self.events["has_label"]).tolist():
            at = int(begins[event])
            label = str(data[at + EVENT.itemsize + LABEL_LENGTH.size : _end_of_event(data, at)], "utf-8", "replace")
            label_of[event] = indices.setdefault(label, len(indices))
        return list(indices), label_of


def _end_of_event(data: memoryview, at: int) -> int:
    """Behind its label; beyond the data if it is cut off."""
    fixed_end = at + EVENT.itemsize
    if fixed_end > len(data) or not data[fixed_end - 1]:
        return fixed_end
    label_begin = fixed_end + LABEL_LENGTH.size
    if label_begin > len(data):
        return label_begin
    return label_begin + LABEL_LENGTH.unpack_from(data, fixed_end)[0]

"""A second writer of traces, for tests: plain struct packing that shares no code with the recorder or the reader.

It follows the rules of docs/FORMAT.md step by step, so that a test can stop it anywhere.
"""

from __future__ import annotations

import struct

HEADER = struct.Struct("<8sIIIIII16sIIQII3QIIIIQQII3Q")
FIXED_BYTES = 96
SEGMENT = struct.Struct("<IIIIQQIIQQQ")
ROW = struct.Struct("<QBBHI")
HEADER_BYTES, SEGMENT_HEADER_BYTES = 4096, 64
FREE, DEFINITIONS, ROWS = 0, 1, 2
FILE, RING = 1, 2
OPEN, CLOSED = 1, 2
MONOTONIC, TSC = 1, 2
THREAD, RUN_BEGIN, NODE, LOST, MARK = 1, 2, 9, 17, 18
NONE = 0xFFFFFFFF
EXPERIMENT = bytes(range(16))

CRC_TABLE = []
for byte in range(256):
    for _ in range(8):
        byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
    CRC_TABLE.append(byte)


def crc32c(data: bytes) -> int:
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ CRC_TABLE[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


class Segment:
    def __init__(self, generation: int = 0):
        self.kind, self.lane, self.generation, self.first = FREE, 0, generation, 0
        self.sealed_bytes, self.crc, self.dropped, self.lost = 0, 0, 0, 0
        self.payload = bytearray()

    def seal(self) -> None:
        self.sealed_bytes = len(self.payload)
        self.crc = crc32c(self._packed()[:32] + self.payload)

    def _packed(self) -> bytes:
        numbers = (self.kind, self.lane, self.generation, self.first, self.sealed_bytes, self.crc, 0)
        return SEGMENT.pack(0x47535647, *numbers, len(self.payload), self.dropped, self.lost)

    def bytes(self, size: int) -> bytes:
        return (self._packed().ljust(SEGMENT_HEADER_BYTES, b"\0") + self.payload).ljust(size, b"\0")


class Definer:
    """Definitions by name; each returns the id it got."""

    def __init__(self) -> None:
        self._ids: dict[int, int] = {}

    def define(self, kind: int, body: bytes) -> None:
        body += bytes(-len(body) % 8)
        self.append_definition(struct.pack("<HHI", kind, 0, 8 + len(body)) + body)

    def numbered(self, kind: int, form: str, *numbers, trailing: bytes = b"") -> int:
        id = self._ids[kind] = self._ids.get(kind, -1) + 1
        self.define(kind, struct.pack("<I" + form, id, *numbers) + trailing)
        return id

    def string(self, text: str | bytes) -> int:
        data = text.encode() if isinstance(text, str) else text
        return self.numbered(1, "I", len(data), trailing=data)

    def meta(self, key: int, value: int) -> None:
        self.define(2, struct.pack("<II", key, value))

    def library(self, path: int, version: int = 0, commit: int = 0, layout: int = 0) -> int:
        return self.numbered(3, "7I", path, version, commit, layout, 336, 64, 1)

    def thread(self, tid: int, name: int, ticks: int = 0) -> int:
        return self.numbered(4, "IIIQ", tid, name, 0, ticks)

    def backend(self, name: int, library: int = NONE) -> int:
        return self.numbered(5, "III", name, library, 0)

    def file(self, path: int, kind: int = 1, tensors: int = 0, size: int = 0) -> int:
        return self.numbered(6, "IIIQQQ", path, kind, tensors, size, 2049, 77)

    def file_tensor(self, file: int, name: int, offset: int, ne: tuple[int, ...], type: int = 2) -> None:
        self.define(7, struct.pack("<IIIIQ4Q", file, name, type, len(ne), offset, *ne, *(1,) * (4 - len(ne))))

    def buffer(self, type: int, size: int, *, usage: int = 0, file: int = NONE, thread: int = NONE) -> int:
        return self.numbered(8, "IIIQQQQIIQII", type, 1, usage, 5, size, size, 0x1000, file, NONE, 0, thread, 0)

    def buffer_usage(self, buffer: int, usage: int, ticks: int = 0) -> None:
        self.define(9, struct.pack("<IIQ", buffer, usage, ticks))

    def buffer_free(self, buffer: int, ticks: int = 0) -> None:
        self.define(10, struct.pack("<IIQ", buffer, 0, ticks))

    def tensor(self, name: int, op: int, *, type_name: int = 0, buffer: int = NONE, file: int = NONE) -> int:
        shape = (4, 3, 2, 1, 4, 16, 48, 96)
        numbers = (name, op, op, 0, type_name, 16, NONE, *shape, 96, 0, 0x2000, buffer, file, 32, 0, *range(-1, 15))
        return self.numbered(11, "7I4q4Q3QII2Q16i", *numbers)

    def topology(self, nodes: int, leafs: int, edges: int) -> int:
        return self.numbered(12, "3I", nodes, leafs, edges)

    def edges(self, topology: int, *edges: tuple[int, int, int]) -> None:
        packed = b"".join(struct.pack("<3I", *edge) for edge in edges)
        self.define(13, struct.pack("<II", topology, len(edges)) + packed)

    def graph(self, topology: int, members: int, library: int = NONE) -> int:
        return self.numbered(14, "3I", topology, library, members)

    def members(self, graph: int, *tensors: int) -> None:
        self.define(15, struct.pack(f"<II{len(tensors)}I", graph, len(tensors), *tensors))

    def sync(self, ticks: int, monotonic_ns: int, realtime_ns: int) -> None:
        self.define(16, struct.pack("<3Q", ticks, monotonic_ns, realtime_ns))


class Twin(Definer):
    """A trace in the making; `bytes()` is what it looks like at this moment."""

    def __init__(
        self, *, mode: int = FILE, clock: int = MONOTONIC, segment_bytes: int = 4096, places: int | None = None
    ):
        super().__init__()
        self.mode, self.clock, self.segment_bytes, self.places = mode, clock, segment_bytes, places
        self.version = self.oldest_reader = 2
        self.header_bytes = HEADER_BYTES
        self.start, self.latest, self.latest_writing = (1000, 1000, 1_700_000_000_000_000_000), (0, 0, 0), 0
        self.state, self.flags, self.lost_calls, self.lost_definitions = OPEN, 0, 0, 0
        self.segments: list[Segment] = []
        self.written: dict[int, int] = {}
        self._current: dict[tuple[int, int], Segment] = {}
        self._definition_segments = 0
        self.string("")

    def row(self, lane: int, time: int, kind: int, flags: int = 0, extra: int = 0, value: int = 0) -> None:
        segment = self._current.get((ROWS, lane))
        if segment is None or len(segment.payload) + ROW.size > self.segment_bytes - SEGMENT_HEADER_BYTES:
            segment = self._begin(ROWS, lane, self.written.get(lane, 0))
        segment.payload += ROW.pack(time, kind, flags, extra, value)
        self.written[lane] = self.written.get(lane, 0) + 1

    def drop(self, lane: int, rows: int) -> None:
        self._current[ROWS, lane].dropped += rows

    def go_on(self, lane: int, time: int) -> None:
        """In a new segment, whose first row tells what the one before has dropped."""
        dropped = self._current[ROWS, lane].dropped
        self._begin(ROWS, lane, self.written[lane])
        self.row(lane, time, LOST, flags=1, value=dropped)

    def append_definition(self, record: bytes) -> None:
        segment = self._current.get((DEFINITIONS, 0))
        if segment is None or len(segment.payload) + len(record) > self.segment_bytes - SEGMENT_HEADER_BYTES:
            segment = self._begin(DEFINITIONS, 0, self._definition_segments)
            self._definition_segments += 1
        segment.payload += record

    def _begin(self, kind: int, lane: int, first: int) -> Segment:
        before = self._current.get((kind, lane))
        if before:
            before.seal()
        if self.places is None or len(self.segments) < self.places:
            segment = Segment()
            self.segments.append(segment)
        else:
            segment = self._reuse()
        segment.kind, segment.lane, segment.first = kind, lane, first
        segment.lost = before.lost + before.dropped if before else 0
        self._current[kind, lane] = segment
        return segment

    def _reuse(self) -> Segment:
        """The place of the oldest rows, by the time of the first of them."""
        rows = [segment for segment in self.segments if segment.kind == ROWS]
        oldest = min(rows, key=lambda segment: ROW.unpack_from(segment.payload)[0])
        place = self.segments.index(oldest)
        self.segments[place] = Segment(oldest.generation + 1)
        return self.segments[place]

    def close(self) -> Twin:
        for segment in self.segments:
            segment.seal()
        self.state = CLOSED
        return self

    def header(self) -> bytes:
        sizes = (self.version, self.oldest_reader, self.header_bytes, self.segment_bytes, self.mode, self.clock)
        fixed = (b"GGMLVIZ1", *sizes, EXPERIMENT, 4242, 1000, 999, 2, 0, *self.start)
        changing = (self.state, self.flags, len(self.segments), self.lost_calls, self.lost_definitions)
        changing += (self.latest_writing, 0, *self.latest)
        crc = crc32c(HEADER.pack(*fixed, 0, *changing)[:FIXED_BYTES])
        return HEADER.pack(*fixed, crc, *changing).ljust(self.header_bytes, b"\0")

    def bytes(self) -> bytes:
        return self.header() + b"".join(segment.bytes(self.segment_bytes) for segment in self.segments)


class LegacyTwin:
    """Version 1, event by event."""

    def __init__(self) -> None:
        self._data = bytearray(b"GGMLVIZ1" + struct.pack("<I", 1))

    def event(self, type: int, ns: int, thread: int, union: bytes = b"", label: str | None = None) -> None:
        self._data += struct.pack("<BQI", type, ns, thread) + union.ljust(32, b"\0")
        data = (label or "").encode()
        self._data += b"\0" if label is None else b"\1" + struct.pack("<I", len(data)) + data

    def graph(self, type: int, ns: int, pointer: int, nodes: int, threads: int) -> None:
        self.event(type, ns, 7, struct.pack("<QIIQ", pointer, nodes, threads, 0))

    def op(self, type: int, ns: int, pointer: int, op: int, size: int, label: str | None = None) -> None:
        self.event(type, ns, 7, struct.pack("<QIIQQ", pointer, op, 0, size, 0), label)

    def memory(self, type: int, ns: int, pointer: int, size: int) -> None:
        self.event(type, ns, 7, struct.pack("<QQ", pointer, size))

    def bytes(self) -> bytes:
        return bytes(self._data)


def small_trace() -> Twin:
    """One of everything, over several segments of definitions and rows of two lanes."""
    twin = Twin(clock=TSC)
    text = {word: twin.string(word) for word in ("cpu", "Zen", "/m.gguf", "CPU", "main", "MUL_MAT", "x", "w", "f32")}
    twin.meta(text["cpu"], text["Zen"])
    library = twin.library(text["/m.gguf"])
    thread = twin.thread(4243, text["main"], 1000)
    twin.backend(text["CPU"], library)
    file = twin.file(text["/m.gguf"], tensors=1, size=4096)
    twin.file_tensor(file, text["w"], 1024, (4, 3))
    buffer = twin.buffer(text["CPU"], 512, thread=thread)
    twin.buffer_usage(buffer, 2, 1500)
    node = twin.tensor(text["x"], text["MUL_MAT"], type_name=text["f32"], buffer=buffer)
    leaf = twin.tensor(text["w"], text["x"], type_name=text["f32"], file=file)
    topology = twin.topology(1, 1, 1)
    twin.edges(topology, (0, 1, 0))
    twin.members(twin.graph(topology, 2), node, leaf)
    twin.sync(3000, 2000, 1_700_000_000_000_001_000)
    twin.buffer_free(buffer, 2900)
    for n in range(600):
        twin.row(0, 1000 + 4 * n, NODE, extra=n % 7, value=n)
        if n % 3 == 0:
            twin.row(1, 1001 + 4 * n, MARK, value=n)
        if n % 10 == 0:
            twin.string(f"later-{n}" + "." * 60)
    twin.latest = (5000, 3000, 1_700_000_000_000_002_000)
    return twin

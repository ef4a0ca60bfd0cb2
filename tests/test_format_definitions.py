"""Definitions: every table, every check, and feeding them bit by bit."""

from __future__ import annotations

import struct

import pytest
import twin
from twin import Twin, small_trace

from ggmlviz.format.definitions import Definitions
from ggmlviz.format.layout import DEFINITIONS, HEADER, ROW, SEGMENT, DefKind
from ggmlviz.format.recording import Recording


def written(define=lambda writer: None) -> bytes:
    writer = Twin(segment_bytes=1 << 16)
    define(writer)
    return bytes(writer.segments[0].payload)


def fed(data: bytes) -> Definitions:
    definitions = Definitions()
    definitions.feed(data)
    return definitions


def base(writer: Twin) -> None:
    """Two tensors and a topology for two."""
    writer.tensor(writer.string("a"), 0)
    writer.tensor(0, 0)
    writer.topology(1, 1, 2)


def test_header_and_twin_agree_on_sizes():
    assert (HEADER.itemsize, SEGMENT.itemsize, ROW.itemsize) == (160, 64, 16)
    assert (twin.HEADER.size, twin.SEGMENT.size, twin.ROW.size) == (160, 64, 16)
    assert {kind.name: dtype.itemsize for kind, dtype in DEFINITIONS.items()} == {
        "STRING": 8, "META": 8, "LIBRARY": 32, "THREAD": 24, "BACKEND": 16, "FILE": 40, "FILE_TENSOR": 56,
        "BUFFER": 72, "BUFFER_USAGE": 16, "BUFFER_FREE": 16, "TENSOR": 208, "TOPOLOGY": 16, "EDGES": 8,
        "GRAPH": 16, "MEMBERS": 8, "SYNC": 24,
    }  # fmt: skip


def test_every_table_has_what_was_defined(tmp_path):
    (tmp_path / "x").write_bytes(small_trace().close().bytes())
    definitions = Recording.open(tmp_path / "x").definitions
    assert definitions.strings[:4] == ["", "cpu", "Zen", "/m.gguf"]
    assert len(definitions.strings) == 70
    assert definitions.meta == {"cpu": "Zen"}
    assert definitions.libraries["tensor_bytes"].tolist() == [336]
    assert definitions.threads[0].tolist() == (0, 4243, 5, 0, 1000)
    assert definitions.backends["name"].tolist() == [4]
    assert definitions.files[0].tolist() == (0, 3, 1, 1, 4096, 2049, 77)
    assert definitions.file_tensors["ne"].tolist() == [[4, 3, 1, 1]]
    assert definitions.buffers[0].tolist() == (0, 4, 1, 0, 5, 512, 512, 0x1000, twin.NONE, twin.NONE, 0, 0, 0)
    assert definitions.buffer_usages.tolist() == [(0, 2, 1500)]
    assert definitions.buffer_frees["ticks"].tolist() == [2900]
    assert definitions.tensors["nb"].tolist() == [[4, 16, 48, 96]] * 2
    assert definitions.tensors["op_params"][1].tolist() == list(range(-1, 15))
    assert definitions.topologies[0].tolist() == (0, 1, 1, 1)
    assert definitions.edges(0).tolist() == [(0, 1, 0)]
    assert definitions.graphs[0].tolist() == (0, 0, twin.NONE, 2)
    assert definitions.members(0).tolist() == [0, 1]
    assert definitions.syncs == [(3000, 2000, 1_700_000_000_000_001_000)]
    assert list(definitions.problems) == []


def test_feeding_record_by_record_gives_the_same():
    data = bytes(small_trace().segments[0].payload)
    whole, parts = fed(data), Definitions()
    at = 0
    while at < len(data):
        size = struct.unpack_from("<I", data, at + 4)[0]
        parts.feed(data[at : at + size])
        at += size
    assert parts.strings == whole.strings
    for kind in DefKind:
        assert parts.of(kind).tobytes() == whole.of(kind).tobytes()
    assert parts.members(0).tolist() == whole.members(0).tolist()
    assert list(parts.problems) == list(whole.problems) == []


def test_earlier_views_stay_as_they_were():
    definitions = fed(written(base))
    before = definitions.tensors
    writer = Twin(segment_bytes=1 << 16)
    base(writer)
    length = len(writer.segments[0].payload)
    writer.tensor(1, 1)
    definitions.feed(bytes(writer.segments[0].payload[length:]))
    assert (len(before), len(definitions.tensors)) == (2, 3)
    with pytest.raises(ValueError, match="read-only"):
        before["id"] = 1


def test_edges_and_members_in_parts_are_joined():
    def define(writer):
        base(writer)
        writer.edges(0, (0, 1, 0))
        graph = writer.graph(0, 2)
        writer.members(graph, 1)
        writer.edges(0, (0, 1, 255))
        writer.members(graph, 0)

    definitions = fed(written(define))
    assert definitions.edges(0).tolist() == [(0, 1, 0), (0, 1, 255)]
    assert definitions.members(0).tolist() == [1, 0]


def test_strings_that_are_not_utf8_are_still_strings():
    assert fed(written(lambda writer: writer.string(b"a\xffb"))).strings == ["", "a\ufffdb"]


def test_unknown_kinds_are_skipped_and_longer_structs_accepted():
    def define(writer):
        writer.define(99, bytes(24))
        writer.define(10, struct.pack("<IIQQ", twin.NONE, 0, 5, 6))
        writer.string("x")

    definitions = fed(written(define))
    assert definitions.strings == ["", "x"]
    assert definitions.of(DefKind.BUFFER_FREE).tolist() == [(twin.NONE, 0, 5)]
    assert list(definitions.problems) == ["1 definitions of kinds that this version does not know were left out"]


def test_what_had_no_room_is_empty_or_left_out():
    def define(writer):
        writer.buffer(twin.NONE, 64)
        writer.buffer_usage(twin.NONE, 1)
        writer.buffer_usage(0, 2)
        writer.buffer_free(twin.NONE)
        writer.file_tensor(twin.NONE, twin.NONE, 0, (1,))

    definitions = fed(written(define))
    assert definitions.buffers["type"].tolist() == [0]
    assert definitions.buffer_usages["usage"].tolist() == [2]
    assert (len(definitions.buffer_frees), len(definitions.file_tensors)) == (0, 0)
    assert list(definitions.problems) == []


BAD = {
    "too short": (lambda w: w.define(11, bytes(8)), "it is too short for its kind"),
    "long string": (lambda w: w.define(1, struct.pack("<II", 2, 999)), "its length is larger than itself"),
    "huge edges": (lambda w: w.define(13, struct.pack("<II", 0, 2**32 - 1)), "its count is larger than itself"),
    "id skipped": (lambda w: w.define(12, struct.pack("<4I", 9, 1, 1, 0)), "its id is out of order"),
    "no such string": (lambda w: w.meta(1, 2), "its value is not defined"),
    "topology NONE": (lambda w: w.graph(twin.NONE, 2), "its topology is not defined"),
    "no such buffer": (lambda w: w.tensor(0, 0, buffer=0), "its buffer is not defined"),
    "no such topology": (lambda w: w.graph(1, 2), "its topology is not defined"),
    "count of members": (lambda w: w.graph(0, 3), "it has not as many members as its topology"),
    "edge outside": (lambda w: w.edges(0, (0, 2, 0)), "it does not fit what it is a part of"),
    "too many edges": (lambda w: w.edges(0, *[(0, 1, 0)] * 3), "it does not fit what it is a part of"),
    "too many members": (lambda w: w.members(w.graph(0, 2), 0, 1, 1), "it does not fit what it is a part of"),
    "no such member": (lambda w: w.members(w.graph(0, 2), 0, 2), "it does not fit what it is a part of"),
    "defined too late": (lambda w: (w.meta(2, 0), w.string("b")), "its key is not defined"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_record_ends_the_definitions(name):
    bad, flaw = BAD[name]

    def define(writer):
        base(writer)
        bad(writer)
        writer.buffer_free(twin.NONE, 1)

    definitions = fed(written(define))
    assert [problem.split(": ")[1] for problem in definitions.problems] == [
        f"{flaw}; definitions from there on were left out"
    ]
    assert definitions.strings == ["", "a"]
    assert len(definitions.tensors) == 2
    assert len(definitions.topologies) == 1
    assert len(definitions.of(DefKind.BUFFER_FREE)) == 0
    definitions.feed(written())
    assert definitions.strings == ["", "a"]


@pytest.mark.parametrize("size", [0, 4, 12, 2**31, 2**32 - 8])
def test_impossible_record_length_ends_the_definitions(size):
    definitions = fed(written() + struct.pack("<HHI", 1, 0, size) + bytes(64))
    assert definitions.strings == [""]
    flaw = f"its length of {size} bytes is impossible; definitions from there on were left out"
    assert list(definitions.problems) == [f"the record at byte 16 of the definitions is damaged: {flaw}"]


def test_damaged_segment_ends_the_definitions(tmp_path):
    writer = Twin()
    for n in range(300):
        writer.string(f"{n:050}")
    writer.close()
    whole = [segment for segment in writer.segments if segment.kind == twin.DEFINITIONS]
    whole[1].payload[20] ^= 1
    (tmp_path / "x").write_bytes(writer.bytes())
    recording = Recording.open(tmp_path / "x")
    assert len(recording.definitions.strings) == 1 + (4032 - 16) // 72
    left_out = "definitions from there on were left out"
    damaged = f"segment 1, number 1 of the definitions, is damaged: its checksum does not fit; {left_out}"
    assert list(recording.problems) == [damaged]
    writer.segments[0].kind = twin.FREE
    (tmp_path / "x").write_bytes(writer.bytes())
    recording = Recording.open(tmp_path / "x")
    assert recording.definitions.strings == []
    assert f"segment 0 of the definitions is missing; {left_out}" in recording.problems


def test_they_are_read_without_a_look_at_rows(tmp_path, monkeypatch):
    path = tmp_path / "small.ggmlviz"
    path.write_bytes(small_trace().bytes())
    whole = Recording.open(path).definitions
    monkeypatch.setattr("ggmlviz.format.container.Container._take_rows", None)
    alone = Recording.definitions_of(path)
    assert alone.meta == whole.meta and alone.strings == whole.strings and len(whole.strings) > 1

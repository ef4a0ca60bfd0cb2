"""Version 1, the older tool's event stream."""

from __future__ import annotations

import struct

import pytest
from twin import LegacyTwin

from ggmlviz.format.legacy import NO_LABEL, EventType, LegacyRecording
from ggmlviz.format.recording import Recording


@pytest.fixture
def path(tmp_path):
    return tmp_path / "old.ggmlviz"


def one_of_everything() -> LegacyTwin:
    twin = LegacyTwin()
    twin.graph(0, 100, 0xA, 2, 4)
    twin.op(2, 110, 0xB, 27, 4096, "matmul_ä")
    twin.op(2, 111, 0xC, 2, 64)
    twin.op(3, 190, 0xB, 27, 4096, "matmul_ä")
    twin.op(3, 191, 0xC, 2, 64, "")
    twin.graph(1, 192, 0xA, 2, 4)
    twin.memory(4, 200, 0xD, 1 << 33)
    twin.memory(5, 210, 0xD, 0)
    for type in (6, 7, 8):
        twin.event(type, 220, 9)
    return twin


def test_every_event_is_read(path):
    path.write_bytes(one_of_everything().bytes())
    recording = Recording.open(path)
    assert isinstance(recording, LegacyRecording)
    assert (recording.version, recording.op_times_reliable) == (1, False)
    events = recording.events
    assert [EventType(type).name for type in events["type"]] == [
        "GRAPH_BEGIN", "OP_BEGIN", "OP_BEGIN", "OP_END", "OP_END", "GRAPH_END",
        "ALLOC", "FREE", "BARRIER", "THREAD_BEGIN", "THREAD_END",
    ]  # fmt: skip
    assert events["ns"].tolist() == [100, 110, 111, 190, 191, 192, 200, 210, 220, 220, 220]
    assert events["thread"].tolist() == [7] * 8 + [9] * 3
    assert events[0][["pointer", "nodes", "threads"]].tolist() == (0xA, 2, 4)
    assert events[1][["pointer", "op", "op_size"]].tolist() == (0xB, 27, 4096)
    assert events[6][["pointer", "bytes"]].tolist() == (0xD, 1 << 33)
    assert recording.labels == ["matmul_ä", ""]
    assert recording.label_of.tolist() == [NO_LABEL, 0, NO_LABEL, 0, 1] + [NO_LABEL] * 6
    assert list(recording.problems) == []


def test_empty_stream_is_a_recording_of_nothing(path):
    path.write_bytes(LegacyTwin().bytes())
    recording = Recording.open(path)
    assert len(recording.events) == 0
    assert list(recording.problems) == []


@pytest.mark.parametrize("kept", [1, 45, 47, 49, 50, 57])
def test_truncated_stream_keeps_what_is_whole(path, kept):
    data = one_of_everything().bytes()
    path.write_bytes(data[: 12 + 46 + kept])
    recording = Recording.open(path)
    assert recording.events["ns"].tolist() == [100]
    assert list(recording.problems) == ["the file ends inside event 1, which was left out"]


def test_label_longer_than_the_file(path):
    data = bytearray(one_of_everything().bytes())
    struct.pack_into("<I", data, 12 + 46 + 46, 2**32 - 1)
    path.write_bytes(data)
    recording = Recording.open(path)
    assert len(recording.events) == 1
    assert list(recording.problems) == ["the file ends inside event 1, which was left out"]


@pytest.mark.parametrize(("at", "value"), [(0, 9), (45, 2)])
def test_damaged_event_ends_the_stream(path, at, value):
    data = bytearray(one_of_everything().bytes())
    data[12 + 46 + 46 + 13 + at] = value
    path.write_bytes(data)
    recording = Recording.open(path)
    assert len(recording.events) == 2
    assert len(recording.problems) == 1

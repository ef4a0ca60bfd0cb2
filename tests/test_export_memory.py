"""Buffer statistics, the memory map and TensorBoard's scalars, read back."""

from __future__ import annotations

import json
import struct

import pytest
from export_support import MINOR_FAULTS, RESIDENT, STEP, WAIT, exported, write_empty, write_known
from support import llama, needs_llama, open_trace, traced

from ggmlviz.errors import NotAModel

EVENT_KEYS = {"timestamp_ms", "event", "id", "name", "size", "layer"}


@pytest.fixture(scope="module")
def capture(models, tmp_path_factory):
    path = tmp_path_factory.mktemp("capture") / "tiny.ggmlviz"
    traced(llama(models.tiny, "--tokens", 3), path)
    return path


@needs_llama
def test_buffer_stats(capture, tmp_path):
    trace = open_trace(capture)
    document = json.loads(exported(capture, "buffer_stats", tmp_path / "x.json").read_text())
    assert document.keys() == {"timeline"}
    timeline = document["timeline"]
    assert all(event.keys() == EVENT_KEYS for event in timeline)
    times = [event["timestamp_ms"] for event in timeline]
    assert times == sorted(times)
    buffers = trace.buffers
    for kind, field, chosen in (("alloc", "begin", buffers), ("dealloc", "end", buffers[buffers["frees"] > 0])):
        events = [event for event in timeline if event["event"] == kind]
        assert len(events) == len(chosen)
        assert sum(event["size"] for event in events) == chosen["size"].sum()
        assert [round(event["timestamp_ms"] * 1e6) for event in events] == sorted(chosen[field].tolist())
    alive = set()
    for event in timeline:
        (alive.add if event["event"] == "alloc" else alive.remove)(event["id"])


def test_known_buffers(tmp_path):
    trace = write_known(tmp_path / "x.ggmlviz", runs=1, layers=2)
    (first, second, freed) = json.loads(exported(trace, "buffer_stats", tmp_path / "x.json").read_text())["timeline"]
    assert (first["name"], first["size"], second["name"]) == ("CPU (weights)", 4096, "CPU (compute)")
    assert (freed["event"], freed["id"], freed["timestamp_ms"], freed["layer"]) == ("dealloc", 0, 0.001, None)
    assert json.loads(exported(write_empty(tmp_path / "e.ggmlviz"), "buffer_stats", tmp_path / "e.json").read_text())


@needs_llama
def test_memory_map(capture, models, tmp_path):
    document = json.loads(exported(capture, "memory_map", tmp_path / "x.json").read_text())
    assert document["total_size_bytes"] == models.tiny.stat().st_size
    assert document["num_tensors"] == len(document["tensors"]) == 30


def test_memory_map_without_a_model(tmp_path):
    with pytest.raises(NotAModel):
        exported(write_empty(tmp_path / "x.ggmlviz"), "memory_map", tmp_path / "x.json")
    assert list(tmp_path.iterdir()) == [tmp_path / "x.ggmlviz"]


def scalars(folder):
    """By run and tag: the framing is TensorFlow's records, a length and its checksum, the data and its checksum."""
    proto = pytest.importorskip("tensorboardX.proto.event_pb2")
    found = {}
    for path in folder.rglob("events.out.tfevents.*"):
        data, at = path.read_bytes(), 0
        while at < len(data):
            (length,) = struct.unpack_from("<Q", data, at)
            event = proto.Event.FromString(data[at + 12 : at + 12 + length])
            at += 12 + length + 4
            for value in event.summary.value:
                assert (event.step, value.tag) not in found, "told twice"
                found[event.step, value.tag] = value.simple_value
    return found


@needs_llama
def test_tensorboard(capture, tmp_path):
    pytest.importorskip("tensorboardX")
    trace = open_trace(capture)
    found = scalars(exported(capture, "tensorboard", tmp_path / "logs"))
    for run in trace.runs:
        seconds = (run["end"] - run["begin"]) / 1e9
        number, graph = int(run["number"]), trace.graph(int(run["graph"]))
        tokens = int(graph.tensors["ne"][graph.names.index("inp_tokens")][0])
        assert found[number, "run/duration_ms"] == pytest.approx(seconds * 1e3)
        assert found[number, "run/tokens_per_second"] == pytest.approx(tokens / seconds)
        assert found[number, "run/minor_faults"] == run["minor_faults"]
        assert 0 <= found[number, "run/wait_share"] <= 1
    assert len({step for step, _ in found}) == len(trace.runs)


def test_known_scalars(tmp_path):
    pytest.importorskip("tensorboardX")
    trace = write_known(tmp_path / "x.ggmlviz", runs=2, layers=4)
    for _ in range(2):  # again replaces what was there
        found = scalars(exported(trace, "tensorboard", tmp_path / "logs"))
    assert found == {
        (run, f"run/{tag}"): pytest.approx(value)
        for run in range(2)
        for tag, value in {
            "duration_ms": 10 * STEP / 1e6,
            "wait_share": WAIT / STEP,
            "minor_faults": MINOR_FAULTS,
            "major_faults": 0,
            "resident_bytes": RESIDENT,
        }.items()
    }
    assert scalars(exported(write_empty(tmp_path / "e.ggmlviz"), "tensorboard", tmp_path / "none")) == {}

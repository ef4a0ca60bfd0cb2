"""Trace events, read back: their numbers against the trace, and what the viewers need of them."""

from __future__ import annotations

import json
from collections import defaultdict
from decimal import Decimal

import pytest
from export_support import (
    ADD_BYTES,
    RUN_BEGIN,
    RUN_END,
    SPLIT_BEGIN,
    SPLIT_END,
    STEP,
    THREAD,
    WAIT,
    exported,
    write_empty,
    write_known,
    write_without_ops,
)
from support import llama, needs_llama, needs_whisper, open_trace, python, traced
from twin import MONOTONIC, Twin

from ggmlviz.trace.buffers import ROLES


def events_of(trace, folder):
    """Times as exact decimals of µs."""
    text = exported(trace, "perfetto", folder / "x.json").read_text()
    document = json.loads(text, parse_float=Decimal)
    assert document["displayTimeUnit"] == "ns"
    return document["traceEvents"]


def slices(events, category):
    return [event for event in events if event["ph"] == "X" and event["cat"] == category]


def ns(microseconds):
    assert microseconds * 1000 % 1 == 0
    return int(microseconds * 1000)


def assert_drawable(events):
    """Slices of one track lie in each other or beside each other, else the viewers leave some out."""
    by_track = defaultdict(list)
    for event in events:
        if event["ph"] == "X":
            assert event["dur"] >= 0
            by_track[event["pid"], event["tid"]].append((event["ts"], -event["dur"], event))
    for track in by_track.values():
        open_until = []
        for begin, negative, event in sorted(track, key=lambda slice: slice[:2]):
            while open_until and open_until[-1] <= begin:
                open_until.pop()
            assert not open_until or begin - negative <= open_until[-1], event
            if negative:
                open_until.append(begin - negative)
    named = {(event["pid"], event["tid"]) for event in events if event["name"] == "thread_name"}
    assert by_track.keys() <= named


def assert_agrees(events, trace):
    for category, table in (
        ("run", trace.runs),
        ("split", trace.splits),
        ("section", trace.sections),
        ("node", trace.executions),
        ("transfer", trace.transfers),
        ("sync", trace.syncs),
    ):
        found = slices(events, category)
        assert [ns(event["ts"]) for event in found] == table["begin"].tolist(), category
        assert [ns(event["dur"]) for event in found] == (table["end"] - table["begin"]).tolist(), category
    names = [event["name"] for event in slices(events, "node")]
    runs = trace.sections["run"][trace.executions["section"]]
    graphs = trace.runs["graph"][runs].tolist()
    assert names == [
        trace.graph(graph).names[node] for graph, node in zip(graphs, trace.executions["node"].tolist(), strict=True)
    ]
    # Every thread's part is the section itself, or a slice of a helper.
    parts = [event["args"] for event in slices(events, "part")]
    parts += [event["args"] for event in slices(events, "section") if "work_ns" in event["args"]]
    for what in ("work", "wait"):
        assert sum(part[f"{what}_ns"] for part in parts) == trace.parts[what].sum()
    assert len(parts) == len(trace.parts)
    # The single waits add up to what the sections' threads waited, but for the ns to which each is rounded.
    waits = [ns(event["dur"]) for event in slices(events, "wait")]
    assert abs(sum(waits) - trace.parts["wait"].sum()) <= len(waits)
    assert_counters(events, trace)


def assert_counters(events, trace):
    counted = defaultdict(list)
    for event in events:
        if event["ph"] == "C":
            counted[event["name"]].append(event)
    buffers = trace.buffers
    alive = buffers[buffers["frees"] == 0]
    if len(buffers):
        last = counted["live bytes"][-1]["args"]
        assert last == {role: alive["size"][alive["role"] == i].sum() for i, role in enumerate(ROLES)}
        assert all(size >= 0 for event in counted["live bytes"] for size in event["args"].values())
    known = trace.runs[trace.runs["minor_faults"] >= 0]
    assert len(counted["page faults"]) == len(known)
    assert counted["page faults"][-1]["args"]["minor"] == known["minor_faults"].sum()
    resident = trace.runs["resident"]
    assert sorted(e["args"]["bytes"] for e in counted["resident memory"]) == sorted(resident[resident >= 0].tolist())


def assert_flows(events, trace):
    """One arrow from each run with splits through them all, each step at the begin of its slice."""
    begins = {(event["tid"], event["ts"]) for category in ("run", "split") for event in slices(events, category)}
    steps = defaultdict(list)
    for event in events:
        if event["ph"] in "stf":
            assert event["bp"] == "e" and (event["tid"], event["ts"]) in begins
            steps[event["id"]].append((event["ts"], event["ph"]))
    assert sum(len(of_run) - 1 for of_run in steps.values()) == len(trace.splits)
    for of_run in steps.values():
        phases = "".join(phase for _, phase in sorted(of_run))
        assert phases == "s" + "t" * (len(of_run) - 2) + "f"


@needs_llama
@pytest.mark.parametrize("model", ["tiny", "experts", "quantized"])
def test_llama(models, tmp_path, model):
    _, trace = traced(llama(getattr(models, model), "--tokens", 3, "--threads", 2), tmp_path / "x.ggmlviz")
    events = events_of(tmp_path / "x.ggmlviz", tmp_path)
    assert_drawable(events)
    assert_agrees(events, trace)
    assert_flows(events, trace)
    assert {event["name"] for event in slices(events, "run")} == {"prompt", "generation"}
    products = [event for event in slices(events, "node") if event["args"]["op"] == "MUL_MAT"]
    assert products and all(event["args"]["GB/s"] >= 0 for event in products if event["dur"])


@needs_whisper
def test_whisper(models, tmp_path):
    traced(python("whisper_transcribe.py", models.whisper), tmp_path / "x.ggmlviz")
    events, trace = events_of(tmp_path / "x.ggmlviz", tmp_path), open_trace(tmp_path / "x.ggmlviz")
    assert_drawable(events)
    assert_agrees(events, trace)


def test_a_known_trace(tmp_path):
    path = write_known(tmp_path / "x.ggmlviz", runs=2, layers=3, name='a "b" \\ c')
    events = events_of(path, tmp_path)
    assert_drawable(events)
    assert_agrees(events, open_trace(path))
    node = slices(events, "node")[1]
    assert (node["name"], node["ts"], node["dur"]) == ('a "b" \\ c-1', Decimal("0.600"), Decimal("0.100"))
    assert node["args"] == {
        "op": "ADD",
        "shape": "4x3x2",
        "type": "f32",
        "block": "ffn",
        "layer": 1,
        "flops": 24,
        "GB/s": Decimal(ADD_BYTES) / STEP,
        "wait_ns": WAIT,
    }
    assert [(event["ph"], event["ts"]) for event in events if event["ph"] in "stf"] == [
        ("s", Decimal("0.200")),
        ("s", Decimal("1.400")),
        ("f", Decimal("0.400")),
        ("f", Decimal("1.600")),
    ]
    names = {(event["name"], event["args"]["name"]) for event in events if event["name"].endswith("_name")}
    assert names == {("process_name", "a program"), ("thread_name", "main 4243")}


def test_arrows_through_several_splits(tmp_path):
    twin = Twin(clock=MONOTONIC)
    for name in ("main", "GPU", "CPU"):
        twin.string(name)
    twin.thread(4243, 1)
    backends = [twin.backend(2), twin.backend(3)]
    kinds = [(THREAD, 0, 0), (RUN_BEGIN, 0, 0)]
    for backend in (*backends, backends[0]):
        kinds += [(SPLIT_BEGIN, backend, 0), (SPLIT_END, 0, 1)]
    for number, (kind, extra, value) in enumerate([*kinds, (RUN_END, 0, 0), (SPLIT_BEGIN, 1, 0), (SPLIT_END, 0, 1)]):
        twin.row(0, 1000 + STEP * number, kind, extra=extra, value=value)
    path = tmp_path / "x.ggmlviz"
    path.write_bytes(twin.close().bytes())
    events = events_of(path, tmp_path)
    assert_drawable(events)
    assert [event["name"] for event in slices(events, "split")] == ["GPU", "CPU", "GPU", "CPU"]
    arrows = [(event["ph"], event["id"], ns(event["ts"])) for event in events if event["ph"] in "stf"]
    assert arrows == [("s", 0, 100), ("t", 0, 200), ("t", 0, 400), ("f", 0, 600)]  # the last split is in no run


@pytest.mark.parametrize(("write", "runs"), [(write_empty, 0), (write_without_ops, 1)])
def test_without_ops(tmp_path, write, runs):
    events = events_of(write(tmp_path / "x.ggmlviz"), tmp_path)
    assert len(slices(events, "run")) == runs and not slices(events, "node")

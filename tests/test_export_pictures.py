"""Flame graphs and compute graphs, read back."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections import Counter

import pytest
from export_support import STEP, exported, write_empty, write_known, write_without_ops
from support import llama, needs_llama, open_trace, traced

from ggmlviz.export.errors import ExportError

needs_graphviz = pytest.mark.skipif(not shutil.which("dot"), reason="graphviz is not installed")
ODD_NAME = 'a "b" \\ <c> | {d}\\n é'


@pytest.fixture(scope="module")
def capture(models, tmp_path_factory):
    path = tmp_path_factory.mktemp("capture") / "experts.ggmlviz"
    traced(llama(models.experts, "--tokens", 3, "--threads", 2), path)
    return path


# Speedscope


def assert_fits_the_schema(document):
    """The fields that https://www.speedscope.app/file-format-schema.json asks for, and what its importer relies on."""
    assert document["$schema"] == "https://www.speedscope.app/file-format-schema.json"
    assert document.keys() <= {"$schema", "profiles", "shared", "name", "exporter", "activeProfileIndex"}
    assert all(frame.keys() == {"name"} and isinstance(frame["name"], str) for frame in document["shared"]["frames"])
    assert 0 <= document["activeProfileIndex"] < len(document["profiles"])
    for profile in document["profiles"]:
        assert profile.keys() == {"type", "name", "unit", "startValue", "endValue", "events"}
        assert (profile["type"], profile["unit"]) == ("evented", "nanoseconds")
        now, stack = profile["startValue"], []
        for event in profile["events"]:
            assert event.keys() == {"type", "frame", "at"} and now <= event["at"] <= profile["endValue"]
            now = event["at"]
            if event["type"] == "O":
                assert 0 <= event["frame"] < len(document["shared"]["frames"])
                stack.append(event["frame"])
            else:
                assert event["type"] == "C" and stack.pop() == event["frame"]
        assert not stack


def times_of_stacks(document):
    """How long each stack was on top."""
    names = [frame["name"] for frame in document["shared"]["frames"]]
    times = Counter()
    for profile in document["profiles"]:
        now, stack = profile["startValue"], []
        for event in profile["events"]:
            if stack:
                times[tuple(stack)] += event["at"] - now
            now = event["at"]
            if event["type"] == "O":
                stack.append(names[event["frame"]])
            else:
                stack.pop()
    return +times


def speedscope(trace, folder):
    document = json.loads(exported(trace, "speedscope", folder / "x.json").read_text())
    assert_fits_the_schema(document)
    return document


@needs_llama
def test_flames(capture, tmp_path):
    trace = open_trace(capture)
    times = times_of_stacks(speedscope(capture, tmp_path))
    executions = trace.executions
    ops = Counter()
    for execution in executions:
        graph = trace.graph(int(trace.runs["graph"][trace.sections["run"][execution["section"]]]))
        node = int(execution["node"])
        op = graph.ops[node] + (f" + {graph.ops[node + 1]}" if execution["flags"] & 1 else "")
        ops[op] += int(execution["end"] - execution["begin"])
    found = Counter()
    for stack, time in times.items():
        if len(stack) > 1:
            found[stack[3]] += time
    glu = {"SWIGLU": "GLU"}  # frames are called by what the op does, of which this is one kind
    assert Counter({glu.get(op, op): time for op, time in found.items()}) == +ops
    assert sum(times.values()) == (trace.runs["end"] - trace.runs["begin"]).sum()
    assert {stack[0] for stack in times} == {"prompt", "generation"}
    assert {stack[1] for stack in times if len(stack) > 1} >= {"layer 0", "layer 1", "layer 2", "no layer"}


def test_known_flames(tmp_path):
    times = times_of_stacks(speedscope(write_known(tmp_path / "x.ggmlviz", runs=3, layers=2), tmp_path))
    layers = {("other", f"layer {layer}", "ffn", "ADD"): 3 * STEP for layer in range(2)}
    assert times == {("other",): 3 * 6 * STEP, **layers}


def test_flames_without_ops(tmp_path):
    document = speedscope(write_without_ops(tmp_path / "x.ggmlviz"), tmp_path)
    assert times_of_stacks(document) == {("run",): 2 * STEP}
    with pytest.raises(ExportError, match="no graph runs"):
        exported(write_empty(tmp_path / "e.ggmlviz"), "speedscope", tmp_path / "e.json")
    assert not list(tmp_path.glob("e.json*"))


# Graphviz


def svg(text):
    done = subprocess.run(["dot", "-Tsvg"], input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and not done.stderr
    return done.stdout


def dot(trace, folder, **choices):
    return exported(trace, "dot", folder / "x.dot", replace=True, **choices).read_text()


def nodes_and_edges(text):
    nodes = re.findall(r'^ *"([^"]+)" \[label="((?:[^"\\]|\\.)*)", fillcolor="(\w+)"(.*)\];$', text, re.M)
    return nodes, re.findall(r'^ *"([^"]+)" -> "([^"]+)"', text, re.M)


def most_frequent(trace):
    numbers = Counter(trace.runs["graph"].tolist())
    return trace.graph(max(numbers, key=numbers.get))


@needs_llama
def test_whole_graph(capture, tmp_path):
    graph = most_frequent(open_trace(capture))
    nodes, edges = nodes_and_edges(dot(capture, tmp_path))
    assert len(nodes) == len(graph.members)
    assert sum(colour == "pink" for _, _, colour, _ in nodes) == graph.leafs
    labels = {int(number): label for number, label, _, _ in nodes}
    assert all(graph.names[number] in label.split("\\n") for number, label in labels.items())
    sources = graph.edges[graph.edges["slot"] != 255]
    assert {(int(source), int(reader)) for source, reader in edges} == set(
        zip(sources["source"].tolist(), sources["reader"].tolist(), strict=True)
    )


@needs_llama
def test_one_layer(capture, tmp_path):
    nodes, _ = nodes_and_edges(dot(capture, tmp_path, layer=1))
    grey = [label for _, label, _, look in nodes if "gray" in look]
    mine = [label for _, label, colour, look in nodes if colour == "white" and "gray" not in look]
    assert any("l_out-0" in label for label in grey) and any("FLASH_ATTN_EXT" in label for label in mine)
    assert all(re.search(r"-1\b|_l1\b|node_\d+", label) for label in mine)
    weights = [label for _, label, colour, _ in nodes if colour == "pink" and "weight" in label]
    assert weights and all("blk.1." in label for label in weights)


@needs_llama
def test_grouped(capture, tmp_path):
    graph = most_frequent(open_trace(capture))
    text = dot(capture, tmp_path, grouped=True)
    assert re.findall(r'subgraph "cluster_(\d+)"', text) == ["0", "1", "2"]
    nodes, edges = nodes_and_edges(text)
    counts = [int(label.split(": ")[1].split()[0]) for _, label, colour, _ in nodes if colour == "white"]
    assert sum(counts) == graph.nodes
    sizes = [
        int(label.split("\\n")[1].split()[0].replace(",", "")) for _, label, colour, _ in nodes if colour == "pink"
    ]
    assert sum(sizes) == graph.tensors["bytes"][graph.nodes :].sum()
    assert ("1 norm nodes", "1 attention nodes") in edges


@needs_llama
@needs_graphviz
@pytest.mark.parametrize("choices", [{}, {"layer": 0}, {"grouped": True}, {"grouped": True, "layer": 1}, {"graph": 0}])
def test_graphviz_reads_it(capture, tmp_path, choices):
    text = dot(capture, tmp_path, **choices)
    nodes, edges = nodes_and_edges(text)
    drawn = svg(text)
    assert (drawn.count('class="node"'), drawn.count('class="edge"')) == (len(nodes), len(edges))


@needs_graphviz
def test_odd_names(tmp_path):
    trace = write_known(tmp_path / "x.ggmlviz", runs=1, layers=2, name=ODD_NAME)
    drawn = svg(dot(trace, tmp_path))
    assert "a &quot;b&quot; \\ &lt;c&gt; | {d}\\n é&#45;1" in drawn.replace("&#160;", " ")


def test_what_cannot_be_drawn(tmp_path):
    trace = write_known(tmp_path / "x.ggmlviz", runs=1, layers=2)
    for choices, sentence in (
        ({"graph": 1}, "no graph 1"),
        ({"graph": -1}, "no graph -1"),
        ({"layer": 2}, "no layer 2: it has layers 0 to 1"),
    ):
        with pytest.raises(ExportError, match=sentence):
            dot(trace, tmp_path, **choices)
    for write in (write_empty, write_without_ops):
        with pytest.raises(ExportError, match="no graph"):
            dot(write(tmp_path / "e.ggmlviz"), tmp_path)

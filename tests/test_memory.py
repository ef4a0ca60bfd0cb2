"""Weights are where the file has them, buffers come and go in balance, and what is alive adds up."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType, GGUFReader
from gguf_truth import Placed, gaps, tensors_of
from oracle_text import read_runs
from support import (
    Run,
    assert_whole,
    find_shim,
    llama,
    needs_llama,
    needs_whisper,
    open_trace,
    python,
    runs_in_order,
    succeed,
)

from ggmlviz.format.layout import NONE, BufferOrigin, FileKind, Transfer
from ggmlviz.format.text import dump
from ggmlviz.trace.buffers import ROLES
from ggmlviz.trace.summary import summarise
from ggmlviz.trace.trace import Trace

F16_BYTES, F32_BYTES = 2, 4
CONTEXT, TOKENS = 512, 16  # what llama_generate.py does unless told otherwise
ALIGNMENT = 32


class Subject(NamedTuple):
    done: Run
    trace: Trace
    files: list[Path]
    contents: dict[str, bytes]  # of weights as the program had them in memory, by name


LLAMA = {
    "mapped": lambda models: ([models.tiny], []),
    "experts": lambda models: ([models.experts], []),
    "not mapped": lambda models: ([models.tiny], ["--no-mmap"]),
    "repacked": lambda models: ([models.quantized], []),
    "repacked, not mapped": lambda models: ([models.quantized], ["--no-mmap"]),
    "not repacked": lambda models: ([models.quantized], ["--no-repack"]),
    "several files": lambda models: (models.split, []),
    "three sequences": lambda models: ([models.tiny], ["--parallel", 3]),
}
MAPPED = ["mapped", "experts", "not repacked", "several files"]


@pytest.fixture(scope="module")
def subject_of(models, oracle, tmp_path_factory):
    """The trace of each program, made when it is first asked for."""
    subjects = {}

    def make(name: str) -> Subject:
        if name in subjects:
            return subjects[name]
        if name == "whisper":
            files, command = [models.whisper], python("whisper_transcribe.py", models.whisper)
        else:
            files, options = LLAMA[name](models)
            command = llama(files[0], *options)
        folder = tmp_path_factory.mktemp("memory")
        output, told = folder / "x.ggmlviz", folder / "oracle.txt"
        done = succeed(command, [oracle, find_shim()], GGML_VIZ_OUTPUT=output, ORACLE_OUTPUT=told)
        trace = open_trace(output)
        assert_whole(trace)
        contents = {name: content for run in read_runs(told) for name, content in run.contents.items()}
        subjects[name] = Subject(done, trace, files, contents)
        return subjects[name]

    return make


def of_llama(*names: str):
    return [pytest.param(name, id=name, marks=needs_llama) for name in names or LLAMA]


def of_all():
    return [*of_llama(), pytest.param("whisper", id="whisper", marks=needs_whisper)]


def strings_of(trace: Trace, ids: np.ndarray) -> list[str]:
    return [trace.definitions.strings[id] for id in ids.tolist()]


def weights_in_graphs(trace: Trace) -> list[tuple[str, np.void]]:
    tensors = trace.definitions.tensors
    return [
        (name, tensor)
        for name, tensor in zip(strings_of(trace, tensors["name"]), tensors, strict=True)
        if name.endswith(".weight")
    ]


# --- on the disk ---


def told_by_trace(trace: Trace, file: int) -> dict[str, Placed]:
    rows = trace.definitions.file_tensors
    rows = rows[rows["file"] == file]
    told = {}
    for name, row in zip(strings_of(trace, rows["name"]), rows, strict=True):
        ne = tuple(row["ne"].tolist())
        block, size = GGML_QUANT_SIZES[GGMLQuantizationType(int(row["type"]))]
        size *= int(np.prod(ne)) // block
        told[name] = Placed(int(row["type"]), ne[: row["dimensions"]], int(row["offset"]), size)
    return told


@pytest.mark.parametrize("name", of_llama())
def test_disk_offsets_are_those_of_the_file(subject_of, name):
    subject = subject_of(name)
    files = subject.trace.definitions.files
    assert (files["kind"] == FileKind.GGUF).all()
    assert sorted(strings_of(subject.trace, files["path"])) == sorted(map(str, subject.files))
    for number, path in enumerate(strings_of(subject.trace, files["path"])):
        told, truth = told_by_trace(subject.trace, number), tensors_of(Path(path))
        assert told == truth
        assert files["tensors"][number] == len(truth)
        assert files["size"][number] == Path(path).stat().st_size
        assert files["inode"][number] == Path(path).stat().st_ino


@pytest.mark.parametrize("name", of_llama())
def test_disk_offsets_leave_only_the_gaps_of_the_file(subject_of, name):
    subject = subject_of(name)
    for number, path in enumerate(strings_of(subject.trace, subject.trace.definitions.files["path"])):
        size = Path(path).stat().st_size
        between = gaps(list(told_by_trace(subject.trace, number).values()), size)
        assert between == gaps(list(tensors_of(Path(path)).values()), size)
        assert all(0 <= gap < ALIGNMENT for gap in between)


@pytest.mark.parametrize("name", of_llama())
def test_every_weight_is_in_a_graph_and_known_by_name(subject_of, name):
    """Whatever became of it in memory, a weight's origin in the file follows from its name."""
    subject = subject_of(name)
    origins = {weight: place for path in subject.files for weight, place in tensors_of(path).items()}
    assert {weight for weight, _ in weights_in_graphs(subject.trace)} == set(origins)
    for weight, tensor in weights_in_graphs(subject.trace):
        assert (int(tensor["type"]), int(tensor["bytes"])) == (origins[weight].type, origins[weight].bytes)
        assert tensor["buffer"] != NONE


@pytest.mark.parametrize("name", of_llama(*MAPPED))
def test_mapped_weights_are_read_from_their_place_in_the_file(subject_of, name):
    subject = subject_of(name)
    truth = {path: tensors_of(path) for path in subject.files}
    files = [Path(path) for path in strings_of(subject.trace, subject.trace.definitions.files["path"])]
    assert subject.contents
    for weight, tensor in weights_in_graphs(subject.trace):
        assert tensor["file"] != NONE
        path = files[tensor["file"]]
        assert tensor["file_offset"] == truth[path][weight].offset
        with path.open("rb") as file:
            file.seek(int(tensor["file_offset"]))
            assert file.read(len(subject.contents[weight])) == subject.contents[weight]


@pytest.mark.parametrize("name", of_llama("not mapped", "repacked, not mapped"))
def test_copied_weights_are_only_in_buffers(subject_of, name):
    for _, tensor in weights_in_graphs(subject_of(name).trace):
        assert tensor["file"] == NONE and tensor["file_offset"] == 0


@pytest.mark.parametrize("name", of_llama())
def test_weights_lie_inside_their_buffers_and_apart(subject_of, name):
    trace = subject_of(name).trace
    buffers = trace.definitions.buffers
    held: dict[int, set[tuple[int, int]]] = {}
    for _, tensor in weights_in_graphs(trace):
        buffer = buffers[tensor["buffer"]]
        assert buffer["address"] + tensor["buffer_offset"] == tensor["address"]
        assert tensor["buffer_offset"] + tensor["bytes"] <= buffer["size"]
        assert ROLES[trace.buffers["role"][tensor["buffer"]]] == "weights"
        part = (int(tensor["buffer_offset"]), int(tensor["bytes"]))
        held.setdefault(int(tensor["buffer"]), set()).add(part)
    for parts in held.values():
        in_order = sorted(parts)
        assert all(at + size <= after for (at, size), (after, _) in pairwise(in_order))


@needs_llama
@pytest.mark.parametrize("name", ["repacked", "repacked, not mapped"])
def test_repacked_weights_are_in_a_buffer_of_their_own(subject_of, name):
    """Everything that is multiplied is repacked; it was set there once, out of the file."""
    trace = subject_of(name).trace
    types = strings_of(trace, trace.definitions.buffers["type"])
    moved = {weight: tensor for weight, tensor in weights_in_graphs(trace) if types[tensor["buffer"]] == "CPU_REPACK"}
    if not moved:
        pytest.skip("this CPU's ggml repacks nothing")
    assert set(moved) >= {"blk.0.attn_q.weight", "blk.2.ffn_down.weight"}
    assert not any("norm" in weight for weight in moved)
    for weight, tensor in moved.items():
        assert tensor["file"] == NONE
        sets = transfers_of(trace, Transfer.SET, weight)
        assert sets["bytes"].tolist() == [tensor["bytes"]]
        assert sets["buffer"].tolist() == [tensor["buffer"]]


# --- in memory ---


@pytest.mark.parametrize("name", of_all())
def test_every_buffer_is_freed_once(subject_of, name):
    buffers = subject_of(name).trace.buffers
    assert len(buffers) > 3
    assert (buffers["frees"] == 1).all()
    assert (buffers["end"] >= buffers["begin"]).all()


def live_bytes_in_dump(trace: Trace) -> list[int]:
    """What is alive after each alloc and free, from the text of the dump alone."""
    events, sizes = [], {}
    for line in dump(trace.recording):
        kind, fields = fields_of(line)
        if kind == "def buffer":
            sizes[fields["id"]] = int(fields["size"])
            events.append((int(fields["ticks"]), sizes[fields["id"]]))
        elif kind == "def buffer_free":
            events.append((int(fields["ticks"]), -sizes[fields["buffer"]]))
    return np.cumsum([change for _, change in sorted(events, key=lambda event: event[0])]).tolist()


def fields_of(line: str) -> tuple[str, dict[str, str]]:
    kind = re.match(r"(?:def )?\w+", line)[0]
    return kind, dict(re.findall(r'([\w.]+)=("(?:[^"\\]|\\.)*"|\S+)', line))


def live_bytes_in_trace(trace: Trace) -> list[int]:
    buffers = trace.buffers
    freed = buffers[buffers["end"] >= 0]
    times = np.concatenate([buffers["begin"], freed["end"]])
    changes = np.concatenate([buffers["size"], -freed["size"]])
    return np.cumsum(changes[np.argsort(times, kind="stable")]).tolist()


@pytest.mark.parametrize("name", of_all())
def test_live_bytes_are_the_sum_of_what_is_alive(subject_of, name):
    trace = subject_of(name).trace
    alive = live_bytes_in_trace(trace)
    assert alive == live_bytes_in_dump(trace)
    assert min(alive) >= 0 and alive[-1] == 0
    summary = summarise(trace.recording)
    assert summary.peak_bytes == max(alive)
    assert sum(summary.peak_bytes_by_role.values()) == max(alive)
    assert summary.buffers_alive == 0


@pytest.mark.parametrize("name", of_all())
def test_tensors_lie_in_buffers_that_are_alive(subject_of, name):
    """A run may allocate the buffer it computes in, but none of its buffers is freed before it ends."""
    trace = subject_of(name).trace
    for run in trace.runs:
        tensors = trace.graph(int(run["graph"])).tensors
        held = tensors[tensors["buffer"] != NONE]
        assert len(held)
        buffers = trace.buffers[np.unique(held["buffer"])]
        assert (buffers["begin"] <= run["end"]).all()
        assert (buffers["end"] >= run["end"]).all()
        assert (held["buffer_offset"] + held["bytes"] <= trace.buffers["size"][held["buffer"]]).all()


def bytes_of_role(trace: Trace, role: str) -> list[int]:
    """The sizes of the buffers of a role, without those of no bytes, which only ask what there is."""
    buffers = trace.buffers
    return sorted(buffers["size"][(buffers["role"] == ROLES.index(role)) & (buffers["size"] > 0)].tolist())


def model_fact(path: Path, key: str) -> int:
    return int(GGUFReader(path).fields[f"llama.{key}"].contents())


def cache_bytes(path: Path, sequences: int) -> int:
    """Keys and values in F16 for every place of the context in every layer."""
    head = model_fact(path, "embedding_length") // model_fact(path, "attention.head_count")
    width = head * model_fact(path, "attention.head_count_kv")
    return 2 * F16_BYTES * width * model_fact(path, "block_count") * CONTEXT * sequences


@pytest.mark.parametrize("name", of_llama())
def test_roles_have_the_sizes_that_the_model_asks_for(subject_of, name):
    subject = subject_of(name)
    trace, sequences = subject.trace, 3 if name == "three sequences" else 1
    vocabulary = model_fact(subject.files[0], "vocab_size")
    assert sum(bytes_of_role(trace, "kv cache")) == cache_bytes(subject.files[0], sequences)
    assert bytes_of_role(trace, "output") == [vocabulary * F32_BYTES * sequences]
    assert len(bytes_of_role(trace, "compute")) == 1
    assert bytes_of_role(trace, "other") == []


@pytest.mark.parametrize("name", of_llama("mapped", "experts", "not repacked", "not mapped", "several files"))
def test_weights_buffers_hold_the_tensors_of_the_file(subject_of, name):
    """A mapping reaches from the first tensor of its file to the end of the last."""
    subject = subject_of(name)
    truth = [sorted(tensors_of(path).values(), key=lambda tensor: tensor.offset) for path in subject.files]
    assert bytes_of_role(subject.trace, "weights") == sorted(placed[-1].end - placed[0].offset for placed in truth)
    buffers = subject.trace.buffers
    weights = buffers[(buffers["role"] == ROLES.index("weights")) & (buffers["size"] > 0)]
    if name == "not mapped":
        assert (weights["origin"] == BufferOrigin.ALLOCATED).all() and (weights["file"] == -1).all()
        return
    assert (weights["origin"] == BufferOrigin.WRAPPED).all()
    paths = strings_of(subject.trace, subject.trace.definitions.files["path"])
    begins = {str(path): placed[0].offset for path, placed in zip(subject.files, truth, strict=True)}
    assert {paths[file]: offset for file, offset in weights[["file", "file_offset"]].tolist()} == begins


@needs_whisper
def test_whisper_has_caches(subject_of):
    """For what was said, for what was heard, and one to pad with."""
    trace = subject_of("whisper").trace
    assert bytes_of_role(trace, "other") == []
    assert len(bytes_of_role(trace, "kv cache")) == 3


@needs_whisper
def test_whisper_has_weights_and_compute_buffers(subject_of, models):
    trace = subject_of("whisper").trace
    files = trace.definitions.files
    assert strings_of(trace, files["path"]) == [str(models.whisper)]
    assert files["kind"].tolist() == [FileKind.GGML]
    (weights,) = bytes_of_role(trace, "weights")
    assert 0.9 * models.whisper.stat().st_size < weights < models.whisper.stat().st_size
    assert len(bytes_of_role(trace, "compute")) == 4  # the convolutions, the encoder, the cross attention, the decoder


# --- moved ---


def transfers_of(trace: Trace, direction: Transfer, name: str) -> np.ndarray:
    transfers = trace.transfers[trace.transfers["direction"] == direction]
    names = np.array(strings_of(trace, transfers["name"]), object)
    return transfers[names == name]


@pytest.mark.parametrize("name", of_llama())
def test_every_token_reads_its_logits(subject_of, name):
    """Each run's logits are read once: a float for every word of the vocabulary, for every token that is wanted."""
    subject = subject_of(name)
    trace = subject.trace
    reads = transfers_of(trace, Transfer.GET, "result_output")
    assert reads["bytes"].tolist() == [size for size in logits_of_runs(trace) if size]
    assert (trace.buffers["role"][reads["buffer"]] == ROLES.index("compute")).all()
    one = model_fact(subject.files[0], "vocab_size") * F32_BYTES
    (tokens,) = (json.loads(line)["tokens"] for line in subject.done.err.splitlines() if line.startswith("{"))
    extra = reads["bytes"].sum() - tokens * one
    # a prompt may be computed in more than one run, each with logits of its own
    assert 0 <= extra <= 3 * one
    if name != "three sequences":
        assert set(reads["bytes"].tolist()) == {one}


def logits_of_runs(trace: Trace) -> list[int]:
    graphs = [trace.graph(number) for number in runs_in_order(trace)["graph"].tolist()]
    return [int(graph.tensors["bytes"][graph.names.index("result_output")]) for graph in graphs]


@pytest.mark.parametrize("name", of_all())
def test_transfers_fit_into_their_tensors(subject_of, name):
    trace = subject_of(name).trace
    assert len(trace.transfers)
    known = trace.transfers[trace.transfers["buffer"] >= 0]
    assert len(known) == len(trace.transfers)
    assert (known["bytes"] <= trace.buffers["size"][known["buffer"]]).all()
    assert (known["end"] >= known["begin"]).all()


def rows_of(trace: Trace) -> Iterator[dict[str, str]]:
    yield from (fields for line in dump(trace.recording) for kind, fields in [fields_of(line)] if kind == "row")


@pytest.mark.parametrize("name", of_all())
def test_transferred_bytes_agree_with_the_dump(subject_of, name):
    trace = subject_of(name).trace
    told = [int(row["bytes"]) for row in rows_of(trace) if row["kind"] == "TRANSFER_END"]
    assert sorted(told) == sorted(trace.transfers["bytes"].tolist())

"""`ggml-viz memmap` as its users meet it: in a process of its own."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys

import pytest
from gguf_truth import tensors_of
from support import llama, needs_llama, traced

TENSOR_KEYS = {"name", "offset_start", "offset_end", "size_bytes", "shape", "dtype", "layer_id", "category"}


def memmap(*arguments):
    command = [sys.executable, "-m", "ggmlviz.cli", "memmap", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def succeed(*arguments):
    done = memmap(*arguments)
    assert done.returncode == 0 and not done.stderr
    return done.stdout


def as_json(*arguments):
    def refuse(constant):
        raise AssertionError(f"{constant} is no JSON")

    return json.loads(succeed("--json", *arguments), parse_constant=refuse)


def assert_covered(document):
    spans = [
        (part["offset_start"], part["offset_end"]) for key in ("tensors", "gaps", "tables") for part in document[key]
    ]
    spans.sort()
    assert [begin for begin, _ in spans] == [0, *(end for _, end in spans[:-1])]
    assert spans[-1][1] == document["total_size_bytes"]


def test_json(models):
    document, truth = as_json(models.experts), tensors_of(models.experts)
    assert document["total_size_bytes"] == models.experts.stat().st_size
    assert document["num_tensors"] == len(truth) == len(document["tensors"])
    assert document["metadata"]["general.architecture"] == "llama"
    assert document["metadata"]["tokenizer.ggml.tokens"] == {"type": "string", "length": 1024}
    assert all(tensor.keys() == TENSOR_KEYS for tensor in document["tensors"])
    for tensor in document["tensors"]:
        placed = truth[tensor["name"]]
        assert (tensor["offset_start"], tensor["offset_end"]) == (placed.offset, placed.end)
        assert (tensor["size_bytes"], tuple(tensor["shape"])) == (placed.bytes, placed.ne)
    tensors = {tensor["name"]: tensor for tensor in document["tensors"]}
    expert = tensors["blk.2.ffn_up_exps.weight"]
    assert (expert["layer_id"], expert["category"], expert["dtype"]) == (2, "moe", "F16")
    assert tensors["output.weight"]["layer_id"] is None
    assert_covered(document)


def test_json_of_parts_counts_through_them(models):
    document = as_json(models.split[3])
    assert_covered(document)
    assert document["total_size_bytes"] == sum(part.stat().st_size for part in models.split)
    begins = {file["path"]: file["offset_start"] for file in document["files"]}
    truth = {
        name: begins[str(part)] + placed.offset for part in models.split for name, placed in tensors_of(part).items()
    }
    assert {tensor["name"]: tensor["offset_start"] for tensor in document["tensors"]} == truth


def test_csv(models):
    rows = list(csv.DictReader(io.StringIO(succeed("--csv", models.split[0]))))
    for part in models.split:
        truth = tensors_of(part)
        of_part = [row for row in rows if row["file"] == str(part)]
        assert sum(int(row["size_bytes"]) for row in of_part) == part.stat().st_size
        offsets = {row["name"]: int(row["offset_start"]) for row in of_part if row["kind"] == "tensor"}
        assert offsets == {name: placed.offset for name, placed in truth.items()}


def test_table(models):
    lines = succeed(models.tiny).splitlines()
    assert lines[0] == f"{models.tiny}: 1,436,960 bytes, 30 tensors"
    regions = [line.split() for line in lines if line.endswith(("(header)", "(metadata)", "(alignment)", ".weight"))]
    assert [words[-1] for words in regions if words[-1].startswith("blk.0.attn_q")] == ["blk.0.attn_q.weight"]
    (row,) = [line.split() for line in lines if line.endswith("blk.0.ffn_up.weight")]
    assert row == ["451,360", "65,536", "F16", "128×256", "0", "ffn", "blk.0.ffn_up.weight"]
    assert any(line.split() == ["589,824", "41.0%", "9", "ffn"] for line in lines)
    assert lines[-1].split() == ["295,936", "20.6%", "9", "2"]


@needs_llama
def test_a_trace_tells_the_same(models, tmp_path):
    trace = tmp_path / "x.ggmlviz"
    traced(llama(models.tiny, "--tokens", 2), trace)
    of_trace, of_file = as_json(trace), as_json(models.tiny)
    assert of_trace["tensors"] == of_file["tensors"]
    assert of_trace["metadata"] == {}
    assert [table["kind"] for table in of_trace["tables"]] == ["front"]
    assert_covered(of_trace)


def test_what_json_cannot_say(tmp_path):
    import gguf

    writer = gguf.GGUFWriter(tmp_path / "odd.gguf", "llama")
    writer.add_float32("odd.number", float("inf"))
    writer.add_array("odd.list", [1.5, float("nan")])
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    writer.close()
    metadata = as_json(tmp_path / "odd.gguf")["metadata"]
    assert metadata["odd.number"] == "inf" and metadata["odd.list"] == [1.5, "nan"]
    assert succeed(tmp_path / "odd.gguf")


@pytest.mark.parametrize("option", ["--json", "--csv", None])
def test_bad_files(models, tmp_path, option):
    (tmp_path / "cut.gguf").write_bytes(models.tiny.read_bytes()[:20_000])
    (tmp_path / "empty").touch()
    answers = {"cut.gguf": 5, "empty": 4, "none": 3, ".": 3}
    for name, code in answers.items():
        done = memmap(*filter(None, [option]), tmp_path / name)
        assert (done.returncode, done.stdout) == (code, "")
        assert done.stderr.startswith("ggml-viz: ") and len(done.stderr.splitlines()) == 1


def test_one_form_at_a_time(models):
    assert memmap("--json", "--csv", models.tiny).returncode == 2

"""Tables as CSV, JSON and Parquet, read back and compared with the trace."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest
from export_support import ADD_BYTES, ADD_FLOPS, STEP, WAIT, exported, write_empty, write_known, write_without_ops
from support import llama, needs_llama, open_trace, traced

from ggmlviz.export.formats import TABLES
from ggmlviz.export.tables import BY_NAME

COUNTED = {"runs": "runs", "nodes": "executions", "threads": "parts", "splits": "splits"}
COUNTED |= {"transfers": "transfers", "buffers": "buffers"}
ONLY_A_TRACE = {name: int(name == "trace") for name in TABLES}


@pytest.fixture(scope="module")
def capture(models, tmp_path_factory):
    path = tmp_path_factory.mktemp("capture") / "experts.ggmlviz"
    traced(llama(models.experts, "--tokens", 3, "--threads", 2), path)
    return path


def read_csv(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def as_json(trace, target, **choices):
    def refuse(constant):
        raise AssertionError(f"{constant} is no JSON")

    return json.loads(exported(trace, "json", target, **choices).read_text(), parse_constant=refuse)


def total(rows, column):
    return sum(int(row[column]) for row in rows)


def test_a_known_trace(tmp_path):
    tables = as_json(write_known(tmp_path / "x.ggmlviz", runs=3, layers=4), tmp_path / "x.json")
    assert list(tables) == list(TABLES)
    assert [len(rows) for rows in tables.values()] == [1, 3, 12, 3, 3, 0, 2]
    assert tables["trace"][0]["program"] == "a program"
    run = tables["runs"][1]
    assert (run["run"], run["thread"], run["tid"], run["nodes"], run["status"]) == (1, "main", 4243, 4, "success")
    assert run["end_ns"] - run["begin_ns"] == run["duration_ns"] == 10 * STEP
    assert (run["minor_faults"], run["major_faults"], run["resident_bytes"]) == (7, 0, 5_000_000)
    node = tables["nodes"][5]
    assert (node["run"], node["node"], node["name"], node["op"], node["type"]) == (1, 1, "ffn_up-1", "ADD", "f32")
    assert (node["shape"], node["layer"], node["block"]) == ("4x3x2", 1, "ffn")
    assert (node["flops"], node["bytes"]) == (ADD_FLOPS, ADD_BYTES)
    assert (node["duration_ns"], node["wait_ns"], node["fused"]) == (STEP, WAIT, False)
    (thread,) = [row for row in tables["threads"] if row["run"] == 1]
    assert (thread["work_ns"], thread["wait_ns"], thread["barriers"]) == (4 * (STEP - WAIT), 4 * WAIT, 4)
    split = tables["splits"][2]
    assert (split["run"], split["backend"], split["nodes"], split["duration_ns"]) == (2, "CPU", 4, 7 * STEP)
    freed, kept = tables["buffers"]
    assert (freed["role"], freed["end_ns"], freed["file"]) == ("weights", 1000, None)
    assert (kept["role"], kept["end_ns"], kept["size_bytes"]) == ("compute", None, 512)


@needs_llama
def test_csv_of_a_capture(capture, tmp_path):
    trace = open_trace(capture)
    rows = {name: read_csv(exported(capture, "csv", tmp_path / f"{name}.csv", table=name)) for name in TABLES}
    assert {name: len(rows[name]) for name in COUNTED} == {n: len(getattr(trace, t)) for n, t in COUNTED.items()}
    for name in ("runs", "nodes", "splits", "transfers"):
        table = getattr(trace, COUNTED[name])
        assert total(rows[name], "duration_ns") == (table["end"] - table["begin"]).sum()
    assert total(rows["threads"], "work_ns") == trace.parts["work"].sum()
    assert total(rows["threads"], "wait_ns") == trace.parts["wait"].sum()
    assert total(rows["transfers"], "bytes") == trace.transfers["bytes"].sum()
    assert total(rows["buffers"], "size_bytes") == trace.buffers["size"].sum()
    assert all(row["run"] for row in rows["splits"])
    assert {row["tid"] for row in rows["threads"]} <= {str(tid) for tid in trace.definitions.threads["tid"]}


@needs_llama
def test_names_of_nodes(capture, tmp_path):
    """Looked up one by one, the slow way."""
    trace = open_trace(capture)
    rows = read_csv(exported(capture, "csv", tmp_path / "nodes.csv", table="nodes"))
    for row, execution in zip(rows, trace.executions, strict=True):
        run = trace.runs[trace.sections["run"][execution["section"]]]
        graph = trace.graph(int(run["graph"]))
        node = int(execution["node"])
        assert (int(row["run"]), int(row["graph"])) == (run["number"], run["graph"])
        assert (row["name"], row["op"]) == (graph.names[node], graph.ops[node])
        ne = [*map(int, row["shape"].split("x")), 1, 1, 1][:4]
        assert ne == graph.tensors["ne"][node].tolist()
    # All attention of the layers is found in them, whether its nodes have names or not.
    attention = [row["layer"] for row in rows if row["op"] == "FLASH_ATTN_EXT"]
    assert set(attention) == {"0", "1", "2"}
    assert {row["block"] for row in rows} >= {"attention", "moe", "norm", "embedding", "output"}


@needs_llama
def test_json_and_csv_say_the_same(capture, tmp_path):
    tables = as_json(capture, tmp_path / "all.json")
    assert as_json(capture, tmp_path / "one.json", table="splits") == {"splits": tables["splits"]}
    for name in TABLES:
        rows = read_csv(exported(capture, "csv", tmp_path / f"{name}.csv", table=name))
        texts = [{key: "" if value is None else str(value) for key, value in row.items()} for row in tables[name]]
        assert texts == rows


@pytest.mark.parametrize("write", [write_empty, write_without_ops])
def test_without_ops(tmp_path, write):
    trace = write(tmp_path / "x.ggmlviz")
    lengths = {name: len(rows) for name, rows in as_json(trace, tmp_path / "x.json").items()}
    assert lengths == ONLY_A_TRACE | ({"runs": 1} if write is write_without_ops else {})
    header = exported(trace, "csv", tmp_path / "x.csv", table="nodes").read_text()
    assert header == ",".join(BY_NAME["nodes"].types) + "\n"


@pytest.fixture(scope="module")
def pyarrow():
    pytest.importorskip("pyarrow.dataset")
    import pyarrow.compute

    return pyarrow


def read_parquet(pyarrow, folder, table):
    return pyarrow.dataset.dataset(folder / table, partitioning="hive").to_table()


@needs_llama
def test_two_traces_in_one_parquet_folder(pyarrow, capture, tmp_path):
    known = write_known(tmp_path / "x.ggmlviz", runs=3, layers=4)
    for trace in (capture, known, known):
        exported(trace, "parquet", tmp_path / "all")
    for name, table in COUNTED.items():
        rows = read_parquet(pyarrow, tmp_path / "all", name)
        assert set(rows.column_names) == {*BY_NAME[name].types, "experiment"}
        for path in (capture, known):
            trace = open_trace(path)
            mine = rows.filter(pyarrow.compute.field("experiment") == trace.recording.experiment)
            assert len(mine) == len(getattr(trace, table))
            if name == "nodes":
                durations = trace.executions["end"] - trace.executions["begin"]
                assert np.array_equal(mine["duration_ns"].to_numpy(), durations)
    assert len(read_parquet(pyarrow, tmp_path / "all", "trace")) == 2


def test_parquet_without_ops(pyarrow, tmp_path):
    folder = exported(write_empty(tmp_path / "x.ggmlviz"), "parquet", tmp_path / "empty")
    nodes = read_parquet(pyarrow, folder, "nodes")
    assert len(nodes) == 0 and nodes.schema.field("name").type == pyarrow.string()
    assert not list(folder.rglob(".*"))
